"""Owners do what the README invites them to, and their project's tests and checks stay green."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from conftest import Bake, Project

Change = Callable[[Project], None]

VIEWS = '''

@bp.post("/images")
@operation(201)
def upload() -> dict[str, int]:
    """Take an image."""
    request.max_content_length = 50 * 1024**2
    return {"bytes": len(request.files["image"].read())}


@bp.post("/hooks")
@operation()
def receive() -> None:
    """Take a form, or what another server sends."""
    current_app.logger.info("%s %s", request.form, len(request.get_data()))


@bp.get("/feed")
@operation()
def events() -> Response:
    """Send an event."""
    return Response(iter(["data: 1\\n\\n"]), mimetype="text/event-stream")


@bp.get("/page")
@cross_origin(origins="https://partner.example.org")
@operation()
def page() -> str:
    """Show a page."""
    return "<title>page</title>"
'''
TESTS = """

def test_views_of_every_kind() -> None:
    client = app_in(MAX_CONTENT_LENGTH="500").test_client()
    image = {"image": (BytesIO(b"x" * 1000), "a.png")}

    assert client.post(f"{GREETINGS}/images", data=image).get_json() == {"bytes": 1000}
    assert client.post(f"{GREETINGS}/hooks", data={"a": "b"}).status_code == 200
    assert client.get(f"{GREETINGS}/feed").text == "data: 1\\n\\n"
    assert client.get(f"{GREETINGS}/page").mimetype == "text/html"
"""


PLAIN_VIEW = '''"""Greetings."""

from flask import Blueprint, request

bp = Blueprint("greetings", __name__, url_prefix="/greetings")


@bp.get("")
def show_greeting() -> dict[str, str]:
    """Greet `?name=`, or the world."""
    name = request.args.get("name", "World")
    return {"name": name, "message": f"Hello, {name}!"}
'''


def edit(file: Path, *changes: tuple[str, str]) -> None:
    """Replace in a file what stands there once."""
    text = file.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{file}: {old}"
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def drop(file: Path, pattern: str) -> None:
    """Delete all that matches a pattern."""
    text = file.read_text(encoding="utf-8")
    left = re.sub(pattern, "", text, flags=re.DOTALL)
    assert left != text, f"{file}: {pattern}"
    file.write_text(left, encoding="utf-8")


def v1(project: Project) -> Path:
    return project.own / "api" / "v1"


def run(project: Project, *command: str) -> None:
    done = project.python(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def make_format(project: Project) -> None:
    run(project, "-m", "ruff", "check", "--no-cache", "--fix")
    run(project, "-m", "ruff", "format", "--no-cache")


def follow_the_recipes(project: Project) -> None:
    view = v1(project) / "greetings.py"
    cross_origin = "from flask_cors_policy import cross_origin\n"
    edit(
        view,
        ("Blueprint, url_for", "Blueprint, Response, current_app, request, url_for"),
        ("from pydantic import", f"{cross_origin}from pydantic import"),
    )
    view.write_text(view.read_text(encoding="utf-8") + VIEWS, encoding="utf-8")
    test = project.path / "tests" / "api" / "v1" / "test_greetings.py"
    edit(
        test,
        ("import pytest\n", "from io import BytesIO\n\nimport pytest\n"),
        ("FlaskClient\n\n", "FlaskClient\n\nfrom tests.conftest import app_in\n\n"),
    )
    test.write_text(test.read_text(encoding="utf-8") + TESTS, encoding="utf-8")
    (row,) = re.findall(r'`("/api/v1/reports/\*": \{.*?\})`', project.read("README.md"))
    row = row.replace("reports", "greetings/feed")
    end = "    },\n    allow_headers"
    edit(project.own / "cors.py", (end, f"        {row},\n{end}"))
    partitioned = 'SESSION_COOKIE_SAMESITE="None",\n        SESSION_COOKIE_PARTITIONED=True,'
    edit(project.own / "__init__.py", ('SESSION_COOKIE_SAMESITE="Lax",', partitioned))
    edit(project.path / "tests" / "test_settings.py", ('"Lax"', '"None"'))


def serve_at_the_root(project: Project) -> None:
    edit(project.own / "cors.py", ('"/api/*": {"origins"', '"/*": {"origins"'))
    edit(v1(project) / "__init__.py", ('url_prefix="/api/v1"', 'url_prefix="/"'))
    tests = project.path / "tests"
    edit(tests / "api" / "v1" / "test_greetings.py", ('"/api/v1/greetings"', '"/greetings"'))
    (name,) = re.findall(r"delete `(\w+)`", project.read("README.md"))
    functions = project.read("tests/test_cors.py").split("\n\n\n")
    kept = [function for function in functions if f"def {name}(" not in function]
    assert len(kept) == len(functions) - 1
    project.write("tests/test_cors.py", "\n\n\n".join(kept))


def delete_the_sample(project: Project) -> None:
    samples = {"greetings"}
    if (v1(project) / "public.py").exists():
        samples.add("public")
        for file in project.path.glob(".env*"):
            drop(file, r"# Who may read /api/v1/public[^\n]*\nCORS_PUBLIC_ORIGINS[^\n]*\n\n?")
        drop(project.own / "cors.py", r" +# Any page may read this part.*?\n {8}\},\n")
    contents = v1(project) / "__init__.py"
    for name in samples:
        (v1(project) / f"{name}.py").unlink()
        (project.path / "tests" / "api" / "v1" / f"test_{name}.py").unlink()
        drop(contents, rf"bp\.register_blueprint\({name}\.bp\)\n")
    text = contents.read_text(encoding="utf-8")
    line, imported = re.findall(r"(from \. import (.*)\n)", text)[0]
    left = ", ".join(sorted({*imported.split(", ")} - samples))
    edit(contents, (line, f"from . import {left}\n" if left else ""))
    make_format(project)


def replace_the_sample(project: Project) -> None:
    run(project, "tools/new_resource.py", "books")
    delete_the_sample(project)
    run(project, "tools/new_resource.py", "pens", "--like", "books")


def delete_module(project: Project, name: str) -> None:
    """Delete a module with its lines in create_app(), and what its row of the README names."""
    (row,) = re.findall(rf"(?m)^\| `{name}.py` \| (.*)$", project.read("README.md"))
    (project.own / f"{name}.py").unlink()
    for test in re.findall(r"`(test_\w+\.py)`", row):
        (project.path / "tests" / test).unlink()
    factory = project.own / "__init__.py"
    drop(factory, rf"    [^\n]*\b{name}\.[^\n]*\n")
    line, imported = re.findall(r"(from \. import (.*)\n)", factory.read_text(encoding="utf-8"))[0]
    left = ", ".join(sorted({*imported.split(", ")} - {name}))
    edit(factory, (line, f"from . import {left}\n"))


def delete_variable(project: Project, name: str) -> None:
    """Delete a variable from the settings and from their tests."""
    drop(project.own / "settings.py", rf' {{4}}(?:{name.lower()}|"{name}"): [^\n]*\n')
    drop(project.path / "tests" / "test_settings.py", rf' +\("{name}", [^\n]*\n')


def delete_modules(project: Project) -> None:
    for name in ("docs", "logs", "responses"):
        delete_module(project, name)
    for name in ("LOG_LEVEL", "LOG_FORMAT", "PROXY_HOPS"):
        delete_variable(project, name)
    drop(project.own / "errors.py", r"\n\n\ndef crashed.*(?=\n)")
    for name in ("openapi", "validation"):
        (project.own / f"{name}.py").unlink()
    drop(project.own / "health.py", r"from \.openapi import operation\n|@operation\(\)\n")
    (v1(project) / "greetings.py").write_text(PLAIN_VIEW, encoding="utf-8")
    test = "tests/api/v1/test_greetings.py"
    plain, _, _ = project.read(test).partition("\n\n\ndef test_a_created_greeting")
    project.write(test, f"{plain}\n")
    make_format(project)


CHANGES: dict[str, tuple[str, Change]] = {
    "follows the recipes": ("locked-down", follow_the_recipes),
    "serves the API at the root": ("locked-down", serve_at_the_root),
    "replaces the sample": ("locked-down", replace_the_sample),
    "deletes the samples": ("mixed", delete_the_sample),
    "deletes modules": ("permissive", delete_modules),
}


@pytest.mark.parametrize(("policy", "change"), CHANGES.values(), ids=CHANGES.keys())
def test_tests_and_checks_stay_green(
    policy: str, change: Change, bake: Bake, tmp_path_factory: pytest.TempPathFactory
) -> None:
    project = bake(cors_policy=policy).copy(tmp_path_factory.mktemp("owner"))
    change(project)
    run(project, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider")
    run(project, "-m", "ruff", "check", "--no-cache")
    run(project, "-m", "ruff", "format", "--no-cache", "--check")
    run(project, *"-m flask --app wsgi --debug --env-file .env.example cors check".split())
