"""Rules about who is trusted."""

import ipaddress
from collections.abc import Iterator

from ..origins import Origin
from ..suffixes import is_public_suffix
from .finding import Found, Level, rule
from .project import Project

PLACEHOLDER = "https://app.example.com"
BROWSERS_MAX_AGE = 7200  # seconds; Chromium's limit, above which Firefox alone listens
# The pages of an app on a phone (Capacitor, Cordova) have this origin, and no server behind it.
APP = "https://localhost"


@rule("CORS001", Level.ERROR, "the placeholder of the template is trusted")
def placeholder(project: Project) -> Iterator[Found]:
    """Find the answer that was never given."""
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
        if project.production and _is_loopback(origin) and str(origin) != APP:
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


@rule("CORS005", Level.WARNING, "a wildcard is trusted with credentials")
def wildcard_with_credentials(project: Project) -> Iterator[Found]:
    """Find subdomains that act as the user, whoever runs them."""
    for place, origin, credentials in project.trusted:
        if credentials and origin.subdomains:
            yield Found(
                place,
                f"'{origin}' with credentials trusts every host below {origin.host} with your "
                "users' cookies",
                "list the origins that need it",
            )


@rule("CORS006", Level.WARNING, "a wildcard covers a whole domain, or all ports of a host")
def broad_wildcard(project: Project) -> Iterator[Found]:
    """Find wildcards over more than was set up for it."""
    for place, origin, _ in project.trusted:
        if origin.subdomains and _is_registrable(origin.host):
            yield Found(
                place,
                f"'{origin}' trusts everything below {origin.host}, a forgotten host as well",
                f"list the origins, or give them a domain of their own and write "
                f"'{origin.scheme}://*.preview.{origin.host}'",
            )
        if origin.port == "*" and not _is_loopback(origin):
            yield Found(
                place,
                f"'{origin}' trusts whatever listens on any port of {origin.host}",
                "write the port of the page",
            )


@rule("CORS007", Level.WARNING, "a max-age is longer than browsers remember a preflight")
def max_age(project: Project) -> Iterator[Found]:
    """Find times that do not do what they say."""
    found = {it.sources["max_age"][0].name: it.max_age for it in project.rules}
    for place, seconds in found.items():
        if seconds > BROWSERS_MAX_AGE:
            yield Found(
                place,
                f"'{seconds}' is heard by Firefox alone; Chromium remembers a preflight for 7200 "
                "seconds and Safari for 600",
                "write at most '7200', so that a mended policy is soon known everywhere",
            )


def _is_loopback(origin: Origin) -> bool:
    if origin.scheme not in ("http", "https"):
        return False
    try:
        address = ipaddress.ip_address(origin.host.strip("[]"))
    except ValueError:
        return f".{origin.host}".endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _is_plain(origin: Origin) -> bool:
    return origin.scheme == "http" and not _is_loopback(origin)


def _with_tls(origin: Origin) -> str:
    return str(origin).replace("http://", "https://", 1)


def _is_registrable(host: str) -> bool:
    return host.count(".") == 1 or is_public_suffix(host.partition(".")[2])
