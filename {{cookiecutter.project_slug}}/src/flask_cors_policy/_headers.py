"""The headers of the CORS protocol: their names, and their values for a row, origin and method.

Flask-CORS decides on Access-Control-Allow-Origin. The rest is written from the row. Both are
remembered, as they never change.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from flask_cors.core import DEFAULT_OPTIONS, get_cors_headers, serialize_options
from werkzeug.datastructures import Headers

from ._origins import LONGEST
from ._table import Row

# Header names and values as WSGI servers take them.
Fields = list[tuple[str, str]]

ORIGIN = "Origin"
VARY = "Vary"
REQUEST_METHOD = "Access-Control-Request-Method"
REQUEST_HEADERS = "Access-Control-Request-Headers"

# Every header of a CORS response starts so, Access-Control-Allow-Private-Network included.
PREFIX = "access-control-"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
ALLOW_CREDENTIALS = "Access-Control-Allow-Credentials"
ALLOW_METHODS = "Access-Control-Allow-Methods"
ALLOW_HEADERS = "Access-Control-Allow-Headers"
EXPOSE_HEADERS = "Access-Control-Expose-Headers"
MAX_AGE = "Access-Control-Max-Age"

_REPLACED = (PREFIX, "vary")

VARY_ORIGIN = (VARY, ORIGIN)
REMEMBERED = 1024  # answers at most, as there is no end of origins below a wildcard


class Question(NamedTuple):
    """What the headers depend on; `method` is what the page wants to use."""

    row: Row
    origin: str
    method: str
    preflight: bool


class Grants:
    """The headers that grant something, computed once for each question."""

    def __init__(self) -> None:
        self._remembered: dict[Question, tuple[tuple[str, str], ...]] = {}

    def headers(self, question: Question) -> tuple[tuple[str, str], ...]:
        """Return the headers for an origin that may read the response."""
        if question.row.origins.any:
            question = question._replace(origin="*")
        known = self._remembered.get(question)
        if known is None:
            known = compute(question)
            # A client may make up methods and, below a wildcard, origins of any length.
            if question.method in question.row.methods and len(question.origin) <= LONGEST:
                if len(self._remembered) >= REMEMBERED:
                    self._remembered.clear()
                self._remembered[question] = known
        return known


def compute(question: Question) -> tuple[tuple[str, str], ...]:
    """Return the headers, if Flask-CORS grants Access-Control-Allow-Origin.

    The other headers come from the row: Flask-CORS compares methods as parts of a text, drops a
    max-age of 0 and sorts lists.
    """
    row, origin, method, preflight = question
    asked = Headers({ORIGIN: origin})
    if preflight:
        asked[REQUEST_METHOD] = method
        asked[REQUEST_HEADERS] = ", ".join(row.allow_headers)
    options = serialize_options({**DEFAULT_OPTIONS, **flask_cors_options(question)})
    computed = get_cors_headers(options, asked, "OPTIONS" if preflight else method)
    allowed = computed.get(ALLOW_ORIGIN)
    if not allowed:
        return ()
    fields = {ALLOW_ORIGIN: str(allowed)}
    if row.supports_credentials:
        fields[ALLOW_CREDENTIALS] = "true"
    if not preflight:
        fields[EXPOSE_HEADERS] = ", ".join(row.expose_headers)
    elif method in row.methods:
        fields[ALLOW_METHODS] = ", ".join(row.methods)
        fields[ALLOW_HEADERS] = ", ".join(row.allow_headers)
        fields[MAX_AGE] = str(row.max_age)
    return tuple((name, value) for name, value in fields.items() if value)


def flask_cors_options(question: Question) -> dict[str, object]:
    """Return a row as Flask-CORS's options: every one by name, and anchored patterns alone.

    By itself Flask-CORS takes text for regular expressions, and missing options for permission.
    Of the origins it is told the one that asks, which the row trusts.
    """
    row = question.row
    return {
        "origins": "*" if row.origins.any else _exactly(question.origin),
        "methods": row.methods,
        "allow_headers": [_exactly(name, re.IGNORECASE) for name in row.allow_headers],
        "expose_headers": row.expose_headers,
        "supports_credentials": row.supports_credentials,
        "max_age": row.max_age,
        "send_wildcard": row.origins.any,
        "always_send": row.origins.any,
        "vary_header": False,
        "automatic_options": False,
        "allow_private_network": False,
    }


def _exactly(text: str, flags: int = 0) -> re.Pattern[str]:
    # `\Z`, as `$` also matches before a line break.
    return re.compile(rf"{re.escape(text)}\Z", flags)


def replace_cors_headers(fields: Fields, ours: Iterable[tuple[str, str]]) -> Fields:
    """Return the fields of a response with our headers in place of all others about CORS.

    What the application says in Vary is kept.
    """
    for name, _ in fields:  # the usual case, at the least cost
        if name[0] in "AaVv" and name[: len(PREFIX)].lower() in _REPLACED:
            break
    else:
        return [*fields, *ours]
    kept = [field for field in fields if not field[0].lower().startswith(PREFIX)]
    varies = [value for name, value in (*kept, *ours) if name.lower() == "vary"]
    merged = [field for field in (*kept, *ours) if field[0].lower() != "vary"]
    unique: dict[str, str] = {}
    for name in ",".join(varies).split(","):  # several lines are one list (RFC 9110, section 5.3)
        unique.setdefault(name.strip().lower(), name.strip())
    unique.pop("", None)
    if unique:
        merged.append((VARY, ", ".join(unique.values())))
    return merged
