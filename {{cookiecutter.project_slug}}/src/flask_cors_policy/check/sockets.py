"""SocketIO in an application: where it answers, which pages it accepts, and which get to it."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .._hints import add_methods, set_names, trust_origin
from .._middleware import Link
from .._origins import parse_origin
from .._problems import accepts
from .._table import Policy
from .rules import Found

SUBJECT = "SocketIO cors_allowed_origins"
POLLING = ("GET", "POST")  # and a WebSocket handshake is a GET


class SocketServer(NamedTuple):
    """SocketIO, which answers the requests below its path itself."""

    path: str  # without a slash at its end
    origins: object  # cors_allowed_origins

    @property
    def accepts_all(self) -> bool:
        """Whether pages of every origin may connect; an empty list switches the check off."""
        return self.origins == [] or "*" in self._several

    def pages(self, hosts: Sequence[str]) -> list[str]:
        """Return the listed origins, those of the application's own pages left out.

        `hosts` are the names of the application.
        """
        texts = [one for one in self._several if isinstance(one, str)]
        # SocketIO compares text, so what is no origin is no page's.
        origins = [parse_origin(one) for one in texts if accepts(parse_origin, one)]
        return [str(one) for one in origins if one.port or one.host not in hosts]

    @property
    def _several(self) -> list[object]:
        if isinstance(self.origins, list | tuple | set):
            return [*self.origins]
        return [self.origins]


def socket_server(link: Link) -> SocketServer | None:
    """Return the SocketIO of a WSGI application, if it has one."""
    server = getattr(link.application, "engineio_app", None)
    if server is None:
        return None
    path = getattr(link.application, "engineio_path", "")
    engine = getattr(server, "eio", server)
    origins = getattr(engine, "cors_allowed_origins", None)
    return SocketServer(f"{link.prefix}/{path.strip('/')}", origins)


def refused(policy: Policy, path: str, pages: list[str]) -> Iterator[Found]:
    """Find what a policy lacks for connections of pages to the SocketIO behind it."""
    several = f"lists {', '.join(pages)}"
    for method in POLLING:
        row, limited = policy.row_for(path, method), policy.row_at(path)
        if row is None and limited is None:
            cause = f"{several}, and no row covers '{path}', so the policy refuses connections"
            yield Found(SUBJECT, cause, f"add '{path}/*': {{'origins': {pages!r}}} to resources")
        elif row is None and limited is not None:
            cause = f"{several}, and no row covers {method} of '{path}', which polling needs"
            yield Found(SUBJECT, cause, add_methods(limited, [method]))
        elif row is not None and method not in row.methods:
            cause = f"{several}, and the row {row.name} does not list {method}, which polling needs"
            yield Found(SUBJECT, cause, set_names(row, "methods", (*row.methods, method)))
        elif row is not None:
            for page in pages:
                if not row.trusts(page):
                    cause = f"lists {page}, which the row {row.name} does not trust"
                    yield Found(SUBJECT, cause, f"{trust_origin(page, row)}, or take it out here")
