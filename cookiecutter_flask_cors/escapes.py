"""Filters that write an answer into a file, one for each format: parsing gives the answer back."""

import html as _html
import re


def text(value: str) -> str:
    """Return plain text unchanged; the filter marks that this was decided."""
    return value


def toml(value: str) -> str:
    """Write a basic string, with its quotes."""
    return f'"{"".join(map(_toml_character, value))}"'


def _toml_character(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    control = character < " " or "\x7f" <= character <= "\x9f"
    return f"\\u{ord(character):04x}" if control else character


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


# What starts markup by the rules of CommonMark and of GitHub's additions. A backslash does so only
# in front of punctuation, an ampersand only in front of an entity.
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
    """Write inline text, which may also start a line or stand in a heading or table cell."""
    escaped = _MARKUP.sub(r"\\\g<0>", value.strip())
    return _ORDERED_LIST.sub(r"\1\\\2", escaped)
