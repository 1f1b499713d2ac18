"""What a row of the table may say; `policy.py` holds the table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Variable:
    """Origins that an environment variable names.

    A variable without a default has to be set. `*` may be written only where it is the default.
    """

    name: str
    default: str | None = None


@dataclass(frozen=True)
class Row:
    """Who may call the paths below `path`, and how; None is what the environment says.

    A row with `only` speaks for those methods alone and leaves the others to the next row that
    covers the path; `methods` may name fewer of them, and no others. Names and origins are written
    as in the environment, or as a sequence.
    """

    path: str
    origins: str | Variable | Sequence[str | Variable]
    only: str | Sequence[str] = ()
    methods: str | Sequence[str] | None = None
    allow_headers: str | Sequence[str] | None = None
    expose_headers: str | Sequence[str] | None = None
    supports_credentials: bool | None = None
    max_age: int | timedelta | None = None
