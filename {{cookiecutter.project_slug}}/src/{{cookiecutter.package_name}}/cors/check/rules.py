"""All rules, in the order of their ids; `docs/check.md` is written for readers."""

from . import (
    rules_age,
    rules_bodies,
    rules_cookies,
    rules_credentials,
    rules_headers,
    rules_origins,
    rules_routes,
    rules_rows,
    rules_server,
    rules_wildcards,
)
from .finding import Finding
from .project import Project

RULES = (
    rules_origins.placeholder,
    rules_origins.loopback,
    rules_origins.plain_http,
    rules_origins.plain_http_with_credentials,
    rules_wildcards.wildcard_with_credentials,
    rules_wildcards.broad_wildcard,
    rules_age.max_age,
    rules_rows.shadowed,
    rules_rows.without_routes,
    rules_routes.without_a_row,
    rules_routes.redirects,
    rules_headers.own_headers,
    rules_headers.second_flask_cors,
    rules_bodies.forced_json,
    rules_cookies.cookies_under_a_wildcard,
    rules_credentials.public_beside_credentials,
    rules_cookies.dropped,
    rules_credentials.cross_site,
    rules_server.trusted_hosts,
    rules_server.content_type,
    rules_server.guard,
)


def look(project: Project) -> list[Finding]:
    """Return what the rules find, the same thing once."""
    findings = (Finding(rule, found) for rule in RULES for found in rule.look(project))
    return list(dict.fromkeys(findings))
