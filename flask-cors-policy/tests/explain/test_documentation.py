"""The documentation has each code, with the words of three browsers."""

from pathlib import Path
from typing import get_args

import pytest

from flask_cors_policy._reasons import GUARDED
from flask_cors_policy.explain import case, causes, interference

DOCUMENT = Path(__file__).parents[2] / "docs" / "explain.md"

OF_RESPONSES = {code for code in interference.CAUSES if "Preflight" not in code}
CODES = {
    *causes.SPECIAL,
    *interference.CAUSES,
    *(f"Preflight{code}" for code in OF_RESPONSES),
    "WebSocketRefused",
    GUARDED,
}


@pytest.fixture(scope="module")
def text() -> str:
    return DOCUMENT.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sections(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for section in text.partition("## Codes")[2].partition("## Notes")[0].split("\n### ")[1:]:
        title, _, body = section.partition("\n")
        found |= dict.fromkeys(title.split(", "), body)
    return found


def test_documentation_has_the_codes_that_there_are(sections: dict[str, str]) -> None:
    assert set(sections) == CODES


@pytest.mark.parametrize("code", sorted(CODES))
def test_code_has_a_fix_and_the_words_of_three_browsers(
    code: str, sections: dict[str, str]
) -> None:
    for part in ("**Fix:** ", "- Chrome: ", "- Firefox: ", "- Safari: "):
        assert sections[code].count(part) == 1, part


def test_note_has_its_line(text: str) -> None:
    rows = [line for line in text.partition("## Notes")[2].splitlines() if line.startswith("| ")]
    codes = [code for row in rows for code in row[2:].partition(" |")[0].split(", ")]

    assert sorted(codes) == sorted([*get_args(case.Code), "code"])
