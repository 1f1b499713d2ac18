"""`flask cors show`: the policy as this environment resolves it."""

import json
from collections.abc import Iterable
from textwrap import wrap
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from ..environment import Source
from . import paths
from .console import bold, say, table
from .coverage import Coverage, coverage
from .rule import Rule
from .views import views_of

WIDTH = 60  # characters of a value, before it goes on in the next line
LISTED = 20  # origins at most; --json has them all

LABELS = {
    "origins": "origins",
    "methods": "methods",
    "allow_headers": "may send",
    "expose_headers": "may read",
    "supports_credentials": "credentials",
    "max_age": "max-age",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@with_appcontext
def show(as_json: bool) -> None:
    """Show the rows, and the row of each route."""
    views = views_of(current_app)
    covered = list(coverage(current_app))
    if as_json:
        shown = {
            "rows": [_row(rule) for rule in views.resources.rules],
            "routes": [_route(it) for it in covered],
        }
        say(json.dumps(shown, indent=2))
        return
    say(bold("Rows, the most specific first"))
    for rule in views.resources.rules:
        say(f"\n{bold(name_of(rule))}\n{_values(rule)}")
    for it in covered:
        if it.own:
            say(f"\n{bold(f'cross_origin on {it.endpoint!r}')}\n{_values(it.own)}")
    _say_routes("Routes", (it for it in covered if it.rows))
    hidden = (it for it in covered if not it.rows)
    _say_routes("Routes that no page of another origin can read", hidden)


def name_of(rule: Rule) -> str:
    """Return what people call a row: its path, and the methods it is restricted to."""
    only = f" for {', '.join(rule.only)}" if rule.only else ""
    return f"{rule.base}/*{only}"


def _say_routes(title: str, covered: Iterable[Coverage]) -> None:
    rows = [(", ".join(it.methods), it.path, _speaker(it)) for it in covered]
    if rows:
        say(f"\n{bold(title)}\n\n{table(rows)}")


def _speaker(covered: Coverage) -> str:
    if covered.own:
        return f"cross_origin on {covered.endpoint!r}"
    if covered.rows:
        return " or ".join(map(name_of, covered.rows))
    inside = paths.covers(paths.AREA, covered.path)
    return "no row of cors/policy.py" if inside else f"outside {paths.AREA}"


def _values(rule: Rule) -> str:
    rows: list[tuple[str, ...]] = []
    for column, label in LABELS.items():
        source = ", ".join(map(_phrase, rule.sources.get(column, ())))
        for line in wrap(_text(rule, column), WIDTH, break_on_hyphens=False):
            rows.append((label, line, source))
            label = source = ""
    return table(rows)


def _text(rule: Rule, column: str) -> str:
    value = _value(rule, column)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value} s"
    more = len(value) - LISTED
    tail = [f"and {more} more"] if column == "origins" and more > 0 else []
    return ", ".join(value[:LISTED] + tail if tail else value) or "none"


def _phrase(source: Source) -> str:
    return f"{source.name}, not set" if source.kind == "default" else source.name


def _value(rule: Rule, column: str) -> Any:
    if column == "origins":
        return ["*"] if rule.origins.any else [str(it) for it in rule.origins.entries]
    value = getattr(rule, column)
    return list(value) if isinstance(value, tuple) else value


def _row(rule: Rule) -> dict[str, Any]:
    columns = {
        column: {
            "value": _value(rule, column),
            "sources": [source._asdict() for source in rule.sources.get(column, ())],
        }
        for column in LABELS
    }
    return {"path": f"{rule.base}/*", "only": list(rule.only), **columns}


def _route(covered: Coverage) -> dict[str, Any]:
    return {
        "path": covered.path,
        "methods": list(covered.methods),
        "endpoint": covered.endpoint,
        "rows": [name_of(rule) for rule in covered.rows],
        "cross_origin": _row(covered.own) if covered.own else None,
    }
