"""Views with a policy of their own, and views and extensions that meddle (SPEC, section 5)."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

import flask_cors.extension
import pytest
from flask import request
from flask.views import MethodView, View

from http_server import ASKED_METHOD
from policies import (
    APP,
    EVIL,
    PARTNER,
    PREVIEW,
    Package,
    Serve,
    allowed,
    granted,
    readable,
)

if TYPE_CHECKING:
    from flask import Flask

pytest_plugins = ("projects",)

Cors = Mapping[str, str]
NOTHING: Cors = {}
VIEWS = "/api/v1/greetings"
OWN_HEADERS = "/api/extra/own-headers"
LOCKED, SECRET = "locked-down", "locked-down with credentials"

NARROW: Cors = allowed(APP) | {"access-control-expose-headers": "ETag"}
NARROW_GRANT: Cors = granted(APP, methods="PUT", headers="X-A, X-B", max_age="60")

# What it is: the server, the method, the path, Origin, the status, the CORS headers.
ANSWERS: dict[str, tuple[str, str, str, str, int, Cors]] = {
    "open: any origin reads": (LOCKED, "GET", "/open", EVIL, 200, readable("*")),
    "open: no Origin": (LOCKED, "GET", "/open", "", 200, readable("*")),
    "open: any origin changes": (LOCKED, "POST", "/open", EVIL, 200, readable("*")),
    "open: a method it has not": (LOCKED, "PATCH", "/open", EVIL, 405, readable("*")),
    "open: never with credentials": (SECRET, "GET", "/open", APP, 200, readable("*")),
    "open: a slash too many": (LOCKED, "GET", "/open/", EVIL, 404, readable("*")),
    "open: the path around it is not": (LOCKED, "GET", "", EVIL, 200, NOTHING),
    "open: a path below it is not": (LOCKED, "GET", "/open/x", EVIL, 404, NOTHING),
    "partner: its origin reads": (LOCKED, "GET", "/partner", PARTNER, 200, readable(PARTNER)),
    "partner: its origin changes": (LOCKED, "POST", "/partner", PARTNER, 200, readable(PARTNER)),
    "partner: with credentials": (
        SECRET,
        "GET",
        "/partner",
        PARTNER,
        200,
        readable(PARTNER, credentials=True),
    ),
    "partner: an origin of the row": (LOCKED, "GET", "/partner", APP, 200, NOTHING),
    "partner: an origin of the row changes": (LOCKED, "POST", "/partner", APP, 403, NOTHING),
    "partner: another origin changes": (LOCKED, "POST", "/partner", EVIL, 403, NOTHING),
    "narrow: a method it lists": (SECRET, "PUT", "/narrow/", APP, 200, NARROW),
    "narrow: a method it does not list": (SECRET, "GET", "/narrow/", APP, 200, NOTHING),
    "narrow: a slash missing": (SECRET, "PUT", "/narrow", APP, 308, NARROW),
    "narrow: another origin": (SECRET, "PUT", "/narrow/", EVIL, 403, NOTHING),
    "two views of a path: the open one": (LOCKED, "GET", "/two", EVIL, 200, readable("*")),
    "two views of a path: the other one": (LOCKED, "POST", "/two", EVIL, 403, NOTHING),
    "two views of a path: the other one, trusted": (
        LOCKED,
        "POST",
        "/two",
        APP,
        200,
        readable(APP),
    ),
    "mixed: any origin reads": ("mixed", "GET", "/open", EVIL, 200, readable("*")),
    "permissive: a view of its partner's": (
        "permissive",
        "GET",
        "/partner",
        PARTNER,
        200,
        readable(PARTNER),
    ),
    "permissive: a view of its partner's, another origin": (
        "permissive",
        "GET",
        "/partner",
        EVIL,
        200,
        NOTHING,
    ),
    "permissive: a view of its partner's, another origin changes": (
        "permissive",
        "POST",
        "/partner",
        EVIL,
        403,
        NOTHING,
    ),
}

# What it is: the server, the path, Origin, the method asked for, the CORS headers.
PREFLIGHTS: dict[str, tuple[str, str, str, str, Cors]] = {
    "open: any origin": (LOCKED, "/open", EVIL, "DELETE", granted("*")),
    "open: a method it has not": (LOCKED, "/open", EVIL, "PUT", granted("*")),
    "open: a slash too many": (LOCKED, "/open/", EVIL, "DELETE", granted("*")),
    "open: a double slash": (LOCKED, "//open", EVIL, "DELETE", granted("*")),
    "partner: its origin": (LOCKED, "/partner", PARTNER, "POST", granted(PARTNER)),
    "partner: its origin, with credentials": (
        SECRET,
        "/partner",
        PARTNER,
        "POST",
        granted(PARTNER, credentials=True),
    ),
    "partner: an origin of the row": (LOCKED, "/partner", APP, "POST", NOTHING),
    "narrow: a method it lists": (SECRET, "/narrow/", APP, "PUT", NARROW_GRANT),
    "narrow: a slash missing": (SECRET, "/narrow", APP, "PUT", NARROW_GRANT),
    "narrow: a method it does not list": (SECRET, "/narrow/", APP, "DELETE", allowed(APP)),
    "narrow: a method it does not list that needs none": (
        SECRET,
        "/narrow/",
        APP,
        "GET",
        NOTHING,
    ),
    "two views of a path: the open one": (
        LOCKED,
        "/two",
        EVIL,
        "GET",
        granted("*", methods="GET, DELETE"),
    ),
    "two views of a path: the other one": (LOCKED, "/two", APP, "POST", granted(APP)),
    "two views of a path: the other one, another origin": (LOCKED, "/two", EVIL, "POST", NOTHING),
    "two views of a path: a method of neither": (LOCKED, "/two", EVIL, "DELETE", NOTHING),
    "permissive: a view of its partner's": (
        "permissive",
        "/partner",
        EVIL,
        "POST",
        NOTHING,
    ),
}


@pytest.mark.parametrize(
    ("name", "method", "path", "origin", "status", "cors"), ANSWERS.values(), ids=ANSWERS.keys()
)
def test_answers(
    name: str, method: str, path: str, origin: str, status: int, cors: Cors, server: Serve
) -> None:
    for _ in "computed", "remembered":
        headers = {"Origin": origin} if origin else {}
        answer = server(name).ask(method, f"{VIEWS}{path}", headers)
        assert (answer.status, answer.cors) == (status, cors)
        assert answer.varies == (cors.get("access-control-allow-origin") != "*")


@pytest.mark.parametrize(
    ("name", "path", "origin", "method", "cors"), PREFLIGHTS.values(), ids=PREFLIGHTS.keys()
)
def test_preflights(
    name: str, path: str, origin: str, method: str, cors: Cors, server: Serve
) -> None:
    for _ in "computed", "remembered":
        answer = server(name).preflight(f"{VIEWS}{path}", method, {"Origin": origin})
        assert (answer.status, answer.cors, answer.varies) == (204, cors, True)


def test_the_refusal_names_the_view(server: Serve) -> None:
    answer = server(LOCKED).ask("POST", f"{VIEWS}/partner", {"Origin": EVIL})
    assert "cross_origin on 'v1.greetings.partner'" in answer.json["detail"]


@pytest.mark.parametrize("origin", [APP, PREVIEW])
def test_what_a_view_sets_does_not_count(origin: str, server: Serve) -> None:
    for _ in "computed", "remembered":
        answer = server(LOCKED).ask("GET", OWN_HEADERS, {"Origin": origin})
        assert answer.cors == readable(origin)


@pytest.mark.parametrize("name", [LOCKED, SECRET, "mixed", "debug", "second CORS"])
def test_what_a_view_sets_opens_nothing(name: str, server: Serve) -> None:
    answer = server(name).ask("GET", OWN_HEADERS, {"Origin": EVIL})
    assert (answer.status, answer.cors) == (200, NOTHING)


@pytest.mark.parametrize("name", [LOCKED, "permissive"])
def test_what_a_view_outside_the_api_sets_is_taken_off(name: str, server: Serve) -> None:
    answer = server(name).ask("GET", "/own-headers", {"Origin": EVIL})
    assert (answer.status, answer.cors) == (200, NOTHING)


def test_what_a_view_varies_by_is_kept(server: Serve) -> None:
    answer = server(LOCKED).ask("GET", OWN_HEADERS, {"Origin": APP})
    assert answer.vary == ["Accept", "Cookie", "Origin"]


# What it is: the method, the path, the status.
REQUESTS = {
    "a success": ("GET", VIEWS, 200),
    "a crash": ("GET", "/api/extra/crash", 500),
    "an unknown path": ("GET", "/api/nothing", 404),
    "a refusal": ("POST", VIEWS, 403),
    "a preflight": ("OPTIONS", VIEWS, 204),
    "a page outside": ("GET", "/apiary", 200),
    "health": ("GET", "/healthz", 200),
}


@pytest.mark.parametrize(("method", "path", "status"), REQUESTS.values(), ids=REQUESTS.keys())
def test_a_second_registration_of_flask_cors_opens_nothing(
    method: str, path: str, status: int, server: Serve
) -> None:
    headers = {"Origin": EVIL, ASKED_METHOD: "PUT"}
    answer = server("second CORS").ask(method, path, headers)
    assert (answer.status, answer.cors) == (status, NOTHING)


def test_a_second_registration_takes_nothing_away(server: Serve) -> None:
    its = server("second CORS")
    assert its.ask("GET", VIEWS, {"Origin": APP}).cors == readable(APP)
    assert its.ask("GET", "/api/extra/crash", {"Origin": APP}).cors == readable(APP)
    assert its.preflight(VIEWS, "PUT", {"Origin": APP}).cors == granted(APP)


ViewFunction = Callable[..., Any]


def hidden(view: ViewFunction) -> ViewFunction:
    @wraps(view)
    def inner(*args: Any, **kwargs: Any) -> Any:
        return view(*args, **kwargs)

    return inner


def method_view(decorate: Callable[[ViewFunction], ViewFunction]) -> ViewFunction:
    class It(MethodView):
        @decorate
        def get(self) -> str:
            return "it"

    return It.as_view("it")


def inherited_view(decorate: Callable[[ViewFunction], ViewFunction]) -> ViewFunction:
    class Base(MethodView):
        @decorate
        def get(self) -> str:
            return "it"

    class It(Base):
        pass

    return It.as_view("it")


def class_view(decorate: Callable[[ViewFunction], ViewFunction]) -> ViewFunction:
    class It(View):
        decorators = [decorate]  # noqa: RUF012

        def dispatch_request(self) -> str:
            return "it"

    return It.as_view("it")


def view() -> str:
    return "it"


# How a decorator can be on a view.
PLACES: dict[str, Callable[[Callable[[ViewFunction], ViewFunction]], ViewFunction]] = {
    "a view": lambda decorate: decorate(view),
    "below another decorator": lambda decorate: hidden(decorate(view)),
    "above another decorator": lambda decorate: decorate(hidden(view)),
    "a method of a class": method_view,
    "a method of a class's base": inherited_view,
    "the decorators of a class": class_view,
}


def problems_of(its: Any, route: str, it: ViewFunction) -> list[str]:
    """Return what is said about a view, once all views are known."""
    app: Flask = its.create_app(its.Settings.from_env({"CORS_ORIGINS": APP}))
    app.add_url_rule(route, "it", it)
    try:
        its.cors.check_views(app)
    except its.ConfigurationError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES.keys())
def test_flask_cors_s_own_decorator_is_refused(
    place: Callable[[Callable[[ViewFunction], ViewFunction]], ViewFunction], package: Package
) -> None:
    its = package(LOCKED)
    (problem,) = problems_of(its, "/api/it", place(flask_cors.cross_origin()))
    assert problem == (
        "cross_origin on 'it': is Flask-CORS's own, which neither the preflight nor the guard "
        f"knows; write 'from {its.__name__}.cors import cross_origin'"
    )


@pytest.mark.parametrize("place", PLACES)
def test_the_package_s_own_decorator_is_heard_or_refused(place: str, package: Package) -> None:
    its = package(LOCKED)
    it = PLACES[place](its.cors.cross_origin(origins="*"))
    problems = problems_of(its, "/api/it", it)
    assert len(problems) == place.startswith("a method")
    if not problems:
        app = its.create_app(its.Settings.from_env({"CORS_ORIGINS": APP}))
        app.add_url_rule("/api/it", "it", it)
        answer = app.test_client().get("/api/it", headers={"Origin": EVIL})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


# What it is: the options, and the problem behind "cross_origin on 'it' ".
BAD_OPTIONS: dict[str, tuple[Mapping[str, object], str]] = {
    "misspelt option": (
        {"origin": "*"},
        (
            ": 'origin' is no option here; write origins, methods, allow_headers, expose_headers, "
            "supports_credentials, max_age"
        ),
    ),
    "option that the policy decides": (
        {"send_wildcard": True},
        (
            ": 'send_wildcard' is no option here; write origins, methods, allow_headers, "
            "expose_headers, supports_credentials, max_age"
        ),
    ),
    "origin with a path": (
        {"origins": "https://a.example/"},
        " origins: 'https://a.example/' has a path; write 'https://a.example'",
    ),
    "one bad origin of two": (
        {"origins": ["https://a.example", "null"]},
        (
            " origins: 'null' is sent by any local file or sandboxed frame; "
            "serve the page over http(s)"
        ),
    ),
    "anybody with credentials": (
        {"origins": "*", "supports_credentials": True},
        " supports_credentials: True cannot go with the origins '*'; list the origins",
    ),
    "credentials as text": (
        {"supports_credentials": "false"},
        " supports_credentials: 'false' is no boolean; write True or False",
    ),
    "any method": ({"methods": "*"}, " methods: '*' is a wildcard; write each method by its name"),
    "method in lower case": (
        {"methods": ["get"]},
        " methods: 'get' is not in upper case; methods are exact, write 'GET'",
    ),
    "any header": (
        {"allow_headers": "*"},
        " allow_headers: '*' is a wildcard; write each header by its name",
    ),
    "pattern of headers": (
        {"expose_headers": ["X-*"]},
        " expose_headers: 'X-*' is a wildcard; write each header by its name",
    ),
    "max_age below zero": (
        {"max_age": -1},
        " max_age: -1 is out of range; write 0 to 86400 seconds",
    ),
    "max_age true": (
        {"max_age": True},
        " max_age: True is not text; write it as in the environment, or as a sequence of strings",
    ),
}


@pytest.mark.parametrize(("options", "problem"), BAD_OPTIONS.values(), ids=BAD_OPTIONS.keys())
def test_options_are_checked_like_the_table(
    options: Mapping[str, object], problem: str, package: Package
) -> None:
    its = package(LOCKED)
    it = its.cors.cross_origin(**options)(lambda: "it")
    assert problems_of(its, "/api/it", it) == [f"cross_origin on 'it'{problem}"]
    assert problems_of(its, "/api/<path:it>", it) == [f"cross_origin on 'it'{problem}"]


def test_all_problems_of_all_views_at_once(package: Package) -> None:
    its = package(LOCKED)
    it = its.cors.cross_origin(methods="*,get", origins="null", max_age="x")(lambda: "it")
    assert len(problems_of(its, "/api/it", it)) == 4


def test_outside_the_api_nothing_is_cross_origin(package: Package) -> None:
    its = package(LOCKED)
    assert problems_of(its, "/hook", its.cors.cross_origin()(lambda: "it")) == [
        (
            "cross_origin on 'it': '/hook' is outside /api, where nothing is cross-origin; "
            "move the route below /api/"
        )
    ]


def test_two_applications_in_one_process(package: Package) -> None:
    its = package(LOCKED)
    apps = {
        origin: its.create_app(
            its.Settings.from_env({"CORS_ORIGINS": origin, "CORS_MAX_AGE": str(number)})
        ).test_client()
        for number, origin in enumerate((APP, PARTNER))
    }
    for number, (own, client) in enumerate(apps.items()):
        for origin in (APP, PARTNER, EVIL):
            headers = {"Origin": origin, ASKED_METHOD: "PUT"}
            preflight = client.options(VIEWS, headers=headers).headers
            answer = client.get(VIEWS, headers=headers).headers
            trusted = origin == own
            assert answer.get("Access-Control-Allow-Origin") == (own if trusted else None)
            assert preflight.get("Access-Control-Max-Age") == (str(number) if trusted else None)
            written = client.post(VIEWS, headers=headers, json={"name": "Ada"})
            assert written.status_code == (201 if trusted else 403)


# What it is: the policy, the path, the first header that an application ever gets to see.
FIRST = {
    "permissive, without Origin": ("permissive", VIEWS, {}, "*"),
    "permissive, with Origin": ("permissive", VIEWS, {"Origin": EVIL}, "*"),
    "mixed, public, without Origin": ("mixed", "/api/v1/public/status", {}, "*"),
    "mixed, without Origin": ("mixed", VIEWS, {}, None),
    "locked-down, without Origin": (LOCKED, VIEWS, {}, None),
}


@pytest.mark.parametrize(
    ("policy", "path", "headers", "allowed_origin"), FIRST.values(), ids=FIRST.keys()
)
def test_the_first_request_of_all(
    policy: str,
    path: str,
    headers: Mapping[str, str],
    allowed_origin: str | None,
    package: Package,
) -> None:
    """Nothing is remembered yet, from a request that said more."""
    its = package(policy)
    environ = {} if policy == "permissive" else {"CORS_ORIGINS": APP}
    client = its.create_app(its.Settings.from_env(environ)).test_client()
    for _ in "computed", "remembered":
        answer = client.get(path, headers=headers)
        assert answer.headers.get("Access-Control-Allow-Origin") == allowed_origin


def test_what_is_remembered_is_bounded(package: Package, monkeypatch: pytest.MonkeyPatch) -> None:
    its = package(LOCKED)
    client = its.create_app(
        its.Settings.from_env({"CORS_ORIGINS": "http://localhost:*"})
    ).test_client()
    computed: list[str] = []
    extension: Any = flask_cors.extension
    compute = extension.set_cors_headers

    def count(response: object, options: object) -> object:
        computed.append(request.headers["Origin"])
        return compute(response, options)

    monkeypatch.setattr(extension, "set_cors_headers", count)
    monkeypatch.setattr(its.cors.answers, "REMEMBERED", 2)
    origins = [f"http://localhost:{port}" for port in (1, 2, 2, 3, 1)]
    for origin in origins:
        answer = client.get(VIEWS, headers={"Origin": origin})
        assert answer.headers["Access-Control-Allow-Origin"] == origin
    assert computed == [f"http://localhost:{port}" for port in (1, 2, 3, 1)]


# What it is: the policy, with credentials or not, the environment, and how each warning starts.
TRAPS: dict[str, tuple[str, bool, Mapping[str, str], list[str]]] = {
    "mixed with credentials": ("mixed", True, {}, ["'/api/v1/public/*' is public, "]),
    "mixed without": ("mixed", False, {}, []),
    "mixed with credentials and a list": ("mixed", True, {"CORS_PUBLIC_ORIGINS": PARTNER}, []),
    "subdomains with credentials": (
        LOCKED,
        True,
        {"CORS_ORIGINS": "https://*.example.com"},
        ["CORS_ORIGINS: 'https://*.example.com' with credentials "],
    ),
    "subdomains without": (LOCKED, False, {"CORS_ORIGINS": "https://*.example.com"}, []),
    "exact with credentials": (LOCKED, True, {}, []),
    "permissive": ("permissive", False, {"CORS_ORIGINS": "*"}, []),
}


@pytest.mark.parametrize(
    ("policy", "credentials", "environ", "warnings"), TRAPS.values(), ids=TRAPS.keys()
)
def test_what_is_legal_but_a_trap_is_said_at_start_up(
    policy: str,
    credentials: bool,
    environ: Mapping[str, str],
    warnings: list[str],
    package: Package,
    caplog: pytest.LogCaptureFixture,
) -> None:
    its = package(policy, credentials=credentials)
    its.create_app(its.Settings.from_env({"CORS_ORIGINS": APP, **environ}))
    said = [it.getMessage() for it in caplog.records]
    assert len(said) == len(warnings)
    for line, start in zip(said, warnings, strict=True):
        assert line.startswith(start)
        assert "\n" not in line
