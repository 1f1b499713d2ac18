"""What browsers are told about every answer, apart from CORS.

The answers of this API are data: they load nothing, are no page and stand in no frame. A view that
is something else says so itself, and what it says stays. HSTS is said where TLS ends.
"""

from typing import TYPE_CHECKING

from . import cors
from .cors.headers import Fields

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

RESOURCE_POLICY = "Cross-Origin-Resource-Policy"
EVERYWHERE = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
]
# Speaks of requests without CORS alone (Fetch, "cross-origin resource policy check"): a page that
# the table trusts reads what it asked for, and pages of other sites cannot draw it in unread.
TRUSTED = [*EVERYWHERE, (RESOURCE_POLICY, "same-site")]
# Whatever any page may read, it may also show, from a page that isolates itself (COEP) too.
PUBLIC = [*EVERYWHERE, (RESOURCE_POLICY, "cross-origin")]


def fields(environ: "WSGIEnvironment") -> Fields:
    """Return the headers of the answer to a request."""
    return PUBLIC if cors.is_public(environ) else TRUSTED
