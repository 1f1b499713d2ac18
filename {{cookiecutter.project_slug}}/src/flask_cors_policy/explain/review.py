"""`flask cors explain --all`: what the pages of one origin may do with each route."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace

from flask import Flask

from .. import _guard
from .._coverage import Coverage, coverage
from .._decision import Decisions
from .._reasons import GUARDED
from .._table import Policy, Row
from .._views import Views
from ..cli import bold, table
from .address import Address, parse_address
from .browser import HANDSHAKE, Call, Response, Sent, fetch
from .case import label_of
from .needs import lacks, needs_of
from .wsgi import environ_of

_NO_ROUTES = Flask(__name__, static_folder=None)
_ADDRESS = Address("https", "api.invalid", 443, "/")  # rows do not depend on it


@dataclass(frozen=True)
class Line:
    """Methods of a route for one origin: the verdict, and why."""

    path: str
    host: str
    methods: tuple[str, ...]
    websocket: bool
    endpoint: str
    row: str | None
    verdict: str
    preflight: bool
    runs: bool  # whether a view runs for the requests that a browser sends
    code: str | None
    reason: str


def review(app: Flask, origin: str, *, credentials: bool = False) -> list[Line]:
    """Return a line for each route and verdict, in the order of the paths.

    Nothing is sent: the policy's own headers are judged as a browser judges them.
    """
    page = parse_address(origin) if origin.startswith(("http://", "https://")) else None
    lines: dict[tuple[object, ...], Line] = {}
    for covered in coverage(app):
        for row in covered.governing or (None,):
            for method in covered.methods:
                call = Call(
                    method,
                    replace(_ADDRESS, websocket=covered.websocket),
                    origin,
                    page,
                    credentials=credentials,
                )
                line = _line(covered, row, call)
                key = (row, replace(line, methods=()))
                known = lines.get(key)
                methods = (*known.methods, method) if known else (method,)
                lines[key] = replace(line, methods=methods)
    return list(lines.values())


def to_text(lines: Iterable[Line]) -> str:
    """Return the lines as a table."""
    rows = [
        (
            "WebSocket" if line.websocket else ", ".join(line.methods),
            f"{line.host}{line.path}",
            "allowed after a preflight" if line.preflight and not line.code else line.verdict,
            line.reason,
        )
        for line in lines
    ]
    heads, *rest = table([("methods", "route", "verdict", "reason"), *rows]).splitlines()
    return "\n".join([bold(heads), *rest])


def to_json(lines: Iterable[Line]) -> str:
    """Return the lines for machines."""
    return json.dumps({"format": 1, "routes": [asdict(line) for line in lines]}, indent=2)


def _line(covered: Coverage, row: Row | None, call: Call) -> Line:
    policy = Policy(() if row is None else (replace(row, base="", for_methods=()),))
    decisions = Decisions(policy, Views(_NO_ROUTES, policy))
    runs = False

    def send(sent: Sent) -> Response:
        nonlocal runs
        environ = environ_of(sent)
        decision = decisions.decide(environ)
        if decision.preflight:
            return Response(204 if decision.row else 405, decision.headers)
        refused = _guard.refuses(environ, decision)
        runs = not refused
        allowed = 101 if sent.step == HANDSHAKE else 200
        return Response(403 if refused else allowed, decision.headers)

    failure = fetch(call, send).failure
    code = failure.code if failure else None
    reason = label_of(row)
    if failure is not None:
        code = GUARDED if call.address.websocket else code
        reason = lacks(label_of(row), list(needs_of(call, row))) if row else "no row covers it"
        reason += "; a view runs all the same" if runs else "; no view runs"
    return Line(
        path=covered.path,
        host=covered.host,
        methods=(call.method,),
        websocket=covered.websocket,
        endpoint=covered.endpoint,
        row=row.name if row else None,
        verdict="allowed" if failure is None else "refused",
        preflight=call.needs_preflight,
        runs=runs,
        code=code,
        reason=reason,
    )
