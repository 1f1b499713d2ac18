from pathlib import Path

import pytest

from {{ cookiecutter.package_name }}.cors.check import rules

from . import (
    test_rules_code,
    test_rules_cookies,
    test_rules_origins,
    test_rules_rows,
    test_rules_server,
)

DOCUMENT = Path(__file__).parents[3] / "docs" / "check.md"
CASES = [
    *test_rules_origins.CASES,
    *test_rules_rows.CASES,
    *test_rules_code.CASES,
    *test_rules_cookies.CASES,
    *test_rules_server.CASES,
]


def test_the_document_lists_every_rule() -> None:
    lines = DOCUMENT.read_text("utf-8").splitlines()
    cells = [[it.strip() for it in line.split("|")] for line in lines if line.startswith("| CORS")]

    assert [row[1:4] for row in cells] == [[it.id, str(it.level), it.what] for it in rules.RULES]
    assert all(row[4].endswith(".") for row in cells)


@pytest.mark.parametrize("id_", [it.id for it in rules.RULES])
def test_every_rule_has_something_to_find_and_something_to_pass(id_: str) -> None:
    assert {bool(case.found) for case in CASES if case.id == id_} == {True, False}


def test_ids_are_in_order_and_given_once() -> None:
    ids = [it.id for it in rules.RULES]

    assert ids == [f"CORS{number:03}" for number in range(1, len(ids) + 1)]
