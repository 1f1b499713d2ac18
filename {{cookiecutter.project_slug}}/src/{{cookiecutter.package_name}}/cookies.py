"""The session cookie: as closed as the front ends of this environment allow."""

from flask import Flask

from .cors import site
from .cors.origins import Origin
from .settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Say what browsers may do with Flask's session cookie.

    A front end on another site than the API gets it with SameSite=None only, and then partitioned:
    a cookie of its own below each site. Which names are the API's, TRUSTED_HOSTS says.
    """
    hosts = settings.trusted_hosts
    development = bool(hosts) and all(site.is_loopback(host) for host in hosts)
    elsewhere = not development and any(
        not any(_same_site(origin, host) for host in hosts)
        for rule in settings.cors.rules
        if hosts and rule.supports_credentials
        for origin in rule.origins.entries
    )
    app.config.update(
        SESSION_COOKIE_SECURE=not development,  # Safari takes no such cookie from http://localhost
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="None" if elsewhere else "Lax",
        SESSION_COOKIE_PARTITIONED=elsewhere,
    )


def _same_site(origin: Origin, host: str) -> bool:
    # Asked of an API on https alone, as its cookie is Secure: a page on http is on another site.
    return origin.scheme == "https" and site.same(origin, host.lstrip("."))
