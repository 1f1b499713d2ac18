"""`flask cors show`: the policy as this environment resolves it."""

import json
from collections.abc import Iterable
from textwrap import wrap
from typing import Any

import click

from ._coverage import Coverage, coverage
from ._environment import Source
from ._extension import state_of
from ._table import Row
from .cli import bold, echo, load_app_with_policy, table

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
@click.pass_context
def show(context: click.Context, *, as_json: bool) -> None:
    """Show the rows with their sources, and what governs each route."""
    app = load_app_with_policy(context)
    rows = state_of(app).policy.rows
    routes = list(coverage(app))
    if as_json:
        shown = {"rows": [_row(row) for row in rows], "routes": [_route(one) for one in routes]}
        echo(json.dumps(shown, indent=2))
        return
    echo(bold("Rows, the most specific first"))
    views = (route.own for route in routes if route.own)
    for row in (*rows, *dict.fromkeys(views)):
        echo(f"\n{bold(row.name)}\n{_values(row)}")
    _print_routes("Routes", [route for route in routes if route.rows])
    closed = [route for route in routes if not route.rows]
    _print_routes("Routes that no other origin may use", closed)


def _print_routes(title: str, routes: Iterable[Coverage]) -> None:
    rows = [(route.label, f"{route.host}{route.path}", _governing(route)) for route in routes]
    if rows:
        echo(f"\n{bold(title)}\n\n{table(rows)}")


def _governing(route: Coverage) -> str:
    return " or ".join(row.name for row in route.governing) or "no row"


def _values(row: Row) -> str:
    shown = [
        (label, _text(row, option), ", ".join(map(_phrase, row.sources.get(option, ()))))
        for option, label in LABELS.items()
    ]
    if row.problem is not None:
        shown.insert(0, ("refused", str(row.problem), ""))
    lines: list[tuple[str, ...]] = []
    for label, text, source in shown:
        first, *others = wrap(text, WIDTH, break_on_hyphens=False)
        lines += [(label, first, source), *(("", line, "") for line in others)]
    return table(lines)


def _text(row: Row, option: str) -> str:
    value = _value(row, option)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value} s"
    if option == "origins" and len(value) > LISTED:
        value = [*value[:LISTED], f"and {len(value) - LISTED} more"]
    return ", ".join(value) or "none"


def _phrase(source: Source) -> str:
    if source.kind == "default":
        return f"{source.name}, not set"
    return f"{source.name}, as {source.unset} is not set" if source.unset else source.name


def _value(row: Row, option: str) -> Any:
    if option == "origins":
        return ["*"] if row.origins.any else [str(origin) for origin in row.origins.entries]
    value = getattr(row, option)
    return list(value) if isinstance(value, tuple) else value


def _row(row: Row) -> dict[str, Any]:
    options = {
        option: {
            "value": _value(row, option),
            "sources": [
                {"kind": source.kind, "name": source.name} for source in row.sources.get(option, ())
            ],
        }
        for option in LABELS
    }
    return {"path": f"{row.base}/*", "for_methods": list(row.for_methods), **options}


def _route(route: Coverage) -> dict[str, Any]:
    return {
        "path": route.path,
        "host": route.host,
        "methods": list(route.methods),
        "endpoint": route.endpoint,
        "websocket": route.websocket,
        "rows": [row.name for row in route.rows],
        "cross_origin": _row(route.own) if route.own else None,
    }
