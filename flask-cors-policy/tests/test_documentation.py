"""The documentation: its code runs, its links lead somewhere, and it leaves no option out."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint

import flask_cors_policy
from flask_cors_policy import CORS, cross_origin
from flask_cors_policy._options import OPTIONS
from flask_cors_policy._table import ROW_OPTIONS
from helpers import EVIL, TRUSTED, allowed, app_with

HERE = Path(__file__).parent.parent
README = HERE / "README.md"
REFERENCE = HERE / "docs" / "reference.md"
MOVING = HERE / "docs" / "moving-from-flask-cors.md"
PAGES = [README, HERE / "CHANGELOG.md", REFERENCE, MOVING]


def blocks(page: Path) -> list[str]:
    """Return the Python code of a page."""
    return re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def test_first_application_of_the_readme() -> None:
    names: dict[str, Any] = {"__name__": "readme"}
    exec(blocks(README)[0], names)
    client = names["app"].test_client()
    assert allowed(client.get("/api/books", headers={"Origin": TRUSTED})) == TRUSTED
    assert allowed(client.get("/api/books", headers={"Origin": EVIL})) is None


def test_factory_of_the_readme(monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, Any] = {
        "__name__": "readme",
        "api": Blueprint("api", "readme"),
    }
    exec(blocks(README)[1], names)
    monkeypatch.setenv("CORS_ORIGINS", TRUSTED)
    client = names["create_app"]().test_client()
    assert allowed(client.get("/api/x", headers={"Origin": TRUSTED})) == TRUSTED


def test_server_of_the_reference_ends_with_the_problems(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = (block for block in blocks(REFERENCE) if "create_app" in block)
    with pytest.raises(SystemExit) as end:
        exec(block, {"create_app": lambda: app_with(environ={})})
    assert end.value.code == 4
    assert capsys.readouterr().err.startswith("CORS_ORIGINS: is not set; ")


def test_import_of_the_other_page_works() -> None:
    names: dict[str, Any] = {}
    exec(blocks(MOVING)[0], names)
    assert names["CORS"] is CORS


def table_of(page: Path) -> str:
    """Return the code of the one table on a page."""
    (table,) = (
        block for block in blocks(page) if re.search("^resources\\b.* = ", block, re.MULTILINE)
    )
    return table


@pytest.mark.parametrize("page", [README, REFERENCE], ids=["README", "reference"])
def test_table_of_the_documentation_is_accepted(page: Path) -> None:
    names: dict[str, Any] = {}
    exec(table_of(page), names)
    assert app_with(names["resources"])


def test_tables_of_the_documentation_have_the_type_of_resources(tmp_path: Path) -> None:
    for page in (README, REFERENCE):
        code = (
            f"{table_of(page)}\nfrom flask_cors_policy import CORS\n\nCORS(resources=resources)\n"
        )
        (tmp_path / f"{page.stem}.py").write_text(code, encoding="utf-8")
    mypy = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "README.py", "reference.py"],
        cwd=tmp_path,
        env=os.environ | {"MYPYPATH": str(Path(flask_cors_policy.__file__).parent.parent)},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert mypy.returncode == 0, mypy.stdout + mypy.stderr


@pytest.mark.parametrize("page", [README, REFERENCE], ids=["README", "reference"])
def test_decorators_of_the_documentation_are_accepted(page: Path) -> None:
    (block,) = (block for block in blocks(page) if "@cross_origin" in block)

    def views(app: Any) -> None:
        names = {"app": app, "cross_origin": cross_origin, "login_required": lambda view: view}
        exec(block, names)

    assert app_with(views=views)


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_links_lead_to_a_file_or_a_heading(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^a-z0-9_ -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in headings
        elif "://" not in target:
            assert (page.parent / target).is_file(), target


def test_reference_has_every_option_variable_and_argument() -> None:
    text = REFERENCE.read_text(encoding="utf-8")
    for name in ROW_OPTIONS:
        assert f"| `{name}` |" in text
    for name in ("origins", *OPTIONS):
        assert f"`CORS_{name.upper()}`" in text
    for argument in CORS.__init__.__kwdefaults__ or {}:
        assert f"{argument}=" in text


def test_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) < 100
