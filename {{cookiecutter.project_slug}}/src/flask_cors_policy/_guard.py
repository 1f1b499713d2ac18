"""The guard: what a page may not do, no view is run for.

CORS keeps a response from a page, but by then the request has been carried out. So unsafe methods
and WebSocket handshakes pass the rules of CrossOriginProtection, in Go's net/http, in their order.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ._hosts import DEFAULT_PORTS

if TYPE_CHECKING:
    from ._decision import Decision
    from ._table import Row

Environ = Mapping[str, Any]

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
# Authentication schemes with which a browser answers by itself (RFC 7617, 7616, 4559).
AMBIENT_SCHEMES = frozenset(("basic", "digest", "negotiate", "ntlm"))


def is_guarded(environ: Environ) -> bool:
    """Return whether a request may change something: an unsafe method, a WebSocket handshake."""
    return environ["REQUEST_METHOD"] not in SAFE_METHODS or is_websocket(environ)


def is_websocket(environ: Environ) -> bool:
    """Return whether a request is a WebSocket handshake (RFC 6455, section 4.1)."""
    return "websocket" in environ.get("HTTP_UPGRADE", "").lower()  # a list, in any case


def refuses(environ: Environ, decision: "Decision") -> bool:
    """Return whether the request is refused before anything runs for it."""
    if decision.writable or not is_guarded(environ):
        return False
    return not is_same_origin(environ)


def is_same_origin(environ: Environ) -> bool:
    """Return whether a request comes from a page of the API's own, or from no page at all."""
    if site := environ.get("HTTP_SEC_FETCH_SITE"):
        return site in ("same-origin", "none")
    # No browser, or one without Sec-Fetch-Site: it is left out where the connection has no TLS.
    origin = environ.get("HTTP_ORIGIN", "")
    return not origin or _is_own(origin, environ)


def is_cross_origin_page(environ: Environ) -> bool:
    """Return whether a page of another origin sends the request with fetch() or a form.

    Such requests carry Origin. Links and images of other sites do not, if their method is safe.
    """
    if "HTTP_ORIGIN" not in environ and not is_guarded(environ):
        return False
    return not is_same_origin(environ)


def ambient_credentials(environ: Environ, row: "Row | None") -> list[str]:
    """Return the variables of the cookies and the HTTP authentication that `row` does not take.

    `supports_credentials=False` keeps the response from a page, and not the cookies from the
    view. An Authorization header that a page may set itself is none of them, unless its scheme is
    one with which browsers answer by themselves.
    """
    if row is None or row.supports_credentials:
        return []
    found = ["HTTP_COOKIE"] if "HTTP_COOKIE" in environ else []
    if authorization := environ.get("HTTP_AUTHORIZATION"):
        scheme = authorization[:20].partition(" ")[0].lower()
        listed = any(name.lower() == "authorization" for name in row.allow_headers)
        if scheme in AMBIENT_SCHEMES or not listed:
            found.append("HTTP_AUTHORIZATION")
    return found


def _is_own(origin: str, environ: Environ) -> bool:
    """Return whether an origin is the API's own, as far as the request tells.

    A proxy may take off TLS, so a page on https is at home at an API that believes to be on http.
    The reverse is a page that the network can rewrite.
    """
    scheme, _, host = origin.partition("://")
    if not host or scheme not in DEFAULT_PORTS:  # `capacitor://localhost` is an application's
        return False
    if scheme == "http" and environ.get("wsgi.url_scheme") == "https":
        return False
    own: str = environ.get("HTTP_HOST", "").lower()
    return host == own or host == own.removesuffix(f":{DEFAULT_PORTS[scheme]}")
