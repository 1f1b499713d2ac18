"""Filters that write a text into a file, one for each format: what is read there is the text."""

import html as _html
import re

_TOML_ESCAPES = {"\\": "\\\\", '"': '\\"', "\b": "\\b", "\t": "\\t", "\n": "\\n"} | {
    "\f": "\\f",
    "\r": "\\r",
}


def text(value: str) -> str:
    """Write plain text, which has nothing to escape."""
    return value


def toml(value: str) -> str:
    """Write a basic string, with its quotes."""
    return f'"{"".join(map(_toml_character, value))}"'


def _toml_character(character: str) -> str:
    if character < " " or "\x7f" <= character <= "\x9f":
        return _TOML_ESCAPES.get(character, f"\\u{ord(character):04x}")
    return _TOML_ESCAPES.get(character, character)


def yaml(value: str) -> str:
    """Write a scalar in double quotes, which reads the same in YAML 1.1 and 1.2."""
    return f'"{"".join(map(_yaml_character, value))}"'


def _yaml_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def html(value: str) -> str:
    """Write text between tags, or in an attribute with quotes."""
    return _html.escape(value)


# What could start something else than text, by the rules of CommonMark and of GitHub's additions.
# A backslash counts in front of punctuation only, an ampersand in front of an entity only.
_PUNCTUATION = re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_MARKUP = re.compile(
    rf"\\(?=[{_PUNCTUATION}]|$)"
    r"|[*`<\[\]|~$]"
    r"|&(?=\#?[0-9A-Za-z]+;)"
    r"|(?<![^\W_])_|_(?![^\W_])"
    r"|(?<!\S)\#"
    r"|^[-+=>:]"
)
_ORDERED_LIST = re.compile(r"^(\d{1,9})([.)])")


def markdown(value: str) -> str:
    """Write inline text, at the start of a line or in a heading or table cell too."""
    escaped = _MARKUP.sub(r"\\\g<0>", value.strip())
    return _ORDERED_LIST.sub(r"\1\\\2", escaped)
