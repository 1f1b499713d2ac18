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


class Decisions:
    """The decisions of an application; those that grant something are remembered."""

    def __init__(self, policy: Policy, views: Views) -> None:
        self._policy = policy
        self._views = views
        self._grants = Grants()
        self._remembered: dict[tuple[Row, str, str, bool], Decision] = {}

    def decide(self, environ: "Mapping[str, Any]") -> Decision:
        """Work out the decision on a request."""
        method = environ["REQUEST_METHOD"]
        origin = environ.get("HTTP_ORIGIN", "")
        preflight = False
        if method == "OPTIONS" and origin:
            announced = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD")
            if announced:
                method, preflight = announced, True
        path = "/" + environ.get("PATH_INFO", "").lstrip("/")  # as Werkzeug's router sees it
        row = self._policy.row_for(path, method)
        if row is None:
            return Decision(
                row=None,
                origin=origin,
                method=method,
                preflight=preflight,
                readable=False,
                writable=False,
                headers=(),
            )
        views = self._views
        # A view may have a policy of its own, or may have got one since the last request.
        if views.own_paths or views.count != len(views.app.view_functions):
            row = views.own_row(environ, method, row)
        known = self._remembered.get((row, origin, method, preflight))
        if known is None:
            known = self._decide(row, origin, method, preflight=preflight)
            if known.writable and len(origin) <= LONGEST:
                if len(self._remembered) >= REMEMBERED:
                    self._remembered.clear()
                self._remembered[row, origin, method, preflight] = known
        return known

    def _decide(self, row: Row, origin: str, method: str, *, preflight: bool) -> Decision:
        readable = row.readable(origin, method)
        # Whether OPTIONS is a preflight depends on Origin, even where its value does not count.
        varies = preflight or method == "OPTIONS" or not row.origins.any
        headers: tuple[tuple[str, str], ...] = (VARY_ORIGIN,) if varies else ()
        if readable:
            headers += self._grants.headers(Question(row, origin, method, preflight))
        writable = row.writable(origin, method)
        return Decision(row, origin, method, preflight, readable, writable, headers)
