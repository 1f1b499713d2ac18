"""Rules about what stands around the views: hosts, and the guard."""

from collections.abc import Iterator

from flask import request
from werkzeug.exceptions import HTTPException

from .finding import Found, Level, rule
from .project import CORS, Project

OUTSIDE = "/"  # of the area, where no row lets a stranger pass
STRANGER = {"Origin": "https://stranger.invalid", "Sec-Fetch-Site": "cross-site"}


@rule("CORS019", Level.WARNING, "the API answers to any host name in production")
def trusted_hosts(project: Project) -> Iterator[Found]:
    """Find what lets a hostile page call the API as its own origin."""
    if project.production and not project.app.config["TRUSTED_HOSTS"]:
        yield Found(
            "TRUSTED_HOSTS",
            "is not set, so the API also answers to a name that a hostile page has pointed at it "
            "(DNS rebinding)",
            "list the names that it has, such as 'api.example.com'",
        )


@rule("CORS020", Level.ERROR, "bodies that are no JSON reach the views")
def content_type(project: Project) -> Iterator[Found]:
    """Find that cors/csrf.py no longer asks for JSON, which no form can send."""
    if _status(project, data="x", content_type="text/plain") != 415:
        yield Found(
            "cors/csrf.py",
            "lets a body of text/plain pass, which any page can send without a preflight",
            "answer bodies that are no JSON with 415 again",
        )


@rule("CORS021", Level.ERROR, "pages that are not trusted can change something")
def guard(project: Project) -> Iterator[Found]:
    """Find that cors/csrf.py no longer refuses, as CORS alone keeps nothing from happening."""
    if _status(project, headers=STRANGER) != 403:
        yield Found(
            "cors/csrf.py",
            "lets a page that is not trusted send POST, and CORS would only hide the answer",
            "refuse it with 403 before a view runs, as it was",
        )


def _status(project: Project, **sent: object) -> int | None:
    """Return with what our own functions, and no others, refuse a POST."""
    functions = project.app.url_value_preprocessors.get(None, ())
    with project.app.test_request_context(OUTSIDE, method="POST", **sent):
        request.routing_exception = None
        try:
            for function in functions:
                if f"{function.__module__}.".startswith(CORS):
                    function(None, None)
        except HTTPException as refusal:
            return refusal.code
    return None
