"""What Flask-CORS leaves open when it is left alone: a row for each, closed."""

from collections.abc import Mapping

import flask_cors
import pytest

from http_server import ASKED_HEADERS, ASKED_METHOD
from policies import APP, EVIL, Package, Serve, allowed, granted, readable

pytest_plugins = ("projects",)

Cors = Mapping[str, str]
Headers = Mapping[str, str]
NOTHING: Cors = {}
GREETINGS = "/api/v1/greetings"
STATUS = "/api/v1/public/status"
PUT = {ASKED_METHOD: "PUT"}

# What it is: the server, the method, the path, Origin, more headers, the status, the CORS headers.
REQUESTS: dict[str, tuple[str, str, str, str, Headers, int, Cors]] = {
    "1. a wildcard is no regular expression": (
        "holes",
        "GET",
        GREETINGS,
        "https://xexample.org.evil.example",
        {},
        200,
        NOTHING,
    ),
    "1. a wildcard means what was meant": (
        "holes",
        "GET",
        GREETINGS,
        "https://a.example.org",
        {},
        200,
        readable("https://a.example.org"),
    ),
    "2. a pattern is anchored": (
        "holes",
        "GET",
        GREETINGS,
        f"{APP}.evil.example",
        {},
        200,
        NOTHING,
    ),
    "2. a port wildcard is one": (
        "holes",
        "GET",
        GREETINGS,
        "https://portsxexamplexcom",
        {},
        200,
        NOTHING,
    ),
    "2. an IPv6 literal is one": (
        "holes",
        "GET",
        GREETINGS,
        "http://[::1]:3000",
        {},
        200,
        readable("http://[::1]:3000"),
    ),
    "3. /api/* does not match /apiary": ("holes", "GET", "/apiary", APP, {}, 200, NOTHING),
    "3. nor is a sibling of the public tree public": (
        "mixed",
        "GET",
        "/api/v1/publicity",
        EVIL,
        {},
        404,
        NOTHING,
    ),
    "4. the most specific row wins": (
        "row of one's own",
        "GET",
        "/api/v1/reports/a/b/c/d",
        APP,
        {},
        404,
        NOTHING,
    ),
    "4. however few the slashes": ("mixed", "GET", STATUS, EVIL, {}, 200, readable("*")),
    "5. a path is decoded once": (
        "permissive",
        "GET",
        "/%2561pi/v1/greetings",
        EVIL,
        {},
        404,
        NOTHING,
    ),
    "7. no Origin, no front end named": ("holes", "GET", GREETINGS, "", {}, 200, NOTHING),
    "8. a part of a method is none": (
        "holes",
        "OPTIONS",
        GREETINGS,
        APP,
        {ASKED_METHOD: "ATCH"},
        204,
        allowed(APP),
    ),
    "8. methods are compared in their case": (
        "holes",
        "OPTIONS",
        GREETINGS,
        APP,
        {ASKED_METHOD: "patch"},
        204,
        allowed(APP),
    ),
    "9. no header is echoed": (
        "holes",
        "OPTIONS",
        GREETINGS,
        APP,
        {**PUT, ASKED_HEADERS: "x-evil,authorization"},
        204,
        granted(APP),
    ),
    "10. a preflight for an unknown path": (
        "holes",
        "OPTIONS",
        "/api/none",
        APP,
        PUT,
        204,
        granted(APP),
    ),
    "10. a preflight for a redirect": (
        "holes",
        "OPTIONS",
        "/api/extra/slash",
        APP,
        PUT,
        204,
        granted(APP),
    ),
    "11. a crash in debug mode": (
        "debug",
        "GET",
        "/api/extra/crash",
        APP,
        {},
        500,
        readable(APP),
    ),
    "13. any origin is a literal star": (
        "permissive",
        "GET",
        GREETINGS,
        EVIL,
        {},
        200,
        readable("*"),
    ),
    "13. null is not echoed": ("permissive", "GET", GREETINGS, "null", {}, 200, readable("*")),
    "16. 'false' is false": ("holes", "GET", GREETINGS, APP, {}, 200, readable(APP)),
    "17. case is not folded beyond ASCII": (
        "holes",
        "GET",
        GREETINGS,
        "https://a\xdfets.example.com",
        {},
        200,
        NOTHING,
    ),
    "17. nor within it": ("holes", "GET", GREETINGS, APP.upper(), {}, 200, NOTHING),
    "18. a view's own headers do not win": (
        "holes",
        "GET",
        "/api/extra/own-headers",
        EVIL,
        {},
        200,
        NOTHING,
    ),
    "18. nor does a second registration": ("second CORS", "GET", GREETINGS, EVIL, {}, 200, NOTHING),
    "19. a simple cross-site POST is not executed": (
        "holes",
        "POST",
        "/api/extra/calls",
        EVIL,
        {},
        403,
        NOTHING,
    ),
    "20. a max-age of 0 is sent": (
        "narrow",
        "OPTIONS",
        GREETINGS,
        APP,
        {ASKED_METHOD: "GET"},
        204,
        allowed(APP)
        | {"access-control-allow-methods": "GET, PATCH", "access-control-max-age": "0"},
    ),
    "20. private networks are not mentioned": (
        "holes",
        "OPTIONS",
        GREETINGS,
        APP,
        {**PUT, "Access-Control-Request-Private-Network": "true"},
        204,
        granted(APP),
    ),
}


@pytest.mark.parametrize(
    ("name", "method", "path", "origin", "headers", "status", "cors"),
    REQUESTS.values(),
    ids=REQUESTS.keys(),
)
def test_closed(
    name: str,
    method: str,
    path: str,
    origin: str,
    headers: Headers,
    status: int,
    cors: Cors,
    server: Serve,
) -> None:
    given = {"Origin": origin, **headers} if origin else headers
    answer = server(name).ask(method, path, given)
    assert (answer.status, answer.cors) == (status, cors)


VARY = {"6. refused": EVIL, "6. granted": APP, "6. not asked": ""}


@pytest.mark.parametrize("origin", VARY.values(), ids=VARY.keys())
@pytest.mark.parametrize("path", [GREETINGS, "/api/none", "/api/extra/crash", "/api/extra/slash"])
def test_vary(origin: str, path: str, server: Serve) -> None:
    answer = server("holes").ask("GET", path, {"Origin": origin} if origin else {})
    assert answer.varies


# What it is: the policy, the variable, and a value that is not taken in silence.
VALUES = {
    "12. anybody with credentials": ("permissive", "CORS_SUPPORTS_CREDENTIALS", "true"),
    "12. anybody in a list": ("permissive", "CORS_ORIGINS", f"{APP},*"),
    "14. trailing slash": ("locked-down", "CORS_ORIGINS", f"{APP}/"),
    "14. missing scheme": ("locked-down", "CORS_ORIGINS", "app.example.com"),
    "14. blank": ("locked-down", "CORS_ORIGINS", f"{APP}\u00a0"),
    "14. empty": ("locked-down", "CORS_ORIGINS", ""),
    "14. default port": ("locked-down", "CORS_ORIGINS", f"{APP}:443"),
    "14. null": ("locked-down", "CORS_ORIGINS", "null"),
    "16. a boolean that is none": ("locked-down", "CORS_SUPPORTS_CREDENTIALS", "False!"),
}


@pytest.mark.parametrize(("policy", "variable", "value"), VALUES.values(), ids=VALUES.keys())
def test_refused(policy: str, variable: str, value: str, package: Package) -> None:
    its = package(policy)
    environ = {} if policy == "permissive" else {"CORS_ORIGINS": APP}
    with pytest.raises(its.ConfigurationError, match=f"^{variable}: "):
        its.Settings.from_env({**environ, variable: value})


@pytest.mark.parametrize("option", ["origin", "headers", "max-age", "resources"])
def test_15_a_misspelt_option_opens_nothing(option: str, package: Package) -> None:
    its = package("locked-down")
    app = its.create_app(its.Settings.from_env({"CORS_ORIGINS": APP}))
    app.add_url_rule("/api/it", "it", its.cors.cross_origin(**{option: "*"})(lambda: "it"))
    with pytest.raises(its.ConfigurationError, match=f"'{option}' is no option here"):
        its.cors.check_views(app)


def test_15_flask_cors_is_told_every_option(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its defaults, the open ones, are never asked for."""
    its = package("mixed")
    told: list[Mapping[str, object]] = []
    monkeypatch.setattr(
        f"{its.__name__}.cors.engine.CORS",
        lambda _, resources, **__: told.extend(resources.values()),
    )
    its.create_app(its.Settings.from_env({"CORS_ORIGINS": APP}))
    known = set(flask_cors.core.DEFAULT_OPTIONS) - {"resources", "intercept_exceptions"}
    assert told
    assert all(set(options) == known for options in told)
