"""All rules, in the order of their ids; `docs/check.md` is written for readers."""

from . import rules_cookies, rules_origins, rules_rows, rules_server, rules_views
from .finding import Finding
from .project import Project

RULES = (
    rules_origins.placeholder,
    rules_origins.loopback,
    rules_origins.plain_http,
    rules_origins.plain_http_with_credentials,
    rules_origins.wildcard_with_credentials,
    rules_origins.broad_wildcard,
    rules_origins.max_age,
    rules_rows.shadowed,
    rules_rows.without_routes,
    rules_rows.without_a_row,
    rules_rows.redirects,
    rules_views.own_headers,
    rules_views.second_flask_cors,
    rules_views.forced_json,
    rules_views.cookies_under_a_wildcard,
    rules_cookies.public_beside_credentials,
    rules_cookies.dropped,
    rules_cookies.cross_site,
    rules_server.trusted_hosts,
    rules_server.content_type,
    rules_server.guard,
)


def look(project: Project) -> list[Finding]:
    """Return what the rules find, the same thing once."""
    findings = (Finding(rule, found) for rule in RULES for found in rule.look(project))
    return list(dict.fromkeys(findings))
