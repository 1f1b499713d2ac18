"""What a filter writes into a file reads as the answer there."""

import html
import re
import tomllib
from html.parser import HTMLParser

import pytest
import yaml
from hypothesis import given, strategies
from markdown_it import MarkdownIt
from ruamel.yaml import YAML

from cookiecutter_flask_cors import escapes

TEXTS = {
    "plain text stays readable": "A JSON API built with Flask.",
    "an apostrophe": "O'Brien",
    "quotes": "He said \"hi\" and 'ho'",
    "triple quotes": "'''\"\"\"",
    "a backslash": "back\\slash \\n \\",
    "an ampersand": "Tom & Jerry &amp; &#65; &copy",
    "HTML": "<script>alert(1)</script> <!-- x --> </b>",
    "emphasis": "*a* **b** _c_ __d__ snake_case ~~e~~",
    "code": "`a` ``b``",
    "a link": "[x](y) ![x](y) [x][y] [x]: y [^1] <https://example.com>",
    "a table": "a | b | c \\| d",
    "a heading": "# a ## b #",
    "a quotation": "> a",
    "a list": "- a",
    "a numbered list": "1. a",
    "a numbered list in brackets": "12) a",
    "a rule": "---",
    "mathematics": "$x$",
    "variables": "$HOME ${HOME} \\$HOME $$ $(x)",
    "YAML": "- a: b # c, [x] {y} & *z !t | > %",
    "a word of YAML's": "null",
    "a number": "007",
    "Jinja": "{{ 7*7 }} {% if x %} {# x #} # {% if x %}",
    "emoji": "🚀 👩\u200d🚀 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "other scripts": "日本 Привет می\u200cخواهم",
}
every_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
characters = strategies.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
any_line = strategies.text(characters)
any_text = any_line | strategies.text("\\`*_[]()<>&#|~$-+=!.1 a\"';:")

commonmark = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@every_text
def test_toml(text: str) -> None:
    assert tomllib.loads(f"x = {escapes.toml(text)}") == {"x": text}


every_character = strategies.text(strategies.characters(exclude_categories=["Cs"]))


@given(every_character)
def test_any_text_in_toml(text: str) -> None:
    assert tomllib.loads(f"x = {escapes.toml(text)}") == {"x": text}


@every_text
def test_markdown(text: str) -> None:
    check_markdown(text)


@given(any_text.filter(str.strip))
def test_any_text_in_markdown(text: str) -> None:
    check_markdown(text)


def check_markdown(text: str) -> None:
    escaped = escapes.markdown(text)
    expected = re.sub(" +", " ", text.strip())
    places = {
        f"{escaped}\n": "<p>{}</p>\n",
        f"# {escaped}\n": "<h1>{}</h1>\n",
        f"# {escaped} #\n": "<h1>{}</h1>\n",
        f"Before\n\n{escaped}\n\nAfter\n": "<p>Before</p>\n<p>{}</p>\n<p>After</p>\n",
        f"- {escaped}\n": "<ul>\n<li>{}</li>\n</ul>\n",
        f"**{escaped}**: x\n": "<p><strong>{}</strong>: x</p>\n",
    }
    for source, around in places.items():
        before, after = around.split("{}")
        rendered = commonmark.render(source)
        assert rendered.startswith(before)
        assert rendered.endswith(after)
        inner = rendered[len(before) : len(rendered) - len(after)]
        assert "<" not in inner
        assert re.sub(" +", " ", html.unescape(inner)) == expected
    cells = re.findall(r"<td>(.*)</td>", commonmark.render(f"|a|b|\n|-|-|\n| {escaped} | z |\n"))
    assert [re.sub(" +", " ", html.unescape(cell)) for cell in cells] == [expected, "z"]


@pytest.mark.parametrize(
    "text", ["A JSON API built with Flask.", 'Tom & Jerry\'s "API" C:\\x, v1.0!']
)
def test_markdown_of_plain_text_is_not_escaped(text: str) -> None:
    assert escapes.markdown(text) == text


def test_markdown_of_dollars_is_escaped_for_github() -> None:
    assert escapes.markdown("from $5 to $10") == r"from \$5 to \$10"


@every_text
def test_yaml(text: str) -> None:
    check_yaml(text)


@given(every_character)
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


class Events(HTMLParser):
    """Collects the tags and texts of a page."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.events: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.events.append(f"{tag} {attrs}")

    def handle_data(self, data: str) -> None:
        self.events.append(data)


def check_html(text: str) -> None:
    page = Events(f'<p title="{escapes.html(text)}">.{escapes.html(text)}.</p>')
    assert page.events == [f"p {[('title', text)]}", f".{text}."]
