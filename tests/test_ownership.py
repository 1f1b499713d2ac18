"""Owners do what the README invites them to, and their project's tests and checks stay green."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from combinations import Answers
from conftest import Bake, Project

FLASK = "-m flask --app wsgi --debug --env-file .env.example".split()
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
    environ = {"SECRET_KEY": "k" * 32} if (project.own / "users.py").exists() else {}
    done = project.python(*command, **environ)
    assert done.returncode == 0, done.stdout + done.stderr


def make_format(project: Project) -> None:
    run(project, "-m", "ruff", "check", "--no-cache", "--fix", "--exit-zero")
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
    add_row(project, "greetings/feed")
    make_format(project)
    partitioned = 'SESSION_COOKIE_SAMESITE="None",\n        SESSION_COOKIE_PARTITIONED=True,'
    edit(project.own / "__init__.py", ('SESSION_COOKIE_SAMESITE="Lax",', partitioned))
    edit(project.path / "tests" / "test_settings.py", ('"Lax"', '"None"'))


def serve_at_the_root(project: Project) -> None:
    edit(project.own / "cors.py", ('"/api/*": {', '"/*": {'))
    edit(v1(project) / "__init__.py", ('url_prefix="/api/v1"', 'url_prefix="/"'))
    if (v1(project) / "public.py").exists():
        edit(project.own / "cors.py", ('"/api/v1/public/*": {', '"/public/*": {'))
    for test in (project.path / "tests").rglob("*.py"):
        test.write_text(test.read_text("utf-8").replace("/api/v1/", "/"), encoding="utf-8")
    (name,) = re.findall(r"delete `(\w+)`", project.read("README.md"))
    functions = project.read("tests/test_cors.py").split("\n\n\n")
    kept = [function for function in functions if f"def {name}(" not in function]
    assert len(kept) == len(functions) - 1
    project.write("tests/test_cors.py", "\n\n\n".join(kept))


def use_the_example(project: Project) -> None:
    run(project, "tools/new_resource.py", "reports")
    table = project.own / "cors.py"
    before, _, after = table.read_text("utf-8").partition("opens or narrows one part:\n")
    row, end, after = after.partition("    },\n    allow_headers")
    assert row
    table.write_text(f"{before}see README.md\n{row.replace('# ', '')}{end}{after}", "utf-8")


def use_the_example_of_the_readme(project: Project) -> None:
    run(project, "tools/new_resource.py", "reports")
    add_row(project, "reports")
    make_format(project)


def add_row(project: Project, name: str) -> None:
    """Add the row that the README shows, for a subtree of that name."""
    (row,) = re.findall(r'`("/api/v1/reports/\*": \{.*?\})`', project.read("README.md"))
    end = "    },\n    allow_headers"
    row = row.replace("reports", name)
    edit(project.own / "cors.py", (end, f"        {row},\n{end}"))


def delete_the_sample(project: Project) -> None:
    samples = {"greetings"}
    with_table = (v1(project) / "items.py").exists()
    if with_table:
        samples.add("items")
        run(project, *FLASK, "db", "upgrade")
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
    if with_table:
        run(project, *FLASK, "db", "revision", "drop items")
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


DATABASE: Answers = {"database": "sqlalchemy"}
LOGIN = DATABASE | {"auth": "session", "cors_supports_credentials": True}
CHANGES: dict[str, tuple[str, Answers, Change]] = {
    "follows the recipes": ("locked-down", {}, follow_the_recipes),
    "serves the API at the root": ("locked-down", {}, serve_at_the_root),
    "serves at the root, with a login": ("mixed", LOGIN, serve_at_the_root),
    "uses the example of the table": ("locked-down", {}, use_the_example),
    "uses the example, with credentials": (
        "mixed",
        {"cors_supports_credentials": True},
        use_the_example_of_the_readme,
    ),
    "uses the example of an open API": ("permissive", {}, use_the_example),
    "replaces the sample": ("locked-down", {}, replace_the_sample),
    "deletes the samples": ("mixed", {}, delete_the_sample),
    "deletes the samples with a table": ("locked-down", DATABASE, delete_the_sample),
    "deletes modules": ("permissive", {}, delete_modules),
}


@pytest.mark.parametrize(("policy", "others", "change"), CHANGES.values(), ids=CHANGES.keys())
def test_tests_and_checks_stay_green(
    policy: str,
    others: Answers,
    change: Change,
    bake: Bake,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    project = bake(cors_policy=policy, **others).copy(tmp_path_factory.mktemp("owner"))
    change(project)
    run(project, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider")
    run(project, "-m", "ruff", "check", "--no-cache")
    run(project, "-m", "ruff", "format", "--no-cache", "--check")
    run(project, *FLASK, "cors", "check")
