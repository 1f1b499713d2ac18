"""Rules about the paths and options of plain Flask-CORS."""

import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from flask_cors.core import CONFIG_OPTIONS, DEFAULT_OPTIONS
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.routing import Rule as Route

from .._coverage import methods_of
from .._guard import SAFE_METHODS
from .._problems import shown
from .._table import covers
from .application import PLAIN, Application
from .plain import SPREAD, Call, Grant, Unknown
from .rules import Found, Level, rule

UNREAD = "is read neither by Flask-CORS nor by your modules"
BOOLEANS = tuple(name for name, value in DEFAULT_OPTIONS.items() if isinstance(value, bool))

_BASE = re.compile(r"\^?(?P<base>(?:/[A-Za-z0-9_~-]+)+)/?(?:\.?\*)?")
_FIXED = re.compile(r"\^?(?P<fixed>(?:/[A-Za-z0-9_~-]*)*)")


@rule(
    "CORS106",
    Level.ERROR,
    "a path pattern reaches routes beside it",
    kinds=PLAIN,
    about=r"""
    Paths are regular expressions without an end: `/api/*` means `/api` and any number of slashes,
    so it is also about `/apiary`. Write `r"/api(/|\Z)"`. In flask_cors_policy `/api/*` means
    `/api` and what is below it.
    """,
)
def reaches_beside(application: Application) -> Iterator[Found]:
    """Find routes that get headers although they are not below the path."""
    for route in application.routes:
        for grant in application.flask_cors.grants_of(route):
            base = _base(grant)
            if base and not covers(base, route.rule):
                yield Found(
                    grant.subject,
                    f"is also about '{route.rule}', which is not below '{base}'",
                    f'write r"{base}(/|\\Z)"',
                )


@rule(
    "CORS107",
    Level.WARNING,
    "a path pattern has no end",
    kinds=PLAIN,
    about="""
    As CORS106, before there is such a route: the next one that begins with the same letters gets
    the headers too.
    """,
)
def without_end(application: Application) -> Iterator[Found]:
    """Find path patterns that a later route may fall under."""
    for grant in application.flask_cors.grants:
        base = _base(grant)
        if base and grant.matches(f"{base}-other"):
            yield Found(
                grant.subject,
                f"is also about '{base}-other' and whatever else begins like it",
                f'write r"{base}(/|\\Z)"',
            )


@rule(
    "CORS108",
    Level.ERROR,
    "a path wins over a narrower one",
    kinds=PLAIN,
    about=r"""
    Flask-CORS asks literal paths first, then compiled patterns, then texts, those with more
    slashes before others, and takes the first that matches. So `/[a-z]+/[a-z0-9]+/.*` wins over
    `/api/.*`. Write all paths in one form, nested, from the same root.
    """,
)
def wrong_order(application: Application) -> Iterator[Found]:
    """Find routes whose entry is not the one with the longest fixed beginning."""
    for route in application.routes:
        for winner in application.flask_cors.grants_of(route):
            for other in application.flask_cors.grants:
                same = other.place == winner.place and other.endpoint is None
                narrower = same and len(_fixed(other)) > len(_fixed(winner))
                differs = other.options.origins != winner.options.origins
                if narrower and differs and other.is_about(route):
                    yield Found(
                        winner.subject,
                        f"decides on '{route.rule}', although {shown(other.pattern)} is narrower",
                        f"write its path so that it begins with '{_fixed(other)}' or above it, "
                        "without patterns",
                    )


@rule(
    "CORS109",
    Level.WARNING,
    "a path is decoded twice",
    kinds=PLAIN,
    about="""
    Flask-CORS decodes a path that Flask has decoded already. A route that takes any path answers
    `/%2561pi/x`, and gets the headers of `/api/x`. Keep such a route out of the application, or
    serve it by one of its own.
    """,
)
def decoded_twice(application: Application) -> Iterator[Found]:
    """Find routes that answer an encoded form of a path with a policy."""
    for grant in application.flask_cors.grants:
        base = _base(grant)
        if base is None:
            continue
        encoded = f"/%{ord(base[1]):x}{base[2:]}/x"
        route = _route_at(application, encoded)
        if route is not None and not grant.is_about(route):
            yield Found(
                grant.subject,
                f"is also about '{encoded.replace('%', '%25', 1)}', which '{route.rule}' answers",
                "give that route a fixed beginning, such as '/pages/<path:name>'",
            )


@rule(
    "CORS112",
    Level.WARNING,
    "a method is in lower case",
    kinds=PLAIN,
    about="""
    Methods are exact. Flask-CORS turns them into upper case, so a page that sends `patch` is
    refused by its browser although the list seems to have it. Write `PATCH`, here and in the page.
    """,
)
def lower_case(application: Application) -> Iterator[Found]:
    """Find methods that are not in upper case."""
    written = [(where, options.get("methods")) for where, options in _written(application)]
    written.append(("app.config['CORS_METHODS']", application.app.config.get("CORS_METHODS")))
    for where, methods in written:
        several = methods if isinstance(methods, list | tuple | set) else [methods]
        for method in several:
            if isinstance(method, str) and method != method.upper():
                cause = f"lists the method {shown(method)}, and methods are exact"
                yield Found(where, cause, f"write '{method.upper()}'")


@rule(
    "CORS113",
    Level.WARNING,
    "any request header is allowed",
    kinds=PLAIN,
    about="""
    By default Flask-CORS allows whatever headers a page asks for, and all methods. A name with `*`
    is a regular expression: `X-Trace-*` also allows `x-trace`. List the names of the headers that
    your pages send.
    """,
)
def any_header(application: Application) -> Iterator[Found]:
    """Find grants with patterns for headers, where there is something to write to."""
    for grant in application.flask_cors.grants:
        patterns = [one for one in grant.options.allow_headers if isinstance(one, re.Pattern)]
        writes = any(
            set(methods_of(route)) - SAFE_METHODS
            for route in application.routes
            if grant in application.flask_cors.grants_of(route)
        )
        if patterns and writes:
            names = ", ".join("*" if one.pattern == ".*" else one.pattern for one in patterns)
            yield Found(
                grant.subject,
                f"allows request headers by a pattern, {shown(names)}",
                "write allow_headers=['Authorization', 'Content-Type'], or those that pages send",
            )


@rule(
    "CORS114",
    Level.WARNING,
    "a crash has no CORS headers",
    kinds=PLAIN,
    about="""
    With `intercept_exceptions=False`, and in debug or testing mode always, an exception passes by
    Flask-CORS. The page then sees a CORS error in place of the 500. Register an error handler for
    `Exception`, which answers before that.
    """,
)
def crash(application: Application) -> Iterator[Found]:
    """Find applications whose exceptions reach the server."""
    app = application.app
    if app.error_handler_spec[None][None].get(Exception):
        return
    propagated = app.config.get("PROPAGATE_EXCEPTIONS")
    propagates = app.testing or app.debug if propagated is None else propagated
    for grant in application.flask_cors.grants:
        paths = grant.endpoint is None and grant.blueprint is None
        if paths and (propagates or not grant.options.intercept_exceptions):
            yield Found(
                grant.subject,
                "sends no headers with a crash, so the page sees a CORS error in place of the 500",
                "register an error handler for Exception",
            )


@rule(
    "CORS115",
    Level.ERROR,
    "an option is misspelt",
    kinds=PLAIN,
    about="""
    Flask-CORS ignores an option that it does not know. With `origin` for `origins`, and none
    elsewhere, every page is trusted. The same holds for a setting such as `CORS_ORIGIN`. Correct
    the name; flask_cors_policy refuses to start.
    """,
)
def misspelt(application: Application) -> Iterator[Found]:
    """Find options that nothing reads, and tell where every page is trusted instead."""
    is_open = any(grant.every_origin for grant in application.flask_cors.grants)
    open_ = ", and every page is trusted" if is_open else ""
    for where, options in _written(application):
        for name in options:
            if name not in (*DEFAULT_OPTIONS, SPREAD):
                effect = open_ if "origin" in name.lower() and "origins" not in options else ""
                yield Found(where, f"'{name}' is no option{effect}", _spelt(name))
    for name in application.flask_cors.unread_settings:
        if "ORIGIN" in name or "CREDENTIAL" in name:
            effect = open_ if "ORIGIN" in name else ""
            yield Found(f"app.config['{name}']", f"{UNREAD}{effect}", _spelt(name))


@rule(
    "CORS116",
    Level.WARNING,
    "a CORS_ setting is read by nothing",
    kinds=PLAIN,
    about="""
    The setting changes nothing; `CORS_HEADERS` of many tutorials is one. Remove it, or write the
    option that was meant, such as `CORS_ALLOW_HEADERS`.
    Settings that your modules read by name are no finding.
    """,
)
def unread_settings(application: Application) -> Iterator[Found]:
    """Find settings without effect that open nothing."""
    for name in application.flask_cors.unread_settings:
        if "ORIGIN" not in name and "CREDENTIAL" not in name:
            yield Found(f"app.config['{name}']", UNREAD, "remove it")


@rule(
    "CORS117",
    Level.ERROR,
    "a boolean is text",
    kinds=PLAIN,
    about="""
    Every text but the empty one counts as true, `"false"` as well, and variables are always text.
    So `supports_credentials=os.environ["CREDENTIALS"]` is on for every value. Compare it:
    `os.environ["CREDENTIALS"] == "true"`.
    """,
)
def text_for_boolean(application: Application) -> Iterator[Found]:
    """Find texts and variables as values of booleans."""
    for where, options in _written(application):
        for name in BOOLEANS:
            value = options.get(name)
            if isinstance(value, str) or (isinstance(value, Unknown) and value.is_variable):
                text = value.text if isinstance(value, Unknown) else repr(value)
                fix = f"write {text} == 'true'" if isinstance(value, Unknown) else "write a boolean"
                yield Found(where, f"{name} is the text {text}, and any text counts as true", fix)
    for name in BOOLEANS:
        setting = f"CORS_{name.upper()}"
        value = application.app.config.get(setting)
        if isinstance(value, str):
            yield Found(
                f"app.config['{setting}']",
                f"is the text {shown(value)}, and any text counts as true",
                f"write app.config['{setting}'] = {value.lower() == 'true'}",
            )


@rule(
    "CORS121",
    Level.WARNING,
    "a max-age of 0 is not sent",
    kinds=PLAIN,
    about="""
    Flask-CORS leaves a `0` out, and browsers then remember a preflight for 5 seconds. Write
    `max_age="0"`.
    """,
)
def no_max_age(application: Application) -> Iterator[Found]:
    """Find a zero that is dropped."""
    for grant in application.flask_cors.grants:
        age = grant.options.max_age
        if isinstance(age, int) and age == 0:
            cause = "max_age=0 is not sent, so browsers remember a preflight for 5 seconds"
            yield Found(grant.subject, cause, "write max_age='0'")


@rule(
    "CORS122",
    Level.WARNING,
    "private network access is allowed",
    kinds=PLAIN,
    about="""
    `allow_private_network` answers a question that browsers no longer ask; they ask the user
    (Local Network Access). Where one still asks, it opens a machine in the local network to pages
    of the internet. Leave it out.
    """,
)
def private_network(application: Application) -> Iterator[Found]:
    """Find the obsolete option."""
    for grant in application.flask_cors.grants:
        if grant.options.allow_private_network:
            yield Found(grant.subject, "allow_private_network is obsolete", "leave it out")


@rule(
    "CORS123",
    Level.ERROR,
    "cross_origin stands above the route",
    kinds=PLAIN,
    about="""
    The route registers the view that is below it, so a decorator above has no effect. Write
    `@cross_origin(...)` directly below `@app.route(...)`.
    """,
)
def inert(application: Application) -> Iterator[Found]:
    """Find decorators that decorate what nobody calls."""
    for call in application.flask_cors.calls:
        if call.inert:
            cause = "cross_origin stands above the route, where it has no effect"
            yield Found(call.where, cause, "write it directly below the route")


@rule(
    "CORS124",
    Level.WARNING,
    "a path matches no route",
    kinds=PLAIN,
    about="""
    Paths are matched from their first character, the slash: `api/*` matches nothing. A path
    without a pattern is that path alone. Correct it; `flask routes` shows what there is.
    """,
)
def matches_no_route(application: Application) -> Iterator[Found]:
    """Find entries that decide on nothing."""
    for grant in application.flask_cors.grants:
        if not any(grant.is_about(route) for route in application.routes):
            yield Found(
                grant.subject,
                "matches no route of this application",
                "correct its path; 'flask routes' shows what there is",
            )


def _base(grant: Grant) -> str | None:
    """Return the `/api` of `/api/*`; None for a path that is no plain subtree."""
    found = _BASE.fullmatch(grant.pattern) if isinstance(grant.path, re.Pattern) else None
    return found["base"] if found else None


def _fixed(grant: Grant) -> str:
    """Return what all paths of a grant begin with."""
    found = _FIXED.match(grant.pattern)
    return found["fixed"] if found else ""


def _route_at(application: Application, path: str) -> Route | None:
    try:
        adapter = application.app.url_map.bind("localhost")
        route, _ = adapter.match(path, return_rule=True)
    except (HTTPException, RequestRedirect):
        return None
    return route


def _written(application: Application) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Return the options of each call, and those of each of its resources, with their places."""
    for call in application.flask_cors.calls:
        yield f"{call.where} {call.name}", call.options
        yield from _written_resources(call)


def _written_resources(call: Call) -> Iterator[tuple[str, Mapping[str, object]]]:
    resources = call.options.get("resources")
    for path, options in resources.items() if isinstance(resources, dict) else ():
        if isinstance(options, dict):
            yield f"{call.where} {call.name}, {shown(path)}", options


def _spelt(name: str) -> str:
    known = CONFIG_OPTIONS if name.startswith("CORS_") else DEFAULT_OPTIONS
    close = get_close_matches(name, known, n=1)
    return f"write '{close[0]}'" if close else "remove it, or write the option that was meant"
