"""The verdict, for people and for machines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask

from ..console import bold, table
from . import curl, live
from .browser import fetch, needs_preflight
from .case import Case, speaker_at, who
from .causes import cause_of
from .exchange import ACTUAL, Call, Exchange, Outcome
from .notes import Note, notes
from .probe import Probe
from .safelist import SIMPLE_METHODS

FORMAT = 1  # of the JSON; raised when something in it changes its meaning


@dataclass(frozen=True)
class Answer:
    """What would happen to a call, why, and what to change."""

    call: Call
    row: str | None  # what speaks for it in this project's policy
    outcome: Outcome
    cause: str
    fix: str | None
    notes: tuple[Note, ...]
    differences: tuple[str, ...]

    @property
    def allowed(self) -> bool:
        """Whether the page gets to read the answer."""
        return self.outcome.failure is None

    def to_json(self) -> dict[str, Any]:
        """Return all of it."""
        call, failure = self.call, self.outcome.failure
        return {
            "format": FORMAT,
            "verdict": "ALLOWED" if self.allowed else "BLOCKED",
            "step": self.outcome.step,
            "code": failure.code if failure else None,
            "parameter": failure.parameter or None if failure else None,
            "cause": self.cause,
            "fix": self.fix,
            "notes": [note._asdict() for note in self.notes],
            "differences": list(self.differences),
            "curl": self._curl,
            "row": self.row,
            "request": {
                "method": call.method,
                "url": str(call.address),
                "origin": call.origin,
                "headers": _fields(call.headers),
                "credentials": call.credentials,
                "preflight": needs_preflight(call),
                "preflight_for": _reasons(call),
            },
            "exchanges": [_exchange(it) for it in self.outcome.exchanges],
        }

    def to_text(self) -> str:
        """Return it as lines: the verdict first."""
        call, failure = self.call, self.outcome.failure
        where = self.outcome.step if failure is None else f"{self.outcome.step}: {failure.code}"
        at = "" if where.startswith("before") else "at the "
        title = f"{'ALLOWED' if self.allowed else 'BLOCKED'} {at}{where}"
        rows = [("result" if self.allowed else "cause", self.cause)]
        if self.fix:
            rows.append(("fix", self.fix))
        rows += [("note", note.text) for note in self.notes]
        rows += [("differs", line) for line in self.differences]
        reasons = ", ".join(_reasons(call)) if needs_preflight(call) else ""
        rows.append(("preflight", f"needed for {reasons}" if reasons else "not needed"))
        rows += [("try", self._curl)] if self._curl else []
        asked = f"{call.method} {call.address} from {call.origin}"
        title = bold(title, "green" if self.allowed else "red")
        return f"{title}\n{asked}{' with credentials' * call.credentials}\n\n{table(rows)}"

    @property
    def _curl(self) -> str | None:
        exchanges = self.outcome.exchanges
        return curl.line(exchanges[-1]) if exchanges else None


def answer(app: Flask, call: Call, *, execute: bool, ask_live: bool, known: bool) -> Answer:
    """Ask the application, or the address itself, what a browser would ask, and judge it."""
    probe = Probe(app, call.address.host, execute=execute and not ask_live)
    send = _live(execute=execute) if ask_live else probe.send
    outcome = fetch(call, send)
    differences = [
        line
        for it in outcome.exchanges
        if ask_live and it.address.origin == call.address.origin
        for line in live.differences(it, probe.send(it))
    ]
    exception = None if ask_live else probe.exception
    last = outcome.exchanges[-1] if outcome.exchanges else None
    if outcome.failure:
        cause, fix = cause_of(
            Case(
                app=app,
                asked=call,
                call=outcome.call,
                step=outcome.step,
                failure=outcome.failure,
                exchange=last,
                exception=exception,
                live=ask_live,
            )
        )
    else:
        cause, fix = _allowed(outcome), None
    found = tuple(dict.fromkeys(notes(app, outcome, exception, known=known)))
    return Answer(call, speaker_at(app, call), outcome, cause, fix, found, tuple(differences))


def _live(*, execute: bool) -> Callable[[Exchange], Any]:
    return lambda exchange: live.send(exchange, execute=execute)


def _allowed(outcome: Outcome) -> str:
    call, received = outcome.call, outcome.exchanges[-1].received
    status = "" if received.pretended else f" (status {received.status})"
    if call.same_origin:
        return f"page and API have the same origin, so CORS has no part in it{status}"
    return f"{who(call.origin)} may read the answer{status}"


def _reasons(call: Call) -> list[str]:
    method = [] if call.method in SIMPLE_METHODS else [f"the method {call.method}"]
    return method + [f"the header {name}" for name in call.unsafe_names]


def _fields(fields: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [[name, value] for name, value in fields]


def _exchange(exchange: Exchange) -> dict[str, Any]:
    received = exchange.received
    return {
        "step": exchange.step,
        "method": exchange.method,
        "url": str(exchange.address),
        "headers": _fields(exchange.headers),
        "status": received.status,
        "executed": exchange.step != ACTUAL or not received.rehearsed,
        "answer": _fields(received.headers),
    }
