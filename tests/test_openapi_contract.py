"""The document keeps its word: to validators, to a fuzzer, to a client's types, and on its page."""

import json
import shutil
import sys
import tomllib
from importlib.metadata import requires
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from openapi_spec_validator import validate
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from browser import chromium
from combinations import Answers
from conftest import IN_CI, Bake, Project, downloads, run
from http_server import serve

POLICIES = ("locked-down", "mixed", "permissive")
TRUSTED = "https://app.example.com"
GREETINGS = "/api/v1/greetings"
HERE = Path(__file__).parent


def document_of(project: Project) -> dict[str, Any]:
    done = project.python("-m", "flask", "openapi", CORS_ORIGINS=TRUSTED)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@pytest.mark.parametrize("policy", POLICIES)
def test_the_document_is_valid(policy: str, bake: Bake) -> None:
    document = document_of(bake(cors_policy=policy))
    validate(document)
    assert document["openapi"] == "3.1.0"
    assert ("/api/v1/public/status" in document["paths"]) is (policy == "mixed")


def test_each_error_of_an_operation_is_in_the_document(bake: Bake) -> None:
    operations = document_of(bake())["paths"][GREETINGS]
    assert list(operations["get"]["responses"]) == ["200", "400", "422", "500"]
    assert list(operations["post"]["responses"]) == "201 400 403 413 415 422 500".split()
    for status, response in operations["post"]["responses"].items():
        kind = "application/json" if status == "201" else "application/problem+json"
        assert list(response["content"]) == [kind]
        assert list(response["headers"]) == ["Location", "X-Request-ID"]


EVERYTHING: Answers = {"cors_policy": "mixed", "database": "sqlalchemy"}
LOGIN: Answers = {**EVERYTHING, "auth": "session", "cors_supports_credentials": True}
EVIL = "https://evil.example"
# The guard refuses methods that the policy does not list with 403 where schemathesis wants 405,
# so it asks for these without an origin.
LISTED = "--checks=all --exclude-checks=unsupported_method"
EXAMPLES = 200 if IN_CI else 20  # of each operation
NO_STATE = "--phases=examples,coverage,fuzzing"  # without a login nothing is created
CALLERS: dict[str, tuple[Answers, str, str]] = {
    "a trusted page": (EVERYTHING, TRUSTED, f"{LISTED} --max-examples={EXAMPLES}"),
    "pages that are not logged in": (
        LOGIN,
        f"{TRUSTED} {EVIL}",
        f"{LISTED} --max-examples=20 {NO_STATE}",
    ),
    "no page": (EVERYTHING, "", "--checks=unsupported_method,cors_headers --phases=coverage"),
}
# The statuses are those that an operation with If-Match answers by design.
CONFIG = """\
[phases.stateful]
generation.max-examples = 20

[checks]
positive_data_acceptance.expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 412, 428, 429]
missing_required_header.expected-statuses = [400, 401, 403, 404, 406, 415, 422, 428]
"""


@pytest.mark.parametrize("caller", CALLERS)
def test_a_fuzzer_finds_no_failure(caller: str, bake: Bake, tmp_path: Path) -> None:
    answers, origins, options = CALLERS[caller]
    project = bake(**answers)
    own = {
        "CORS_ORIGINS": TRUSTED,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'database.sqlite'}",
        "LOG_LEVEL": "ERROR",
        "SECRET_KEY": "k" * 32,
    }
    assert project.python("-m", "flask", "db", "upgrade", **own).returncode == 0
    (tmp_path / "schemathesis.toml").write_text(CONFIG, encoding="utf-8")
    hooks = {
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
        "PYTHONPATH": str(HERE),
        "ORIGINS": origins,
    }
    schemathesis = Path(sys.executable).with_name("schemathesis")
    with serve(project, **own) as server:
        url = f"http://127.0.0.1:{server.port}/api/openapi.json"
        arguments = f"run {url} --no-color {options}".split()
        done = run(schemathesis, *arguments, cwd=tmp_path, environ=hooks)
    assert done.returncode == 0, done.stdout + done.stderr


FRONT_END = """\
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

const api = createClient<paths>({ baseUrl: "http://127.0.0.1:8000" });

export async function greet(name: string): Promise<components["schemas"]["Greeting"]> {
  const { data, error } = await api.POST("/api/v1/greetings", { body: { name } });
  if (error) {
    const places: string[] = (error.errors ?? []).map((wrong) => wrong.pointer + wrong.detail);
    throw new Error([error.title, ...places].join());
  }
  return data;
}

export async function greetAda(): Promise<string | undefined> {
  const { data } = await api.GET("/api/v1/greetings", { params: { query: { name: "Ada" } } });
  return data?.message;
}

// @ts-expect-error: a name is text
void api.POST("/api/v1/greetings", { body: { name: 5 } });
// @ts-expect-error: there is no such operation
void api.DELETE("/api/v1/greetings");
"""
OPTIONS = {
    "strict": True,
    "noEmit": True,
    "target": "es2022",
    "module": "esnext",
    "moduleResolution": "bundler",
}
TOOLS = ("openapi-typescript@7.13.0", "openapi-fetch@0.17.0", "typescript@5.9.3")


@downloads
def test_a_client_made_from_the_document_has_types(bake: Bake, tmp_path: Path) -> None:
    installed = run("npm", "install", "--no-audit", "--no-fund", *TOOLS, cwd=tmp_path)
    assert installed.returncode == 0, installed.stderr
    texts = {
        "openapi.json": json.dumps(document_of(bake())),
        "main.ts": FRONT_END,
        "tsconfig.json": json.dumps({"compilerOptions": OPTIONS, "include": ["*.ts"]}),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    scripts = ("openapi-typescript openapi.json --output api.d.ts", "tsc --project .")
    for name, *options in map(str.split, scripts):
        program = shutil.which(name, path=tmp_path / "node_modules" / ".bin")
        assert program
        done = run(program, *options, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_an_operation_is_tried_on_the_page(bake: Bake) -> None:
    messages: list[str] = []
    hosts: set[str] = set()
    with (
        serve(bake(), CORS_ORIGINS=TRUSTED) as server,
        chromium() as browser,
        browser.new_page() as page,
    ):
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
        page.goto(f"http://127.0.0.1:{server.port}/api/docs")
        form = page.locator("#operations-greetings-create_greeting")
        form.locator(".opblock-summary").click()
        form.get_by_role("button", name="Try it out").click()
        form.locator("textarea").fill('{"name": "Ada"}')
        form.get_by_role("button", name="Execute").click()
        response = form.locator(".live-responses-table .response").inner_text()
    assert "201" in response
    assert "Hello, Ada!" in response
    assert messages == []  # neither the page's policy nor its scripts have one
    assert hosts == {f"127.0.0.1:{server.port}"}


def test_views_of_an_owner_keep_their_word(bake: Bake, tmp_path: Path) -> None:
    project = bake().copy(tmp_path)
    shutil.copy(HERE / "owner_operations.py", project.path / "tests" / "test_operations.py")
    options = ("-q", "-W", "error", "-p", "no:cacheprovider", "tests/test_operations.py")
    done = project.python("-m", "pytest", *options, OWNER_PACKAGE=project.package)
    assert done.returncode == 0, done.stdout + done.stderr


def test_production_needs_few_distributions(bake: Bake) -> None:
    with (bake().path / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    found: dict[str, None] = {}
    wanted = [*project["dependencies"], *project["optional-dependencies"]["serve"]]
    for text in wanted:
        needed = Requirement(text)
        if needed.marker is None or needed.marker.evaluate({"extra": ""}):
            found[canonicalize_name(needed.name)] = None
            wanted += requires(needed.name) or ()
    assert len(found) <= 17, sorted(found)
