"""Rules about wildcards: whom they cover besides those that were meant."""

from collections.abc import Iterator

from ..suffixes import is_public_suffix
from .finding import Found, Level, rule
from .project import Project
from .rules_origins import is_loopback


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
        if origin.port == "*" and not is_loopback(origin):
            yield Found(
                place,
                f"'{origin}' trusts whatever listens on any port of {origin.host}",
                "write the port of the page",
            )


def _is_registrable(host: str) -> bool:
    return host.count(".") == 1 or is_public_suffix(host.partition(".")[2])
