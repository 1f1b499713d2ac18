"""A refusal, and all that is known about it."""

from dataclasses import dataclass

from flask import Flask

from .. import hints
from ..coverage import rule_at
from ..rule import Rule
from ..show import name_of
from ..views import views_of
from .exchange import Call, Exchange, Fields
from .judge import Failure

Cause = tuple[str, str]  # the cause, and the fix


@dataclass(frozen=True)
class Case:
    """All that is known about a refusal."""

    app: Flask
    asked: Call
    call: Call  # what was asked last, after all redirects
    step: str
    failure: Failure
    exchange: Exchange | None
    exception: BaseException | None
    live: bool

    @property
    def path(self) -> str:
        """The path of the last request, as the router sees it."""
        return self.call.address.decoded_path

    @property
    def rule(self) -> Rule | None:
        """What this project's policy says about it."""
        return rule_at(self.app, self.path, self.call.method)

    @property
    def speaker(self) -> str:
        """What speaks for the last request, as people call it."""
        return speaker_at(self.app, self.call) or "no row"

    @property
    def fields(self) -> Fields:
        """The headers of the last answer."""
        return self.exchange.received.headers if self.exchange else ()

    @property
    def status(self) -> int | None:
        """The status of the last answer."""
        return self.exchange.received.status if self.exchange else None


def speaker_at(app: Flask, call: Call) -> str | None:
    """Name the row, or the view's own policy, that speaks for a call."""
    path = call.address.decoded_path
    rule = rule_at(app, path, call.method)
    if rule is None:
        return None
    own = rule not in views_of(app).resources.rules
    return f"cross_origin on the view of {path}" if own else f"the row {name_of(rule)}"


def place_of(rule: Rule, column: str, values: tuple[str, ...]) -> str:
    """Say how to make `values`, each of them once, the value of a column."""
    values = tuple({value.lower(): value for value in reversed(values)}.values())[::-1]
    (source, *_) = rule.sources[column]
    if source.kind == "code":
        return f"write {column}={values!r} in {source.name}"
    return f"set {source.name}={','.join(values)}"


def who(origin: str) -> str:
    """Name the page that asks."""
    return "a page that hides its origin ('null')" if origin == "null" else origin


def shown_exception(error: BaseException) -> str:
    """Name an exception, and the line of code that raised it."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = f" ({frame.tb_frame.f_code.co_filename}:{frame.tb_lineno})" if frame else ""
    return f"{type(error).__name__}: {hints.quoted(str(error))}{where}"
