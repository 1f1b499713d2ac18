"""One decision for each request: who asks, which row answers, and what it grants."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ._headers import VARY_ORIGIN, Grants, Question
from ._origins import LONGEST
from ._table import Policy, Row
from ._views import Views

if TYPE_CHECKING:
    from collections.abc import Mapping

REMEMBERED = 1024  # decisions at most
LONGEST_PATH = 256  # characters of a path for which a decision is remembered


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policy says about a request.

    `method` is what the page wants to use, so it is the announced method of a preflight.
    """

    row: Row | None  # None where no row covers the path
    origin: str  # as it was sent, and empty if it was not
    method: str
    preflight: bool
    readable: bool  # a page of this origin may read the response
    writable: bool  # a page of this origin may use this method, if it is unsafe
    headers: tuple[tuple[str, str], ...]  # those of the response, Vary included
    limited: Row | None = None  # where no row is about the method: the path's row for others


class Decisions:
    """The decisions of an application; those that grant something are remembered."""

    def __init__(self, policy: Policy, views: Views) -> None:
        self._policy = policy
        self._views = views
        self._grants = Grants()
        self._remembered: dict[tuple[str | Row, str, str, bool], Decision] = {}

    def decide(self, environ: "Mapping[str, Any]") -> Decision:
        """Work out the decision on a request."""
        method = environ["REQUEST_METHOD"]
        origin = environ.get("HTTP_ORIGIN", "")
        preflight = False
        if method == "OPTIONS" and origin:
            announced = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
            if announced:
                method, preflight = announced, True
        # A decision is remembered by its path. Where views have policies of their own, one path may
        # have several, so the row is looked up first, and the decision remembered by that.
        path: str = environ.get("PATH_INFO", "")
        place: str | Row = path
        row = None
        views = self._views
        if views.own_paths or views.count != len(views.app.view_functions):
            row = self.row_for(environ, method)
            place = row or place
        known = self._remembered.get((place, origin, method, preflight))
        if known is not None:
            return known
        row = row or self.row_for(environ, method)
        if row is None:
            limited = self._policy.row_at(_as_routed(path))
            return Decision(
                None,
                origin,
                method,
                preflight,
                readable=False,
                writable=False,
                headers=(),
                limited=limited,
            )
        decision = self._decide(row, origin, method, preflight=preflight)
        short = len(origin) <= LONGEST and (place is row or len(path) <= LONGEST_PATH)
        if decision.writable and short:
            if len(self._remembered) >= REMEMBERED:
                self._remembered.clear()
            self._remembered[place, origin, method, preflight] = decision
        return decision

    def row_for(self, environ: "Mapping[str, Any]", method: str) -> Row | None:
        """Return what governs a method at a path: a view's policy, a row, or nothing.

        `environ` is that of the request as the policy sees it, behind all outer middleware.
        """
        row = self._policy.row_for(_as_routed(environ.get("PATH_INFO", "")), method)
        return row and self._views.own_row(environ, method, row)

    def _decide(self, row: Row, origin: str, method: str, *, preflight: bool) -> Decision:
        readable = row.readable(origin, method)
        # Whether OPTIONS is a preflight depends on Origin, even where its value does not count.
        varies = preflight or method == "OPTIONS" or not row.origins.any
        headers: tuple[tuple[str, str], ...] = (VARY_ORIGIN,) if varies else ()
        if readable:
            headers += self._grants.headers(Question(row, origin, method, preflight))
        writable = row.writable(origin, method)
        return Decision(row, origin, method, preflight, readable, writable, headers)


def _as_routed(path: str) -> str:
    """Return a path as Werkzeug's router sees it."""
    return "/" + path.lstrip("/")
