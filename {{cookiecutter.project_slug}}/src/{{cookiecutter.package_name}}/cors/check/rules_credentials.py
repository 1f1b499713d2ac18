"""Rules about credentials: where browsers keep them back."""

from collections.abc import Iterator

from .. import site
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


@rule("CORS018", Level.WARNING, "the session cookie does not travel to a front end's site")
def cross_site(project: Project) -> Iterator[Found]:
    """Find a session that ends at the border of a site, which CORS knows nothing of."""
    config = project.app.config
    hosts = [it.lstrip(".") for it in config["TRUSTED_HOSTS"] or ()]
    has = {name: bool(config.get(name)) for name in CROSS_SITE}
    has["SESSION_COOKIE_SAMESITE"] = str(config["SESSION_COOKIE_SAMESITE"] or "").lower() == "none"
    missing = [name for name in CROSS_SITE if not has[name]]
    if not project.app.secret_key or not hosts or not missing:
        return
    for place, origin, credentials in project.trusted:
        if credentials and not any(site.same(origin, it) for it in hosts):
            yield Found(
                place,
                f"'{origin}' is on another site than {hosts[0]}, where browsers keep back the "
                "session cookie (SameSite), or take it as a stranger's (Safari, without "
                "Partitioned)",
                "serve both from one site, or set "
                + ", ".join(f"{name}={CROSS_SITE[name]!r}" for name in missing),
            )
