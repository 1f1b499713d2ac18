import ast
from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.cors.explain import (
    causes,
    judge,
    notes,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "explain.md"

FAILURES = set(causes.CAUSES) | {
    f"Preflight{code}"
    for code in causes.CAUSES
    if code.endswith(("AllowOriginHeader", "OriginNotAllowed", "OriginValues", "OriginValue"))
    or code in ("AllowOriginMismatch", "InvalidAllowCredentials")
}


def calls_of(module: object, name: str) -> set[str]:
    """Return the first arguments of all calls of `name`."""
    tree = ast.parse(Path(str(vars(module)["__file__"])).read_text(encoding="utf-8"))
    calls = [it for it in ast.walk(tree) if isinstance(it, ast.Call)]
    named = [it for it in calls if isinstance(it.func, ast.Name) and it.func.id == name]
    first = [it.args[0] for it in named]
    return {str(it.value) for it in first if isinstance(it, ast.Constant)}


@pytest.fixture(scope="module")
def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", sorted(FAILURES))
def test_every_code_has_a_cause_a_fix_and_the_words_of_three_browsers(code: str, text: str) -> None:
    (section,) = [
        it for it in text.split("\n### ")[1:] if code in it.partition("\n")[0].split(", ")
    ]

    for part in ("**Fix:** ", "- Chrome: ", "- Firefox: ", "- Safari: "):
        assert section.count(part) == 1, part


def test_every_note_has_its_line(text: str) -> None:
    table = text.partition("## Notes")[2]
    told = {
        code
        for row in table.splitlines()
        if row.startswith("| ")
        for code in row[2:].partition(" |")[0].split(", ")
    }

    assert calls_of(notes, "Note") == told - {"code"}


def test_every_code_of_the_judge_has_a_cause() -> None:
    assert calls_of(judge, "Failure") <= set(causes.CAUSES)
