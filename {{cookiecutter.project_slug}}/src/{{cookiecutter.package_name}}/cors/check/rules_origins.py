"""Rules about who is trusted."""

from collections.abc import Iterator

from .. import site
from ..origins import Origin
from .finding import Found, Level, rule
from .project import Project

PLACEHOLDER = "https://app.example.com"
EXAMPLES = (".example", ".example.com", ".example.net", ".example.org")  # RFC 2606
# The pages of an app on a phone (Capacitor, Cordova) have this origin, and no server behind it.
APP = "https://localhost"


# A warning, as it opens nothing: nobody can serve a page there. And projects start with it.
@rule("CORS001", Level.WARNING, "a placeholder of the template is left in production")
def placeholder(project: Project) -> Iterator[Found]:
    """Find the answers that were never given."""
    hosts = project.app.config["TRUSTED_HOSTS"] or ()
    for host in hosts if project.production else ():
        if f".{host.lstrip('.')}".endswith(EXAMPLES):
            yield Found(
                "TRUSTED_HOSTS",
                f"'{host}' is an example name, which nobody can register",
                "write the name by which this API is called, as requests for others get 400",
            )
    for place, origin, _ in project.trusted:
        if project.production and str(origin) == PLACEHOLDER:
            yield Found(
                place,
                f"'{origin}' is the placeholder that the template came with",
                "write the origin that your front end is served from",
            )


@rule("CORS002", Level.ERROR, "an origin of the visitor's own machine is trusted in production")
def loopback(project: Project) -> Iterator[Found]:
    """Find development values where real users are."""
    for place, origin, _ in project.trusted:
        if project.production and is_loopback(origin) and str(origin) != APP:
            yield Found(
                place,
                f"'{origin}' is any program that listens on the visitor's own machine",
                "leave it out in production; if this is development, run 'flask --debug cors "
                "check'",
            )


@rule("CORS003", Level.WARNING, "an origin without TLS is trusted in production")
def plain_http(project: Project) -> Iterator[Found]:
    """Find pages that the network can rewrite."""
    for place, origin, credentials in project.trusted:
        if project.production and not credentials and _is_plain(origin):
            yield Found(
                place,
                f"'{origin}' has no TLS, so whoever sits on the network can speak for its pages",
                f"serve the page over https and write '{_with_tls(origin)}'",
            )


@rule("CORS004", Level.ERROR, "an origin without TLS is trusted with credentials")
def plain_http_with_credentials(project: Project) -> Iterator[Found]:
    """Find pages that the network can rewrite and that act as the user."""
    for place, origin, credentials in project.trusted:
        if credentials and _is_plain(origin):
            yield Found(
                place,
                f"'{origin}' has no TLS and may send credentials, so whoever sits on the network "
                "can act as your users",
                f"serve the page over https and write '{_with_tls(origin)}'",
            )


def is_loopback(origin: Origin) -> bool:
    """Whether the pages of an origin are on the visitor's own machine."""
    return origin.scheme in ("http", "https") and site.is_loopback(origin.host)


def _is_plain(origin: Origin) -> bool:
    return origin.scheme == "http" and not is_loopback(origin)


def _with_tls(origin: Origin) -> str:
    return str(origin).replace("http://", "https://", 1)
