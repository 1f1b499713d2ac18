"""Rules about cookies, which follow sites and not origins, and about the application's hosts."""

import ast
import ipaddress
from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import Flask, session
from werkzeug.sansio.utils import host_is_trusted

from .._origins import Origin
from .._suffixes import site_of
from .application import CORS_KINDS, HOSTS, Application, Trusted
from .rules import Found, Level, rule
from .source import Source, name_of


class Cookie(NamedTuple):
    """A cookie of an extension, and where its settings are."""

    prefix: str  # of the settings in app.config
    partitioned: bool  # whether it can be Partitioned

    def setting(self, app: Flask, name: str) -> Any:
        """Return a setting, such as SAMESITE."""
        return app.config.get(f"{self.prefix}_{name}")

    def is_none(self, app: Flask) -> bool:
        """Return whether the cookie has SameSite=None."""
        return _is_none(self.setting(app, "SAMESITE"))

    def missing(self, app: Flask) -> list[str]:
        """Return the settings without which the cookie stays on its own site."""
        found = []
        if not self.is_none(app):
            found.append(f"{self.prefix}_SAMESITE='None'")
        names = ("SECURE", "PARTITIONED") if self.partitioned else ("SECURE",)
        found += [f"{self.prefix}_{name}=True" for name in names if not self.setting(app, name)]
        return found


@rule(
    "CORS015",
    Level.ERROR,
    "a view uses cookies where every page is trusted",
    about="""
    A row of `*` is open to every page in the world, and cookies of other origins never reach its
    views. So the session is empty there, for your own front end as well. List origins in the row,
    and set `supports_credentials`; or do without cookies.
    """,
)
def cookies_under_a_wildcard(application: Application) -> Iterator[Found]:
    """Find the session, and other cookies, under a row of `*`."""
    for route in application.routes:
        if any(row and row.origins.any for _, row in application.rows_of(route)):
            for source, cookie in _cookies_of(application, route.endpoint):
                yield Found(
                    source.where,
                    f"{source.name} uses {cookie}, and '{route.rule}' is open to every page, "
                    "whose requests arrive without cookies",
                    "list origins in the row of this route, or do without cookies",
                )


@rule(
    "CORS017",
    Level.ERROR,
    "a cookie has SameSite=None and not Secure",
    kinds=CORS_KINDS,
    about="""
    Browsers drop such a cookie. Set `SESSION_COOKIE_SECURE`, `REMEMBER_COOKIE_SECURE` or
    `JWT_COOKIE_SECURE`, or write `secure=True` where the view sets it.
    """,
)
def dropped(application: Application) -> Iterator[Found]:
    """Find cookies that browsers throw away."""
    app = application.app
    for cookie in _cookies(app):
        secure = cookie.setting(app, "SECURE") or cookie.setting(app, "PARTITIONED")
        if cookie.is_none(app) and not secure:
            name = f"{cookie.prefix}_SECURE"
            yield Found(
                name,
                "is off, and browsers drop a cookie that has SameSite=None without it",
                f"set app.config['{name}'] = True",
            )
    for source in application.all_code:
        for arguments in source.calls("set_cookie"):
            secure = arguments.get("secure", False) or arguments.get("partitioned", False)
            if _is_none(arguments.get("samesite")) and secure is False:
                yield Found(
                    source.where,
                    f"{source.name} sets a cookie with SameSite=None and not Secure, which "
                    "browsers drop",
                    "write secure=True",
                )


@rule(
    "CORS018",
    Level.WARNING,
    "a cookie does not travel to a front end's site",
    about="""
    Cookies belong to a site, such as `example.com`, and CORS knows nothing of sites. A page of
    another site needs `SameSite=None`, `Secure` and, in Safari, `Partitioned`. This is about the
    session, Flask-Login's remember cookie and cookies of Flask-JWT-Extended. The API's own site is
    known from `TRUSTED_HOSTS`. Serve both from one site, or set what is missing.
    """,
)
def stays_on_its_site(application: Application) -> Iterator[Found]:
    """Find cookies that end at the border of a site."""
    app, hosts = application.app, application.hosts
    for cookie in _cookies(app):
        missing = cookie.missing(app)
        for place, origin, _ in _on_other_sites(application) if missing else ():
            yield Found(
                place,
                f"'{origin}' is on another site than {hosts[0].lstrip('.')}, where browsers keep "
                f"back the cookie of {cookie.prefix} (SameSite), or treat it as a third party's",
                "serve both from one site, or set " + ", ".join(missing),
            )


@rule(
    "CORS019",
    Level.WARNING,
    "the application answers to any host name in production",
    about="""
    A hostile page can point a name of its own at your API (DNS rebinding). It then is of the same
    origin, and neither CORS nor the guard notices. Set `TRUSTED_HOSTS`.
    """,
)
def any_host(application: Application) -> Iterator[Found]:
    """Find what lets a hostile page call the API as its own origin."""
    if application.production and not application.hosts:
        yield Found(
            HOSTS,
            "is not set, so the API also answers to a name that a hostile page has pointed at it "
            "(DNS rebinding)",
            "list the names that it has, such as 'api.example.com'",
        )


@rule(
    "CORS026",
    Level.WARNING,
    "a cookie travels further than the front ends need",
    about="""
    `SameSite=None` sends a cookie with the requests of every site in the world, which only a front
    end of another site needs. A cookie with a `DOMAIN` goes to every host below it. One without
    `Secure` also travels over http, where the network reads it. Narrow what is not needed.
    """,
)
def travels_too_far(application: Application) -> Iterator[Found]:
    """Find cookies that go to more places than the policy has a use for."""
    app = application.app
    credentials = any(trusted.credentials for trusted in application.trusted)
    unknown = credentials and not application.hosts  # which site the application is on
    needed = unknown or bool(_on_other_sites(application))
    for cookie in _cookies(app):
        if cookie.is_none(app) and not needed:
            yield Found(
                f"{cookie.prefix}_SAMESITE",
                "is 'None', and no front end of another site may send credentials",
                f"set app.config['{cookie.prefix}_SAMESITE'] = 'Lax'",
            )
        domain = str(cookie.setting(app, "DOMAIN") or "").lstrip(".")
        if domain and "." in domain and site_of(domain) == domain:
            yield Found(
                f"{cookie.prefix}_DOMAIN",
                f"sends the cookie to every host below {domain}",
                "leave it unset, so that the cookie stays with this host",
            )
        insecure = not cookie.setting(app, "SECURE") and not cookie.is_none(app)
        if credentials and insecure and application.production:
            yield Found(
                f"{cookie.prefix}_SECURE",
                "is off, so the cookie also travels over http, where the network reads it",
                f"set app.config['{cookie.prefix}_SECURE'] = True",
            )


@rule(
    "CORS028",
    Level.ERROR,
    "an entry of TRUSTED_HOSTS matches no host",
    kinds=CORS_KINDS,
    about="""
    Werkzeug compares names, letter for letter and without their port. It takes no range of
    addresses, cuts IPv6 addresses at their first colon, refuses hosts with an underscore, and
    knows no `*`: a dot in front means all subdomains. Requests for a host that matches nothing get
    400.
    """,
)
def mistaken_hosts(application: Application) -> Iterator[Found]:
    """Find hosts that no request can be for."""
    for host in application.hosts:
        if mistake := _mistake_of_host(host):
            cause, fix = mistake
            yield Found(HOSTS, f"'{host}' {cause}", fix)


@rule(
    "CORS029",
    Level.WARNING,
    "a view uses cookies that never arrive from other origins",
    about="""
    Under a row without `supports_credentials`, cookies of cross-origin requests do not reach the
    views. The API's own pages have them as ever. If the trusted front ends need the session, set
    `supports_credentials`; otherwise do without cookies in this view, or ignore this rule. What
    runs before requests is left out, as it serves the API's own pages as well.
    """,
)
def cookies_without_credentials(application: Application) -> Iterator[Found]:
    """Find the session, and other cookies, under a row that keeps cookies out."""
    for route in application.routes:
        closed = [
            row
            for _, row in application.rows_of(route)
            if row and row.origins.entries and not row.supports_credentials
        ]
        for source, cookie in _cookies_of(application, route.endpoint) if closed else ():
            yield Found(
                source.where,
                f"{source.name} uses {cookie}, which never arrives at '{route.rule}' from another "
                f"origin, as '{closed[0].name}' takes no credentials",
                "set supports_credentials in that row, or do without cookies",
            )


def cookie_used(source: Source) -> str:
    """Return the cookie that code uses, in the words of its author; empty if it uses none."""
    for node in source.nodes:
        name = name_of(node)
        if name in ("set_cookie", "set_refresh_cookies", "set_access_cookies"):
            return name
        if name == "session" and source.value(node) is session:
            return "the session"
        if name == "cookies" and ast.unparse(node) == "request.cookies":
            return "request.cookies"
    return ""


def _cookies_of(application: Application, endpoint: str) -> Iterator[tuple[Source, str]]:
    for source in application.code(application.app.view_functions.get(endpoint)):
        if cookie := cookie_used(source):
            yield source, cookie


def _cookies(app: Flask) -> Iterator[Cookie]:
    """Return the cookies that this application sets through Flask and its extensions."""
    if app.secret_key:
        yield Cookie("SESSION_COOKIE", partitioned=True)
    if hasattr(app, "login_manager"):
        yield Cookie("REMEMBER_COOKIE", partitioned=False)
    if "cookies" in (app.config.get("JWT_TOKEN_LOCATION") or ()):
        yield Cookie("JWT_COOKIE", partitioned=False)


def _is_none(samesite: object) -> bool:
    return isinstance(samesite, str) and samesite.lower() == "none"


def _on_other_sites(application: Application) -> list[Trusted]:
    """Return the origins that may send credentials and are not on the application's site."""
    sites = {site_of(_without_port(host.lstrip("."))) for host in application.hosts}
    return [
        trusted
        for trusted in application.trusted
        if trusted.credentials and sites and not _is_on(trusted.origin, sites)
    ]


def _without_port(host: str) -> str:
    return host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]


def _is_on(origin: Origin, sites: set[str]) -> bool:
    """Return whether a page is on one of some sites; the scheme of the API is not known here."""
    return origin.scheme in ("http", "https") and site_of(origin.host) in sites


def _mistake_of_host(entry: str) -> tuple[str, str] | None:
    """Return why an entry of TRUSTED_HOSTS can match nothing, and what to write."""
    name = entry.removeprefix(".")
    if "://" in name:
        return "is an address, not a host", f"write '{name.partition('://')[2].split('/')[0]}'"
    if "/" in name:
        if _is_network(name):
            return (
                "is a range of addresses, and hosts are compared as names",
                "list the names by which clients call this API",
            )
        return "has a path, which no host has", f"write '{name.partition('/')[0]}'"
    if _is_ipv6(name):
        return (
            "is an IPv6 address, which Werkzeug cuts at its first colon",
            "give the host a name, and list that",
        )
    if "_" in name:
        return (
            "has an underscore, and Werkzeug answers 400 to such a host",
            f"give the host a name with hyphens, such as '{entry.replace('_', '-')}'",
        )
    if "*" in name:
        domain = name.rpartition("*")[2].lstrip(".")
        fix = f"write '.{domain}' for all subdomains" if domain else "leave the setting out"
        return "has a wildcard, which Werkzeug does not know", fix
    if name != name.lower():
        return "is not in lower case, as browsers send it", f"write '{entry.lower()}'"
    try:
        host = name.partition(":")[0].encode("idna").decode()
    except UnicodeError:
        host = ""
    if not host or not host_is_trusted(host, [entry]):
        return "is no name of a host", "write it in full, such as 'api.example.com'"
    return None


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _is_ipv6(text: str) -> bool:
    address = text.partition("]")[0].removeprefix("[")
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return True
