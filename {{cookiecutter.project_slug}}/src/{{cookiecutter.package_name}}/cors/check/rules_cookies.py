"""Rules about credentials: whether cookies are sent where they should be."""

from collections.abc import Iterator

from ..origins import Origin
from ..suffixes import is_public_suffix
from .finding import Found, Level, rule
from .project import Project

#: What a cookie needs to be sent to another site, in Flask's names.
CROSS_SITE = {
    "SESSION_COOKIE_SAMESITE": "None",
    "SESSION_COOKIE_SECURE": True,
    "SESSION_COOKIE_PARTITIONED": True,
}


@rule("CORS016", Level.WARNING, "a part is public while other parts take credentials")
def public_beside_credentials(project: Project) -> Iterator[Found]:
    """Find the row that refuses a front end which sends credentials everywhere."""
    credentials = any(it.supports_credentials for it in project.rules)
    for row in project.resources.rules if credentials else ():
        if row.origins.any:
            yield Found(
                f"cors/policy.py '{row.base}/*'",
                "is public, so browsers refuse a page's request there if it is sent with "
                "credentials: 'include'",
                "let the page leave that out there, and keep it for the other paths",
            )


@rule("CORS017", Level.ERROR, "a cookie has SameSite=None and not Secure")
def dropped(project: Project) -> Iterator[Found]:
    """Find cookies that browsers throw away."""
    config = project.app.config
    secure = config["SESSION_COOKIE_SECURE"] or config.get("SESSION_COOKIE_PARTITIONED")
    if _is_none(config["SESSION_COOKIE_SAMESITE"]) and not secure:
        yield Found(
            "SESSION_COOKIE_SECURE",
            "is off, and browsers drop a cookie that has SameSite=None without it",
            "set app.config['SESSION_COOKIE_SECURE'] = True",
        )
    for source in project.all_code:
        for arguments in source.calls("set_cookie"):
            secure = arguments.get("secure", False) or arguments.get("partitioned", False)
            if _is_none(arguments.get("samesite")) and secure is False:
                yield Found(
                    source.where,
                    f"{source.function.__name__} sets a cookie with SameSite=None and not Secure, "
                    "which browsers drop",
                    "write secure=True",
                )


@rule("CORS018", Level.WARNING, "the session cookie does not travel to a front end's site")
def cross_site(project: Project) -> Iterator[Found]:
    """Find a session that ends at the border of a site, which CORS knows nothing of."""
    config = project.app.config
    hosts = [it.lstrip(".") for it in config["TRUSTED_HOSTS"] or ()]
    has = {name: bool(config.get(name)) for name in CROSS_SITE}
    has["SESSION_COOKIE_SAMESITE"] = _is_none(config["SESSION_COOKIE_SAMESITE"])
    missing = [name for name in CROSS_SITE if not has[name]]
    if not project.app.secret_key or not hosts or not missing:
        return
    sites = {site(it) for it in hosts}
    for place, origin, credentials in project.trusted:
        if credentials and not _same_site(origin, sites):
            yield Found(
                place,
                f"'{origin}' is on another site than {hosts[0]}, where browsers keep back the "
                "session cookie (SameSite), or take it as a stranger's (Safari, without "
                "Partitioned)",
                "serve both from one site, or set "
                + ", ".join(f"{name}={CROSS_SITE[name]!r}" for name in missing),
            )


def site(host: str) -> str:
    """Return the registrable domain of a host, which browsers call its site."""
    labels = host.split(".")
    if labels[-1].isdigit() or host.startswith("["):
        return host
    for start in range(1, len(labels)):
        if is_public_suffix(".".join(labels[start:])):
            return ".".join(labels[start - 1 :])
    return ".".join(labels[-2:])


def _same_site(origin: Origin, sites: set[str]) -> bool:
    return origin.scheme in ("http", "https") and site(origin.host) in sites


def _is_none(samesite: object) -> bool:
    return isinstance(samesite, str) and samesite.lower() == "none"
