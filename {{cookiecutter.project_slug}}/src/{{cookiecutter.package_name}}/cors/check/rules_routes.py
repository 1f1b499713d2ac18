"""Rules about routes: whether a page reaches them, and without a detour."""

from collections.abc import Iterator

from .. import paths
from .finding import Found, Level, rule
from .project import Project


@rule("CORS010", Level.WARNING, "a route below /api has no row")
def without_a_row(project: Project) -> Iterator[Found]:
    """Find routes that no page of another origin can call."""
    for route in project.routes:
        closed = [method for method, found in project.rules_of(route) if found is None]
        if closed:
            yield Found(
                f"route '{route.rule}'",
                f"no row of cors/policy.py covers {', '.join(closed)}, so no page can call it",
                f"add a row that does, such as '{paths.AREA}/*'",
            )


@rule("CORS011", Level.WARNING, "a route below /api redirects")
def redirects(project: Project) -> Iterator[Found]:
    """Find addresses that cost another round trip, and behind a proxy may lead to http."""
    for route in project.routes:
        strict = route.strict_slashes
        if strict is None:
            strict = project.app.url_map.strict_slashes
        if route.redirect_to is not None:
            yield Found(
                f"route '{route.rule}'",
                "redirects, and after a redirect to another origin a page is nobody ('null')",
                "answer at the address itself",
            )
        elif strict and not route.is_leaf and route.rule != "/":
            bare = route.rule.rstrip("/")
            yield Found(
                f"route '{route.rule}'",
                f"sends those who ask for '{bare}' away with 308, which costs them another "
                "preflight and, behind a proxy, may lead to http",
                f"write '{bare}', or strict_slashes=False",
            )
