"""The verdict on a call, for people and for machines."""

import os
import re
import shlex
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, NamedTuple

from flask import Flask

from .._guard import SAFE_METHODS
from .._middleware import is_behind_policy
from ..cli import bold, printable, table
from . import live, statuses
from .browser import (
    BEFORE,
    HANDSHAKE,
    PREFLIGHT,
    Call,
    Outcome,
    Response,
    Sent,
    fetch,
)
from .case import Case, Note, label_of, who
from .causes import cause_of
from .notes import notes_of
from .probe import Place, Probe
from .standard import SIMPLE_METHODS
from .wsgi import Deadline

FORMAT = 1  # of the JSON; raised when something in it changes its meaning

#: The codes of notes that tell why a call fails which CORS lets through.
ON_A_LINE = frozenset((*statuses.CODES, "NoResponseYet", "NotReproduced", "StatusRead"))

_PLAIN = re.compile(r"[A-Za-z0-9 #%&'()*+,./:;<=>?@\[\]^_{|}~-]*")
# What curl sends by itself, and what makes no difference to the CORS headers.
_LEFT_OUT = (("Accept", "*/*"), ("Sec-Fetch-Dest", "empty"), ("Sec-Fetch-Mode", "cors"))


class View(NamedTuple):
    """Whether a view runs for a call: None where that is not known."""

    endpoint: str | None
    runs: bool | None
    text: str


@dataclass(frozen=True)
class Settings:
    """How a call is to be tried out."""

    execute: bool = False
    live: bool = False
    prefix: str | None = None


@dataclass(frozen=True)
class Verdict:
    """The end of a call, the reason, and what to change."""

    call: Call
    outcome: Outcome
    row: str | None  # what governs the call in this project
    code: str | None
    cause: str
    fix: str | None
    view: View
    notes: tuple[Note, ...] = ()
    differences: tuple[str, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the page gets to read the response."""
        return self.outcome.failure is None

    @property
    def response(self) -> Response:
        """The last response."""
        return self.outcome.sent[-1].response if self.outcome.sent else Response(None)

    @property
    def title(self) -> str:
        """The verdict in a line, with what the page will read."""
        step = self.outcome.step
        where = step if step == BEFORE else f"at the {step}"
        if not self.allowed:
            return f"BLOCKED {where}: {self.code}"
        if step == HANDSHAKE:
            return f"ALLOWED {where}: {self._opened}"
        if self.response.late:
            return f"ALLOWED {where}: no response began in time"
        if not self.response.status_is_known:
            return f"ALLOWED {where}: {self.call.method} was not carried out"
        return f"ALLOWED {where}: the page reads {_named_status(self.response.status)}"

    def to_json(self) -> dict[str, Any]:
        """Return all of it."""
        call, failure = self.call, self.outcome.failure
        known = self.allowed and self.response.status_is_known
        return {
            "format": FORMAT,
            "verdict": "ALLOWED" if self.allowed else "BLOCKED",
            "step": self.outcome.step,
            "code": self.code,
            "parameter": failure.parameter or None if failure else None,
            "status": self.response.status if known else None,
            "cause": self.cause,
            "fix": self.fix,
            "view": {"endpoint": self.view.endpoint, "runs": self.view.runs},
            "notes": [note._asdict() for note in self.notes],
            "differences": list(self.differences),
            "curl": self._curl,
            "row": self.row,
            "request": {
                "method": call.method,
                "url": str(call.address),
                "origin": call.origin,
                "headers": call.headers,
                "credentials": call.credentials,
                "preflight": bool(_preflight_reasons(call)),
                "preflight_for": _preflight_reasons(call),
            },
            "exchanges": [_exchange(sent) for sent in self.outcome.sent],
        }

    def to_text(self) -> str:
        """Return it as lines: the verdict first."""
        call = self.call
        rows = [("result" if self.allowed else "cause", self.cause)]
        if self.fix:
            rows.append(("fix", self.fix))
        rows.append(("view", self.view.text))
        rows += [("note", note.text) for note in self.notes]
        rows += [("differs", line) for line in self.differences]
        rows.append(("preflight", _preflight_text(call)))
        if self._curl:
            rows.append(("try", self._curl))
        status = self.response.status or 0
        fine = self.allowed and (status < 400 or not self.response.status_is_known)
        colour = "green" if fine else "yellow" if self.allowed else "red"
        asked = f"{call.method} {call.address} from {call.origin}"
        if call.credentials:
            asked += " with credentials"
        return f"{bold(self.title, colour)}\n{asked}\n\n{table(rows)}"

    def to_line(self) -> str:
        """Return it in one line: the verdict, the call, the cause and the fix."""
        call = f"{self.call.method} {self.call.address} from {self.call.origin}"
        told = [self.code, self.cause, f"fix: {self.fix}" if self.fix else None]
        told += [note.text for note in self.notes if note.code in ON_A_LINE]
        verdict = bold("ALLOWED", "green") if self.allowed else bold("BLOCKED", "red")
        return f"{verdict} {printable(call)}: {printable('; '.join(filter(None, told)))}"

    @property
    def _opened(self) -> str:
        """Who lets a WebSocket be opened."""
        if not self.response.rehearsed:
            return "the server opens it"
        if self.response.in_front:
            return "middleware in front of the policy decides"
        return "the guard lets it through"

    @property
    def _curl(self) -> str | None:
        sent = self.outcome.sent
        return curl_of(sent[-1]) if sent else None


def judge(app: Flask, call: Call, settings: Settings, deadline: Deadline, *, full: bool) -> Verdict:
    """Send what a browser would send, to the application or to the address itself, and judge it.

    `full` tells whether the address was given with its host.
    """
    probe = Probe(
        app,
        deadline,
        host=call.address.host,
        headers=call.headers,
        execute=settings.execute and not settings.live,
        prefix=settings.prefix,
        anywhere=settings.live,
    )

    def send(sent: Sent) -> Response:
        if not settings.live:
            return probe.send(sent)
        response = live.send(sent, deadline, execute=settings.execute)
        # The server is taken to be this application.
        return replace(response, in_front=not probe.place(sent.address, sent.method).reached)

    outcome = fetch(call, send)
    case = Case(app, probe, call, outcome, settings.live, full)
    if outcome.failure is None:
        text, fix, code = _allowed(outcome), None, None
    else:
        text, fix, code = cause_of(case)
        code = code or case.code
    differences = [
        line
        for sent in outcome.sent
        if settings.live and sent.address.origin == call.address.origin
        for line in live.differences(
            sent, probe.rehearse(sent, probe.place(sent.address, sent.method))
        )
    ]
    first = probe.place(call.address, call.method)
    return Verdict(
        call=call,
        outcome=outcome,
        row=label_of(first.row) if first.row else None,
        code=code,
        cause=text,
        fix=fix,
        view=_view(case),
        notes=tuple(dict.fromkeys(notes_of(case))),
        differences=tuple(differences),
    )


def curl_of(sent: Sent) -> str:
    """Return the command that shows the same response, for this system's shell."""
    parts = ["curl.exe" if os.name == "nt" else "curl", "-i"]
    if sent.method == "HEAD":
        parts.append("--head")
    elif sent.method != "GET":
        parts += ["-X", sent.method]
    for name, value in sent.headers:
        guarded = sent.method not in SAFE_METHODS or name != "Sec-Fetch-Site"
        if guarded and (name, value) not in _LEFT_OUT:
            parts += ["-H", _quoted(f"{name}: {value}" if value else f"{name};")]
    if sent.body:
        parts += ["--data-binary", _quoted(sent.body.decode("utf-8", "backslashreplace"))]
    address = f"{sent.address.origin}{sent.address.path}"
    return " ".join([*parts, _quoted(address)])


def _allowed(outcome: Outcome) -> str:
    call, response = outcome.call, outcome.sent[-1].response
    status = f" (status {response.status})" if response.status_is_known else ""
    if outcome.step == HANDSHAKE and response.in_front and response.rehearsed:
        opens = f"whether {who(call.origin)} may open the WebSocket"
        return f"{opens} is for the middleware in front of the policy to decide"
    if outcome.step == HANDSHAKE:
        return f"{who(call.origin)} may open the WebSocket"
    if call.same_origin:
        return f"page and application have the same origin, so CORS has no part in it{status}"
    return f"{who(call.origin)} may read the response{status}"


def _view(case: Case) -> View:
    """Work out whether a view runs for the last request."""
    call, last, place = case.call, case.sent, case.place
    if last is None or case.step == PREFLIGHT:
        where = f" to {call.address.plain_path}" if call.passed else ""
        text = f"no view runs: the browser never sends {call.method}{where}"
        return View(None, runs=False, text=text)
    if last.response.unreachable:
        return View(None, runs=None, text="not known: the last request goes to another server")
    if last.response.status is None:
        return View(None, runs=None, text="not known: there is no response")
    if last.response.in_front:
        text = "no view of this application runs: what is in front of the policy answers"
        return View(None, runs=False, text=text)
    if case.is_guarded:
        return View(None, runs=False, text="no view runs: the guard refuses the request")
    dispatched = case.probe.dispatched
    if dispatched is None and not (case.live or last.response.rehearsed):
        return View(None, runs=False, text="no view runs: middleware behind the policy answers")
    if dispatched and dispatched[1]:  # perhaps middleware has changed the path
        place = replace(place, endpoint=dispatched[1], error=None)
    elif place.endpoint is None and place.row is not None and is_behind_policy(case.app):
        return View(None, runs=None, text="not known: middleware behind the policy was not run")
    if place.endpoint is None or place.error is not None:
        code = place.error.code if place.error else 404
        return View(None, runs=False, text=f"no view runs: the router answers {code}")
    name = repr(place.endpoint)
    if case.live:
        return View(
            place.endpoint, runs=None, text=f"{name} runs, if the server is this application"
        )
    if last.response.late:
        return View(place.endpoint, runs=None, text=f"{name} runs, or what is in front of it")
    if last.response.rehearsed:
        return View(place.endpoint, runs=True, text=f"{name} would run{_unless(case.app, place)}")
    hidden = "" if not case.code else ", although the page cannot read its response"
    return View(place.endpoint, runs=True, text=f"{name} runs{_unless(case.app, place)}{hidden}")


def _unless(app: Flask, place: Place) -> str:
    """Return a proviso where functions of the application may answer before the view."""
    names = (place.endpoint or "").split(".")[:-1]
    scopes = [None, *(".".join(names[: number + 1]) for number in range(len(names)))]
    before = any(app.before_request_funcs.get(scope) for scope in scopes)
    return " (unless a function before it answers)" if before else ""


def _named_status(status: int | None) -> str:
    try:
        return f"{status} {HTTPStatus(status or 0).phrase}"
    except ValueError:
        return str(status)


def _preflight_reasons(call: Call) -> list[str]:
    """Return why the browser sends a preflight first, if it does."""
    if call.same_origin or not call.needs_preflight:
        return []
    method = [] if call.method in SIMPLE_METHODS else [f"the method {call.method}"]
    return method + [f"the header {name}" for name in call.unsafe_names]


def _preflight_text(call: Call) -> str:
    if not _preflight_reasons(call):
        return "not needed"
    names = call.unsafe_names
    method = "" if call.method in SIMPLE_METHODS else f"the method {call.method}"
    headers = f"the header{'s' if len(names) > 1 else ''} {', '.join(names)}" if names else ""
    return f"needed for {' and '.join(filter(None, (method, headers)))}"


def _quoted(text: str) -> str:
    # Double quotes are understood by every shell, also on Windows.
    if _PLAIN.fullmatch(text):
        return f'"{text}"'
    if text.isprintable():
        return shlex.quote(text)
    escaped = re.sub(r"[\\']", r"\\\g<0>", text)
    plain = (c if c.isprintable() else c.encode("unicode_escape").decode() for c in escaped)
    return f"$'{''.join(plain)}'"  # of bash and zsh


def _exchange(sent: Sent) -> dict[str, Any]:
    response = sent.response
    return {
        "step": sent.step,
        "method": sent.method,
        "url": str(sent.address),
        "headers": sent.headers,
        "status": response.status,
        "executed": not response.rehearsed,
        "answer": response.headers,
    }
