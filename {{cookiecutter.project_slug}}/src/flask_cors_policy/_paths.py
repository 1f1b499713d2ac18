"""The paths of rows: subtrees, and what to write in place of every other form."""

import re

from ._problems import Fault, Refused, shown

_SEGMENT = r"/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~@:-]+"
_PLAIN = re.compile(rf"(?:{_SEGMENT})*")
_BEGINNING = re.compile(rf"(?:{_SEGMENT}(?![^/]))*")
_PATTERN = frozenset(r"\^$*+?()[]{}|<>")

# In patterns: dots that stand for dots, "whatever follows" in parentheses, and that without them.
_ESCAPED = re.compile(r"\\(?=[./-])")
_GROUPED = re.compile(r"\((?:\?:)?(/?\.[*+])(\$?)\)\??")
_ENDING = re.compile(r"(?:/[.*+?$]*)+\Z|[.*+?$]+\Z")
# Of several choices the first one, and any character of a set.
_CHOICE = re.compile(r"\((?:\?:)?([^()|]*)(?:\|[^()]*)?\)")
_SET = re.compile(r"\[[^\]]*\]")


def base_of(path: object) -> str:
    """Return the `/api` of `/api/*`, and nothing of `/*`; raise Refused for any other form.

    With nested subtrees alone, the longest one that covers a path is always the most specific.
    """
    text = getattr(path, "pattern", path)
    if not isinstance(text, str):
        raise Refused(Fault(path, "is not text", "write a path such as '/api/*'"))
    base = text.removesuffix("/*")
    if isinstance(path, str) and base != text and _PLAIN.fullmatch(base):
        return base
    reason, fix = _mistake(text)
    if not isinstance(path, str):
        reason = "is not text, and regular expressions are not taken"
    raise Refused(Fault(text, reason, fix))


def plain_beginning(pattern: str) -> str:
    """Return the whole segments with which a pattern or a route starts.

    That is `/api` of `/api/<id>`, of `^/api/v[0-9]+/.*` and of `/api*`.
    """
    found = _BEGINNING.match(_stem(pattern))
    return found[0] if found else ""


def _mistake(text: str) -> tuple[str, str]:
    """Return why a text is no subtree, and what covers no more than Flask-CORS matched with it."""
    beginning, stem = plain_beginning(text), _stem(text)
    if beginning == stem.rstrip("/"):
        if not set(text) & _PATTERN or (text.endswith("$") and not set(text) & set("*+")):
            fix = f"write '{beginning}/*' if all below is meant, else cross_origin(...) on its view"
            return "is no subtree", fix
        return "has a pattern in it, and only subtrees are taken", f"write '{beginning}/*'"
    if not set(stem) & _PATTERN:
        segment = stem.removeprefix(beginning).split("/")[1]
        fix = f"write cross_origin(...) on its views, below the row '{beginning}/*'"
        return f"has the segment {shown(segment)}, which no row takes", fix
    fix = f"write a row for each subtree, such as '{_one_of(text)}/*'"
    return "has a pattern in it, and only subtrees are taken", fix


def _stem(pattern: str) -> str:
    """Return a pattern without the wildcard at its end."""
    text = _GROUPED.sub(r"\1\2", _ESCAPED.sub("", pattern))
    return _ENDING.sub("", "/" + text.lstrip("^/"))


def _one_of(pattern: str) -> str:
    """Return one of the paths below which a pattern matches, as near as a plain path can be."""
    choice = _SET.sub("*", _CHOICE.sub(r"\1", pattern)).partition("|")[0]
    segments = _stem(choice).split("/")[1:]
    return "".join(f"/{one}" if _PLAIN.fullmatch(f"/{one}") else "/v1" for one in segments)
