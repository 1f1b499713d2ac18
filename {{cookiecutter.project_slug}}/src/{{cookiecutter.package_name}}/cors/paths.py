"""Paths of the table: `/api/*` is `/api` and everything below it, and not `/apiary`."""

import re

#: Where CORS happens at all: outside of it no response carries a CORS header.
AREA = "/api"


def base_of(path: str) -> str:
    """Return the `/api` of `/api/*`.

    Raises ValueError ('reason; fix') for any other form: with nested subtrees alone, the longest
    one that covers a path is always the most specific.
    """
    base = path.removesuffix("/*")
    if base == path:
        raise ValueError(f"{path!r} is no subtree; write '{path.rstrip('/*')}/*'")
    if not covers(AREA, base):
        raise ValueError(f"{path!r} is outside {AREA}; write a path below {AREA}/")
    if not re.fullmatch(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+", base):
        raise ValueError(f"{path!r} has a pattern in it; write plain names, such as '/api/v1/*'")
    return base


def covers(base: str, path: str) -> bool:
    """Whether `path`, decoded once as the router sees it, is `base` or below it."""
    return path.startswith(base) and (len(path) == len(base) or path[len(base)] == "/")


def may_cover(base: str, route: str) -> bool:
    """Whether `base` covers a route, as Flask writes it, for some values of its variables."""
    fixed, variable, _ = route.partition("<")
    return covers(base, route) or bool(variable and base.startswith(fixed))


def pattern(base: str) -> re.Pattern[str]:
    """Say the same as `covers` in the language that Flask-CORS understands."""
    return re.compile(rf"{re.escape(base)}(?:/|\Z)")
