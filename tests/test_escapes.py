"""Whatever is written into a file, what is read there is the answer."""

import html
import re
import tomllib

import pytest
from hypothesis import given, strategies
from markdown_it import MarkdownIt

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
    "Jinja": "{{ 7*7 }} {% if x %} {# x #} # {% if x %}",
    "emoji": "🚀 👩\u200d🚀 🏴󠁧󠁢󠁷󠁬󠁳󠁿",
    "other scripts": "日本 Привет می\u200cخواهم",
}
every_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
characters = strategies.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"])
any_text = strategies.text(characters) | strategies.text("\\`*_[]()<>&#|~$-+=!.1 a\"';:")

commonmark = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@every_text
def test_toml(text: str) -> None:
    assert tomllib.loads(f"x = {escapes.toml(text)}") == {"x": text}


@given(strategies.text(strategies.characters(exclude_categories=["Cs"])))
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
def test_what_starts_nothing_is_not_escaped(text: str) -> None:
    assert escapes.markdown(text) == text


def test_mathematics_is_for_github_alone() -> None:
    assert escapes.markdown("from $5 to $10") == r"from \$5 to \$10"
