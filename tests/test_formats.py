"""Whatever is written into a YAML file or a page, what is read there is the answer."""

from html.parser import HTMLParser

import pytest
import yaml
from hypothesis import given, strategies
from ruamel.yaml import YAML

from cookiecutter_flask_cors import escapes

TEXTS = {
    "plain": "A JSON API built with Flask.",
    "quotes": "He said \"hi\" and 'ho'",
    "backslashes": "back\\slash \\n \\\\ \\",
    "variables": "$HOME ${HOME} \\$HOME $$ $(x)",
    "YAML": "- a: b # c, [x] {y} & *z !t | > %",
    "YAML's words": "null",
    "a number": "007",
    "HTML": "</title><script>alert(1)</script> <!-- &amp; -->",
    "emoji": "🚀 👩\u200d🚀 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "other scripts": "日本 Привет می\u200cخواهم\u00a0x\u3000y",
}
every_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
any_text = strategies.text(strategies.characters(exclude_categories=["Cs"]))
any_line = strategies.text(strategies.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]))


@every_text
def test_yaml(text: str) -> None:
    check_yaml(text)


@given(any_text)
def test_any_text_in_yaml(text: str) -> None:
    check_yaml(text)


def check_yaml(text: str) -> None:
    source = f"x: {escapes.yaml(text)} # y\n"
    assert yaml.safe_load(source) == {"x": text}
    assert YAML(typ="safe", pure=True).load(source) == {"x": text}


@every_text
def test_html(text: str) -> None:
    check_html(text)


@given(any_line)
def test_any_line_in_html(text: str) -> None:
    check_html(text)


def check_html(text: str) -> None:
    said: list[str] = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: said.append(f"{tag} {attrs}")  # type: ignore[method-assign]
    parser.handle_data = lambda data: said.append(data)  # type: ignore[method-assign]
    parser.feed(f'<p title="{escapes.html(text)}">.{escapes.html(text)}.</p>')
    assert said == [f"p {[('title', text)]}", f".{text}."]
