"""Rules about cookies."""

import ast
from collections.abc import Iterator

from flask import session

from .finding import Found, Level, rule
from .project import Project
from .source import Source, name_of


@rule("CORS015", Level.ERROR, "a view uses cookies where every page is trusted")
def cookies_under_a_wildcard(project: Project) -> Iterator[Found]:
    """Find the session, and other cookies, under a row of `*`."""
    for route in project.routes:
        public = [name for name, found in project.rules_of(route) if found and found.origins.any]
        code = project.code(project.app.view_functions.get(route.endpoint)) if public else []
        for source in code:
            if cookie := _cookie_used(source):
                yield Found(
                    source.where,
                    f"{source.function.__name__} uses {cookie}, and '{route.rule}' is open to "
                    "every page, which gets no cookies and may forge requests that carry them",
                    "list origins in the row of this route, or do without cookies",
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


def _cookie_used(source: Source) -> str:
    for node in ast.walk(source.tree):
        name = name_of(node)
        if name in ("set_cookie", "set_refresh_cookies", "set_access_cookies"):
            return name
        if name == "session" and source.value(node) is session:
            return "the session"
        if name == "cookies" and ast.unparse(node) == "request.cookies":
            return "request.cookies"
    return ""


def _is_none(samesite: object) -> bool:
    return isinstance(samesite, str) and samesite.lower() == "none"
