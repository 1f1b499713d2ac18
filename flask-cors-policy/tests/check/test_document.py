import re
from pathlib import Path

import pytest

from check import test_flask_cors, test_rules_code, test_rules_cookies, test_rules_policy
from flask_cors_policy.check.application import Kind
from flask_cors_policy.check.rules import RETIRED, RULES, rules_for

DOCUMENT = (Path(__file__).parents[2] / "docs" / "check.md").read_text("utf-8")
CASES = test_rules_policy.CASES + test_rules_code.CASES + test_rules_cookies.CASES


def test_document_has_every_rule_and_its_text() -> None:
    sections = re.findall(r"### (CORS\d{3}) (\w+): (.+)\n\n((?:.+\n)+)", DOCUMENT)
    documented = [
        (id_, level, title, " ".join(text.split())) for id_, level, title, text in sections
    ]

    assert documented == [
        (rule.id, str(rule.level), rule.title, rule.about) for _, rule in sorted(RULES.items())
    ]


def test_document_names_retired_rules_and_shared_ones() -> None:
    retired = re.findall(r"^- (CORS\d{3}): (.+)\.$", DOCUMENT, re.MULTILINE)
    _, _, plain = DOCUMENT.partition("## Rules for plain Flask-CORS")
    shared = re.findall(r"CORS0\d\d", plain.partition("###")[0])

    assert dict(retired) == RETIRED
    assert shared == [rule.id for rule in rules_for(Kind.FLASK_CORS) if rule.id < "CORS100"]


def test_ids_are_given_once_and_retired_for_good() -> None:
    ids = sorted([*RULES, *RETIRED])
    ours = [id_ for id_ in ids if id_ < "CORS100"]
    plain = [id_ for id_ in ids if id_ > "CORS100"]

    assert ours == [f"CORS{number:03}" for number in range(1, len(ours) + 1)]
    assert plain == [f"CORS{number}" for number in range(101, 101 + len(plain))]


@pytest.mark.parametrize("id_", sorted(RULES))
def test_every_rule_has_something_to_find_and_something_to_pass(id_: str) -> None:
    outcomes = {bool(case.found) for case in CASES if case.id == id_}
    if any(hole.id == id_ for hole in test_flask_cors.HOLES):
        outcomes |= {True, False}  # a hole is open and closed

    assert outcomes == {True, False}
