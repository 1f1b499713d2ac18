"""`cross_origin`: the policy of one route, and the places where it has no effect."""

import asyncio
import gc
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial, wraps
from threading import Barrier
from typing import Any, ClassVar
from urllib.parse import unquote_to_bytes

import flask_cors
import pytest
from flask import Blueprint, Flask, current_app, request
from flask.testing import FlaskClient
from flask.views import MethodView, View
from werkzeug.exceptions import InternalServerError
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.routing import BaseConverter, Rule
from werkzeug.routing.rules import RulePart
from werkzeug.wrappers import Response

from flask_cors_policy import CORS, cross_origin
from helpers import (
    BOOKS,
    ENVIRON,
    EVIL,
    LISTED,
    METHODS,
    PARTNER,
    TRUSTED,
    allowed,
    app_with,
    calls,
    cors_headers,
    preflight,
    problems_of,
)

ViewFunction = Callable[..., Any]
Decorator = Callable[[ViewFunction], ViewFunction]

REPORT = "/api/reports/7"
FLASK_CORS_DECORATOR = (
    "is Flask-CORS's own, which neither the preflight nor the guard knows; "
    "write 'from flask_cors_policy import cross_origin'"
)
HIDDEN = (
    "stands below another decorator, functools.partial or object, which hides it; "
    "write it directly below the route, last in the decorators of a class, or as a row"
)
ON_A_CLASS = (
    "stands on a class or a method of it, where it has no effect; "
    "write 'decorators = [cross_origin(...)]' in the class"
)
ON_A_WRAPPED_CLASS = (
    "stands on a class or a method of it, where it has no effect; "
    "write a row for its path in its place"
)
IN_A_WRAPPED_CLASS = (
    "is hidden by what a library wraps around the class; write a row for its path in its place"
)
ON_A_HOOK = (
    "has no effect there, as the function is no view; "
    "take it out; the row of a path covers errors too"
)


def view() -> str:
    return "x"


def registering(route: str, function: ViewFunction, **options: Any) -> Callable[[Flask], None]:
    """Return what registers a view under the endpoint 'own'."""
    return lambda app: app.add_url_rule(route, "own", function, **options)


def own_problems(function: ViewFunction, route: str = "/api/own") -> list[str]:
    """Return why a view is refused, without the name of its endpoint."""
    problems = problems_of(views=registering(route, function))
    assert all(problem.startswith("cross_origin on 'own'") for problem in problems)
    return [problem.removeprefix("cross_origin on 'own'").lstrip(": ") for problem in problems]


def allowed_at(app: Flask, path: str, *origins: str) -> set[str]:
    """Return the origins whose pages may read a path."""
    client = app.test_client()
    return {one for one in origins if allowed(client.get(path, headers={"Origin": one}))}


def reports(**options: Any) -> Flask:
    """Build an application with one view that has a policy of its own, at REPORT."""

    def views(app: Flask) -> None:
        @app.route("/api/reports/<int:number>", methods=METHODS)
        @cross_origin(**options)
        def report(number: int) -> str:
            app.config["CALLS"].append(f"{request.method} {number}")
            return str(number)

    return app_with(views=views)


@pytest.fixture
def client() -> FlaskClient:
    return reports(origins=PARTNER, methods=["GET", "POST"], max_age=60).test_client()


def test_view_trusts_the_origins_that_it_names_and_no_others(client: FlaskClient) -> None:
    for _ in ("computed", "remembered"):
        assert allowed(client.get(REPORT, headers={"Origin": PARTNER})) == PARTNER
        assert allowed(client.get(REPORT, headers={"Origin": TRUSTED})) is None
        assert allowed(client.get("/api/books", headers={"Origin": PARTNER})) is None
        assert client.get(REPORT).headers["Vary"] == "Origin"


def test_preflight_honours_the_view(client: FlaskClient) -> None:
    assert cors_headers(preflight(client, REPORT, origin=PARTNER, method="POST")) == {
        "Access-Control-Allow-Origin": PARTNER,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": "60",
    }
    assert cors_headers(preflight(client, REPORT, origin=TRUSTED, method="POST")) == {}
    assert cors_headers(preflight(client, REPORT, origin=PARTNER, method="PUT")) == {
        "Access-Control-Allow-Origin": PARTNER
    }


def test_guard_honours_the_origins_of_the_view(client: FlaskClient) -> None:
    assert client.post(REPORT, headers={"Origin": PARTNER}).status_code == 200
    refused = client.post(REPORT, headers={"Origin": TRUSTED})
    assert refused.status_code == 403
    assert "the origins of cross_origin on 'report'" in refused.get_json()["detail"]


@pytest.mark.parametrize("origins", [PARTNER, "*"])
def test_guard_honours_the_methods_of_the_view(origins: str) -> None:
    app = reports(origins=origins, methods=["GET", "PUT"])
    for method in METHODS[1:]:
        app.test_client().open(REPORT, method=method, headers={"Origin": PARTNER})
    assert calls(app) == ["PUT 7"]


@pytest.mark.parametrize(
    ("path", "method"),
    [(REPORT, "PROPFIND"), (f"{REPORT}/", "GET"), ("/api//reports/7", "GET")],
    ids=["unknown method", "slash too many", "double slash"],
)
def test_errors_and_redirects_of_a_view_honour_it(path: str, method: str) -> None:
    client = reports(origins=PARTNER).test_client()
    assert cors_headers(preflight(client, path, origin=PARTNER, method=method))
    assert cors_headers(preflight(client, path, origin=TRUSTED, method=method)) == {}
    if method == "GET":
        response = client.get(path, headers={"Origin": PARTNER})
        assert response.status_code in (308, 404)
        assert allowed(response) == PARTNER


@pytest.mark.parametrize("prefix", ["", "/shop"])
def test_redirect_of_a_default_honours_the_view(prefix: str) -> None:
    own = cross_origin(origins=PARTNER)(lambda number: str(number))

    def views(app: Flask) -> None:
        app.add_url_rule("/api/p/", "own", own, defaults={"number": 1})
        app.add_url_rule("/api/p/<int:number>", "own", own)

    client = app_with(views=views).test_client()
    environ = {"SCRIPT_NAME": prefix}
    response = client.get("/api/p/1", headers={"Origin": PARTNER}, environ_overrides=environ)
    assert (response.status_code, allowed(response)) == (308, PARTNER)


def test_row_supplies_what_the_view_leaves_out() -> None:
    client = reports(allow_headers=["If-Match"]).test_client()
    granted = cors_headers(preflight(client, REPORT))
    assert granted["Access-Control-Allow-Origin"] == TRUSTED
    assert granted["Access-Control-Allow-Headers"] == "If-Match"
    assert granted["Access-Control-Max-Age"] == "7200"


def test_view_may_be_open_to_every_origin() -> None:
    app = reports(origins="*")
    client = app.test_client()
    assert allowed(client.get(REPORT)) == "*"
    assert "Vary" not in client.get(REPORT).headers
    assert client.post(REPORT, headers={"Origin": EVIL}).status_code == 200
    assert allowed(client.get("/api/books", headers={"Origin": EVIL})) is None


def test_view_under_an_open_row_may_be_closed() -> None:
    app = app_with(
        {"/api/*": {"origins": "*"}},
        views=registering("/api/own", cross_origin(origins=PARTNER)(view), methods=METHODS),
    )
    assert allowed_at(app, "/api/own", PARTNER, EVIL) == {PARTNER}
    assert app.test_client().post("/api/own", headers={"Origin": EVIL}).status_code == 403


# --- a decorator belongs to its route --------------------------------------------------------


def test_function_with_two_routes_is_open_at_the_decorated_one_only() -> None:
    def views(app: Flask) -> None:
        app.add_url_rule("/api/open", "open", cross_origin(origins="*")(view), methods=METHODS)
        app.add_url_rule("/api/closed", "closed", view, methods=METHODS)

    app = app_with(views=views)
    assert allowed_at(app, "/api/open", EVIL) == {EVIL}
    assert allowed_at(app, "/api/closed", EVIL, TRUSTED) == {TRUSTED}
    assert app.test_client().post("/api/closed", headers={"Origin": EVIL}).status_code == 403


def test_function_in_two_applications_is_open_in_one() -> None:
    one = app_with(views=registering("/api/own", cross_origin(origins="*")(view)))
    two = app_with(views=registering("/api/own", view))
    assert allowed_at(one, "/api/own", EVIL) == {EVIL}
    assert allowed_at(two, "/api/own", EVIL) == set()


def test_function_decorated_twice_for_two_routes_has_two_policies() -> None:
    def views(app: Flask) -> None:
        app.add_url_rule("/api/one", "one", cross_origin(origins=PARTNER)(view))
        app.add_url_rule("/api/two", "two", cross_origin(origins=EVIL)(view))

    app = app_with(views=views)
    assert allowed_at(app, "/api/one", PARTNER, EVIL) == {PARTNER}
    assert allowed_at(app, "/api/two", PARTNER, EVIL) == {EVIL}


def test_two_decorators_on_one_view_are_refused() -> None:
    twice = cross_origin(origins=PARTNER)(cross_origin(origins=EVIL)(view))
    assert own_problems(twice) == ["stands twice on one view; write one, with the options of both"]


@pytest.mark.parametrize("above", ["nothing", "another decorator"])
def test_decorator_above_the_route_is_refused(above: str, monkeypatch: pytest.MonkeyPatch) -> None:
    routed, decorated = view, cross_origin(origins=PARTNER)(view)
    kept = decorated if above == "nothing" else hiding(decorated)
    monkeypatch.setitem(globals(), "view", kept)
    assert own_problems(routed) == [
        "stands above the route, where it has no effect; write it directly below the route"
    ]


def above_the_route(app: Flask | Blueprint) -> None:
    @cross_origin(origins="none")
    @app.post("/api/own", endpoint="own")
    def own() -> str:
        return "ran"


def above_the_route_and_another_decorator(app: Flask) -> None:
    @cross_origin(origins="none")
    @handing_on
    @app.post("/api/own", endpoint="own")
    def own() -> str:
        return "ran"


def above_the_route_of_a_blueprint(app: Flask) -> None:
    bp = Blueprint("own", __name__)
    above_the_route(bp)
    app.register_blueprint(bp)


def above_the_route_long_ago(app: Flask) -> None:
    above_the_route(app)
    gc.collect()


@pytest.mark.parametrize(
    "views",
    [
        above_the_route,
        above_the_route_and_another_decorator,
        above_the_route_of_a_blueprint,
        above_the_route_long_ago,
    ],
)
def test_decorator_above_the_route_is_refused_in_a_factory(
    views: Callable[[Flask], object],
) -> None:
    (problem,) = problems_of(views=views)
    assert problem.partition(": ")[2] == (
        "stands above the route, where it has no effect; write it directly below the route"
    )


@pytest.mark.parametrize("later", [False, True])
def test_function_of_a_factory_with_and_without_decorator_is_accepted(*, later: bool) -> None:
    def own() -> str:
        return "x"

    decorated, plain = Flask("one"), Flask("two")
    decorated.add_url_rule("/api/own", "own", cross_origin(origins=PARTNER)(own))
    plain.add_url_rule("/api/own", "own", own)
    for app in (plain, decorated) if later else (decorated, plain):
        CORS(resources={"/api/*": {"origins": TRUSTED}}).init_app(app, {})
    assert allowed_at(plain, "/api/own", PARTNER, TRUSTED) == {TRUSTED}
    assert allowed_at(decorated, "/api/own", PARTNER, TRUSTED) == {PARTNER}


def test_view_with_and_without_decorator_on_routes_of_their_own_is_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain, decorated = view, cross_origin(origins=PARTNER)(view)
    monkeypatch.setitem(globals(), "view", decorated)

    def views(app: Flask) -> None:
        app.add_url_rule("/api/one", "one", plain)
        app.add_url_rule("/api/two", "two", decorated)

    assert allowed_at(app_with(views=views), "/api/one", PARTNER, TRUSTED) == {TRUSTED}


def test_policy_of_a_view_is_not_that_of_an_application_mounted_at_its_path() -> None:
    def views(app: Flask) -> None:
        app.add_url_rule("/<path:rest>", "own", cross_origin(origins="*")(everything))
        mounted = DispatcherMiddleware(app.wsgi_app, {"/admin": Response("admin")})
        app.wsgi_app = mounted  # type: ignore[method-assign]

    def everything(rest: str) -> str:
        return rest

    app = app_with({"/*": LISTED}, views=views)
    assert allowed_at(app, "/admin/users", TRUSTED, EVIL) == {TRUSTED}
    assert allowed_at(app, "/administration", TRUSTED, EVIL) == {TRUSTED, EVIL}
    written = app.test_client().post("/admin/users", headers={"Origin": EVIL})
    assert written.status_code == 403


def test_one_endpoint_with_two_paths_has_one_policy() -> None:
    def views(app: Flask) -> None:
        app.add_url_rule("/api/a", "own", cross_origin(origins=PARTNER)(view))
        app.add_url_rule("/api/b", "own")

    app = app_with(views=views)
    for path in ("/api/a", "/api/b"):
        assert allowed_at(app, path, PARTNER, TRUSTED) == {PARTNER}


def test_copy_by_wraps_does_not_open_another_route() -> None:
    decorated = cross_origin(origins="*")(view)

    @wraps(decorated)
    def copy() -> str:
        return "copy"

    def views(app: Flask) -> None:
        app.add_url_rule("/api/own", "own", decorated)
        app.add_url_rule("/api/copy", "copy", copy)

    app = app_with(views=views)
    assert allowed_at(app, "/api/own", EVIL) == {EVIL}
    assert allowed_at(app, "/api/copy", EVIL) == set()


@pytest.mark.parametrize("methods", [("GET", "POST"), ("POST", "GET")])
def test_two_views_of_one_path_have_policies_of_their_own(methods: tuple[str, str]) -> None:
    def views(app: Flask) -> None:
        for method in methods:
            function = cross_origin(origins=PARTNER)(view) if method == "GET" else view
            app.add_url_rule("/api/x", method, function, methods=[method])

    app = app_with(views=views)
    client = app.test_client()
    assert allowed_at(app, "/api/x", PARTNER, TRUSTED) == {PARTNER}
    assert client.post("/api/x", headers={"Origin": PARTNER}).status_code == 403
    assert client.post("/api/x", headers={"Origin": TRUSTED}).status_code == 200
    assert cors_headers(preflight(client, "/api/x", origin=PARTNER, method="POST")) == {}


def test_method_of_none_of_several_views_is_left_to_the_row() -> None:
    def views(app: Flask) -> None:
        for method in ("GET", "POST", "PUT", "PATCH"):  # an order that once changed by chance
            function = cross_origin(origins="*")(view)
            app.add_url_rule("/api/many", f"open-{method}", function, methods=[method])
        app.add_url_rule("/api/many", "closed", view, methods=["DELETE"])

    client = app_with(views=views).test_client()
    assert cors_headers(preflight(client, "/api/many", origin=EVIL, method="PROPFIND")) == {}
    assert cors_headers(preflight(client, "/api/many", origin=EVIL, method="DELETE")) == {}
    assert cors_headers(preflight(client, "/api/many", origin=EVIL, method="PATCH"))
    assert cors_headers(preflight(client, "/api/many", method="PROPFIND"))


# --- where it stands ---------------------------------------------------------------------------


def hiding(function: ViewFunction) -> ViewFunction:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def hiding_by_default(function: ViewFunction) -> ViewFunction:
    def wrapper(function: ViewFunction = function) -> Any:
        return function()

    return wrapper


def handing_on(function: ViewFunction) -> ViewFunction:
    return wraps(function)(lambda *args: function(*args))


class Hiding:
    def __init__(self, function: ViewFunction) -> None:
        self.function = function

    def __call__(self) -> Any:
        return self.function()


def method_of(decorate: Decorator, name: str = "say") -> Any:
    """Return an object with a decorated method."""
    return type("Object", (), {name: decorate(lambda _: "x")})()


# How a decorator can be out of sight: what builds the view from the decorator.
OUT_OF_SIGHT: dict[str, Callable[[Decorator], ViewFunction]] = {
    "a decorator": lambda decorate: hiding(decorate(view)),
    "a decorator that uses wraps": lambda decorate: handing_on(decorate(view)),
    "two decorators": lambda decorate: hiding(hiding(decorate(view))),
    "a decorator with a default": lambda decorate: hiding_by_default(decorate(view)),
    "a decorator that is a class": lambda decorate: Hiding(decorate(view)),
    "a cache": lambda decorate: cache(decorate(view)),
    "a decorator over a bound method": lambda decorate: hiding(method_of(decorate).say),
    "a decorator over an object": lambda decorate: hiding(method_of(decorate, "__call__")),
    "a partial": lambda decorate: partial(decorate(lambda _: "x"), 1),
    "a partial of a decorator": lambda decorate: partial(hiding(decorate(view))),
    "a decorator over a partial": lambda decorate: hiding(partial(decorate(lambda _: "x"), 1)),
    "a partial that calls it": lambda decorate: partial(lambda call: call(), decorate(view)),
    "an object": lambda decorate: method_of(decorate, "__call__"),
    "a bound method": lambda decorate: method_of(decorate).say,
    "a partial of a bound method": lambda decorate: partial(method_of(decorate).say),
}


@pytest.mark.parametrize(
    ("decorate", "reason"),
    [
        pytest.param(cross_origin(origins="none"), HIDDEN, id="ours"),
        pytest.param(flask_cors.cross_origin(), FLASK_CORS_DECORATOR, id="Flask-CORS's"),
    ],
)
@pytest.mark.parametrize("build", OUT_OF_SIGHT.values(), ids=OUT_OF_SIGHT.keys())
def test_decorator_out_of_sight_is_refused(
    build: Callable[[Decorator], ViewFunction], decorate: Decorator, reason: str
) -> None:
    assert own_problems(build(decorate)) == [reason]


@pytest.mark.parametrize("build", OUT_OF_SIGHT.values(), ids=OUT_OF_SIGHT.keys())
def test_decorator_around_anything_counts(build: Callable[[Decorator], ViewFunction]) -> None:
    function = cross_origin(origins=PARTNER)(build(lambda function: function))
    app = app_with(views=registering("/api/own", function))
    assert allowed_at(app, "/api/own", PARTNER, TRUSTED) == {PARTNER}


@pytest.mark.parametrize("order", ["below the route", "around the route"])
def test_decorator_around_the_route_is_refused(order: str) -> None:
    """Flask registers what stands below the route, and gives the view back as it was."""

    def views(app: Flask) -> None:
        route, mark = app.get("/api/own", endpoint="own"), cross_origin(origins=PARTNER)
        route(mark(view)) if order == "below the route" else mark(route(view))

    app = app_with(views=views)
    trusted = {PARTNER} if order == "below the route" else {TRUSTED}
    assert allowed_at(app, "/api/own", PARTNER, TRUSTED) == trusted


def test_wrapper_hands_on_arguments_result_and_name() -> None:
    @cross_origin()
    def add(one: int, *, two: int) -> int:
        """Add."""
        return one + two

    with Flask("example").app_context():
        assert add(1, two=2) == 3
    assert (add.__name__, add.__doc__) == ("add", "Add.")


class Decorated(MethodView):
    decorators: ClassVar[list[Any]] = [cross_origin(origins=PARTNER)]

    def get(self) -> str:
        return "x"

    def post(self) -> str:
        return "x"


class DecoratedView(View):
    decorators: ClassVar[list[Any]] = [hiding, cross_origin(origins=PARTNER)]

    def dispatch_request(self) -> str:
        return "x"


@pytest.mark.parametrize("cls", [Decorated, DecoratedView])
def test_class_of_views_takes_it_in_its_decorators(cls: type[View]) -> None:
    app = app_with(views=registering("/api/own", cls.as_view("own")))
    assert allowed_at(app, "/api/own", PARTNER, TRUSTED) == {PARTNER}


def on_method() -> type[View]:
    class Reports(MethodView):
        @cross_origin()
        def get(self) -> str:
            return "x"

    return Reports


def on_inherited_method() -> type[View]:
    class Reports(on_method()):  # type: ignore[misc]
        pass

    return Reports


def on_class() -> type[View]:
    @cross_origin(origins="none")
    class Reports(MethodView):
        def get(self) -> str:
            return "x"

    return Reports


def around_each_method() -> type[View]:
    """Build a class as those of Flask-RESTful are, which decorates when it is called."""

    class Reports(MethodView):
        method_decorators: ClassVar[list[Any]] = [cross_origin()]

    return Reports


def around_one_method() -> type[View]:
    class Reports(MethodView):
        method_decorators: ClassVar[dict[str, Any]] = {"get": [hiding, cross_origin()]}

    return Reports


@pytest.mark.parametrize(
    "build", [on_method, on_inherited_method, on_class, around_each_method, around_one_method]
)
@pytest.mark.parametrize(
    ("around", "problem"),
    [
        pytest.param(lambda function: function, ON_A_CLASS, id="Flask's own class"),
        pytest.param(hiding, ON_A_WRAPPED_CLASS, id="wrapped, as by Flask-RESTful"),
    ],
)
def test_decorator_on_a_class_or_its_method_is_refused(
    build: Callable[[], type[View]], around: Decorator, problem: str
) -> None:
    assert own_problems(around(build().as_view("own"))) == [problem]


def test_decorator_of_a_class_that_a_library_wraps_is_refused() -> None:
    """A fix that asks for the decorators of the class would ask for what is there."""

    class Reports(MethodView):
        decorators: ClassVar[list[Any]] = [hiding, cross_origin(origins=PARTNER)]

        def get(self) -> str:
            return "x"

    assert own_problems(hiding(Reports.as_view("own"))) == [IN_A_WRAPPED_CLASS]


@pytest.mark.parametrize(
    "register",
    [
        lambda app, hook: app.before_request(hook),
        lambda app, hook: app.after_request(hook),
        lambda app, hook: app.teardown_request(hook),
        lambda app, hook: app.register_error_handler(404, hook),
        lambda app, hook: app.register_error_handler(KeyError, hook),
    ],
    ids=["before", "after", "teardown", "error handler", "handler of an exception"],
)
def test_decorator_on_a_function_that_is_no_view_is_refused(
    register: Callable[[Flask, ViewFunction], None],
) -> None:
    (problem,) = problems_of(views=lambda app: register(app, cross_origin()(view)))
    assert problem == f"cross_origin on 'view': {ON_A_HOOK}"


def test_view_that_handles_errors_too_keeps_its_policy() -> None:
    def views(app: Flask) -> None:
        own = cross_origin(origins=PARTNER)(lambda *_: "x")
        app.add_url_rule("/api/own", "own", own)
        app.register_error_handler(404, own)

    client = app_with(views=views).test_client()
    for path in ("/api/own", "/api/none"):
        assert client.get(path, headers={"Origin": PARTNER}).status_code == 200


def test_flask_cors_decorator_on_a_method_is_refused() -> None:
    class Reports(MethodView):
        @flask_cors.cross_origin()
        def get(self) -> str:
            return "x"

    assert own_problems(Reports.as_view("own")) == [FLASK_CORS_DECORATOR]


def test_decorator_last_but_one_in_a_class_is_refused() -> None:
    class Reports(MethodView):
        decorators: ClassVar[list[Any]] = [cross_origin(origins=PARTNER), hiding]

        def get(self) -> str:
            return "x"

    assert own_problems(Reports.as_view("own")) == [HIDDEN]


def test_objects_that_a_view_remembers_without_calling_them_are_left_alone() -> None:
    class Anything:
        def __getattr__(self, name: str) -> "Anything":
            return Anything()

        def __call__(self) -> str:
            return "x"

    other, anything = Flask("other"), Anything()
    other.add_url_rule("/x", "x", flask_cors.cross_origin()(view))

    def views(app: Flask) -> None:
        @app.get("/api/own")
        def own() -> str:
            return f"{other.name} {request.path} {anything()}"

    assert app_with(views=views)


# --- what is refused -----------------------------------------------------------------------------

# What it is: the options, and the problem behind "cross_origin on 'own' ".
BAD_OPTIONS: dict[str, tuple[Mapping[str, Any], str]] = {
    "origins: a path": (
        {"origins": f"{PARTNER}/"},
        f"origins: '{PARTNER}/' has a path; write '{PARTNER}'",
    ),
    "origins: a pattern": (
        {"origins": r"https://.*\.example\.org"},
        (
            r"origins: 'https://.*\\.example\\.org' is a regular expression; write each origin, "
            "or 'https://*.' and a domain of your own"
        ),
    ),
    "origins: one bad of two": (
        {"origins": [PARTNER, "null"]},
        (
            "origins: 'null' is sent by any local file or sandboxed frame; "
            "serve the page over http(s), or let the form of another site come back with GET"
        ),
    ),
    "any origin with credentials": (
        {"origins": "*", "supports_credentials": True},
        (
            "supports_credentials: 'True' cannot go with the origins '*', as any page could then "
            "act as your users; list the origins, or write False"
        ),
    ),
    "credentials as text": (
        {"supports_credentials": "false"},
        "supports_credentials: 'false' is no boolean; write True or False, without quotes",
    ),
    "any method": ({"methods": "*"}, "methods: '*' is a wildcard; write each method by its name"),
    "method in lower case": (
        {"methods": ["get"]},
        "methods: 'get' is not in upper case; methods are exact, write 'GET'",
    ),
    "no method": ({"methods": ""}, "methods: '' is empty; write names separated by commas"),
    "any header": (
        {"allow_headers": "*"},
        "allow_headers: '*' is a wildcard; write each header by its name",
    ),
    "pattern of headers": (
        {"expose_headers": ["X-*"]},
        "expose_headers: 'X-*' is a wildcard; write each header by its name",
    ),
    "max_age below zero": (
        {"max_age": -1},
        "max_age: '-1' is out of range; write 0 to 86400 seconds",
    ),
    "misspelt option": ({"origin": PARTNER}, "'origin' is no option; write 'origins'"),
    "option of rows alone": (
        {"for_methods": "GET"},
        "for_methods: is an option of rows alone; leave it out",
    ),
    "option of Flask-CORS": (
        {"send_wildcard": True},
        "send_wildcard: is not for choice, as '*' is always sent as it is; leave it out",
    ),
}


@pytest.mark.parametrize(("options", "problem"), BAD_OPTIONS.values(), ids=BAD_OPTIONS.keys())
@pytest.mark.parametrize("route", ["/api/own", "/api/<path:own>"])
def test_options_are_checked_like_those_of_a_row(
    options: Mapping[str, Any], problem: str, route: str
) -> None:
    assert own_problems(cross_origin(**options)(view), route) == [problem]


def test_every_problem_of_every_view_comes_at_once() -> None:
    def views(app: Flask) -> None:
        bad = cross_origin(methods="*,get", origins="null", max_age="x")  # type: ignore[arg-type]
        app.add_url_rule("/api/one", "one", bad(view))
        app.add_url_rule("/api/two", "two", flask_cors.cross_origin()(view))

    assert len(problems_of(views=views)) == 5


def test_route_that_no_row_covers_is_refused() -> None:
    assert own_problems(cross_origin()(view), "/hook") == [
        "'/hook' is covered by no row; add a row that does, such as '/hook/*': {'origins': 'none'}"
    ]


# What it is: the path of an open row, the route of a view with credentials, and if it starts.
ROWS_OF_A_ROUTE = {
    "a longer name": ("/api/reports-public/*", "/api/reports", True),
    "below the route": ("/api/reports/open/*", "/api/reports", True),
    "below a variable": ("/api/reports/open/*", "/api/reports/<name>", False),
    "above the route": ("/api/*", "/api/reports", False),
}


@pytest.mark.parametrize(
    ("row", "route", "starts"), ROWS_OF_A_ROUTE.values(), ids=ROWS_OF_A_ROUTE.keys()
)
def test_options_must_agree_with_every_row_of_the_route(row: str, route: str, starts: bool) -> None:
    function = cross_origin(supports_credentials=True)(lambda name="": name)
    resources = {"/api/*": LISTED, row: {"origins": "*"}}
    views = registering(route, function)
    if starts:
        assert app_with(resources, views=views)
        return
    (problem,) = problems_of(resources, views=views)
    assert "supports_credentials: 'True' cannot go with the origins '*'" in problem


def test_row_behind_a_more_specific_one_does_not_count() -> None:
    function = cross_origin(supports_credentials=True)(view)
    app = app_with(
        {"/api/*": {"origins": "*"}, "/api/own/*": {"origins": PARTNER}},
        views=registering("/api/own", function),
    )
    response = app.test_client().get("/api/own", headers={"Origin": PARTNER})
    assert cors_headers(response)["Access-Control-Allow-Credentials"] == "true"


def test_view_obeys_the_rows_for_its_methods() -> None:
    resources = {"/api/*": [{"for_methods": "GET, HEAD", "origins": "*"}, {"for_methods": "POST"}]}
    app = app_with(
        resources,
        views=registering("/api/own", cross_origin(max_age=5)(view), methods=["GET", "POST"]),
    )
    client = app.test_client()
    assert cors_headers(preflight(client, "/api/own", origin=EVIL, method="GET")) == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, HEAD",
        "Access-Control-Allow-Headers": "Authorization, Content-Type",
        "Access-Control-Max-Age": "5",
    }
    assert client.post("/api/own", headers={"Origin": EVIL}).status_code == 403


# --- views that come after the start -------------------------------------------------------------


def test_view_registered_later_obeys_the_table_at_once(app: Flask) -> None:
    client = app.test_client()
    assert client.get("/api/late", headers={"Origin": TRUSTED}).status_code == 404
    app._got_first_request = False
    app.add_url_rule("/api/late", "late", view, methods=METHODS)
    assert allowed_at(app, "/api/late", TRUSTED, EVIL) == {TRUSTED}
    assert client.post("/api/late", headers={"Origin": EVIL}).status_code == 403


def test_view_registered_later_has_its_own_policy() -> None:
    app = app_with({"/api/*": LISTED, "/api/open/*": {"origins": "*"}})
    app.add_url_rule("/api/open/late", "late", cross_origin(origins=PARTNER)(view))
    assert allowed_at(app, "/api/open/late", PARTNER, EVIL) == {PARTNER}


def test_wrong_view_registered_later_trusts_nobody_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = app_with({"/api/*": {"origins": "*"}})
    app.add_url_rule("/api/bad", "bad", cross_origin(origins="nonsense")(view), methods=METHODS)
    for method in ("GET", "POST"):
        app.test_client().open("/api/bad", method=method, headers={"Origin": EVIL})
    assert allowed_at(app, "/api/bad", EVIL) == set()
    assert app.test_client().post("/api/bad", headers={"Origin": EVIL}).status_code == 403
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert errors[0].startswith("cross_origin on 'bad' origins: 'nonsense' has no scheme")


def test_page_of_a_wrong_view_registered_later_is_told_its_problem() -> None:
    app = app_with()
    late = cross_origin(origins=PARTNER, methods="post")(view)
    app.add_url_rule("/api/bad", "bad", late, methods=METHODS)
    refused = app.test_client().post("/api/bad", headers={"Origin": PARTNER})
    assert refused.json
    assert refused.json["detail"].endswith("If it is yours, methods are exact, write 'POST'.")


@pytest.mark.parametrize(
    "misplaced",
    [hiding(cross_origin(origins="*")(view)), flask_cors.cross_origin()(view)],
    ids=["hidden", "Flask-CORS's"],
)
def test_misplaced_decorator_registered_later_trusts_nobody(misplaced: ViewFunction) -> None:
    app = app_with()
    app.add_url_rule("/api/late", "late", misplaced, methods=METHODS)
    assert allowed_at(app, "/api/late", EVIL, TRUSTED) == set()
    assert app.test_client().post("/api/late", headers={"Origin": EVIL}).status_code == 403


def test_view_wrapped_later_by_an_extension_fails_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Extensions replace views, `app.view_functions[name] = limit(...)`, and hide the policy."""
    app = app_with(
        {"/api/*": {"origins": "*"}},
        views=registering("/api/own", cross_origin(origins=PARTNER)(view), methods=METHODS),
    )
    assert allowed_at(app, "/api/own", PARTNER, EVIL) == {PARTNER}
    app.view_functions["own"] = handing_on(app.view_functions["own"])
    assert allowed_at(app, "/api/own", PARTNER, EVIL) == set()
    assert app.test_client().post("/api/own", headers={"Origin": EVIL}).status_code == 403
    assert HIDDEN in caplog.text


def test_view_replaced_later_has_the_policy_of_the_new_one() -> None:
    app = app_with(
        {"/api/*": {"origins": "*"}},
        views=registering("/api/own", cross_origin(origins=PARTNER)(view)),
    )
    assert allowed_at(app, "/api/own", PARTNER, EVIL) == {PARTNER}
    app.view_functions["own"] = cross_origin(origins=EVIL)(view)
    assert allowed_at(app, "/api/own", PARTNER, EVIL) == {EVIL}


def test_view_replaced_before_the_first_request_has_its_own_policy() -> None:
    app = app_with({"/api/*": {"origins": "*"}})
    app.view_functions[BOOKS] = cross_origin(origins=PARTNER)(view)
    assert allowed_at(app, BOOKS, PARTNER, EVIL) == {PARTNER}


def test_route_added_later_has_the_policy_of_its_view() -> None:
    app = app_with(
        {"/api/*": {"origins": "*"}},
        views=registering("/api/own", cross_origin(origins=PARTNER)(view)),
    )
    app.add_url_rule("/api/also", endpoint="own")
    assert allowed_at(app, "/api/also", PARTNER, EVIL) == {PARTNER}


def test_problem_of_a_late_view_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    app = app_with()
    for name in ("one", "two", "three"):
        late = cross_origin(origins="nonsense")(view)
        app._got_first_request = False
        app.add_url_rule(f"/api/{name}", name, late)
        assert allowed_at(app, f"/api/{name}", TRUSTED, EVIL) == set()
    lines = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert [line.partition(" origins")[0] for line in lines] == [
        f"cross_origin on '{name}'" for name in ("one", "two", "three")
    ]


def test_first_requests_at_the_same_time_find_the_policy_of_a_late_view() -> None:
    for _ in range(20):
        app = app_with({"/api/*": {"origins": "*"}})
        app.add_url_rule("/api/late", "late", cross_origin(origins=PARTNER)(view))
        for number in range(50):
            app.add_url_rule(f"/api/{number}", f"{number}", view)
        barrier = Barrier(8)

        def ask(app: Flask = app, barrier: Barrier = barrier) -> set[str]:
            barrier.wait()
            return allowed_at(app, "/api/late", EVIL, PARTNER)

        with ThreadPoolExecutor(8) as threads:
            found = [threads.submit(ask) for _ in range(8)]
        assert [one.result() for one in found] == [{PARTNER}] * 8


# --- out of the start's sight -------------------------------------------------------------------


class Choosing:
    """Calls one of several functions, which no search through its attributes finds."""

    __slots__ = ("_functions",)

    def __init__(self, **functions: ViewFunction) -> None:
        self._functions = functions

    def __call__(self) -> Any:
        return self._functions[request.args["name"]]()


def test_function_that_no_route_has_gives_nothing_to_pages() -> None:
    """Its policy is not in force, and the row may be wider."""
    choosing = Choosing(narrow=cross_origin(origins=PARTNER)(view), plain=view)
    app = app_with(
        {"/api/*": {"origins": "*"}}, views=registering("/api/own", choosing, methods=METHODS)
    )
    client = app.test_client()
    for origin in (EVIL, PARTNER):
        headers = {"Origin": origin}
        for ask in (client.get, client.post):
            assert ask("/api/own?name=narrow", headers=headers).status_code == 500
            assert ask("/api/own?name=plain", headers=headers).status_code == 200
    assert client.post("/api/own?name=narrow").status_code == 200


def test_function_that_no_route_has_names_the_fix() -> None:
    app = app_with(views=registering("/api/own", Choosing(x=cross_origin()(view))))
    app.testing = True
    response = app.test_client().get("/api/own?name=x", headers={"Origin": TRUSTED})
    assert response.status_code == 500
    with (
        app.test_request_context("/api/own?name=x", headers={"Origin": TRUSTED}),
        pytest.raises(RuntimeError, match=r"cross_origin on view .* directly below the route"),
    ):
        app.dispatch_request()


def test_decorator_without_cors_gives_nothing_to_pages() -> None:
    app = Flask("example", static_folder=None)
    app.add_url_rule("/own", "own", cross_origin(origins=PARTNER)(view), methods=METHODS)
    client = app.test_client()
    for ask in (client.get, client.post):
        assert ask("/own", headers={"Origin": PARTNER}).status_code == 500
        assert ask("/own").status_code == 200


def test_view_that_calls_another_view_obeys_its_own_row() -> None:
    inner = cross_origin(origins=PARTNER)(view)

    def views(app: Flask) -> None:
        app.add_url_rule("/api/inner", "inner", inner)
        app.add_url_rule("/api/outer", "outer", lambda: Choosing(x=inner)())

    app = app_with(views=views)
    client = app.test_client()
    response = client.get("/api/outer?name=x", headers={"Origin": TRUSTED})
    assert (response.status_code, allowed(response)) == (200, TRUSTED)
    assert allowed_at(app, "/api/inner", TRUSTED, PARTNER) == {PARTNER}


def test_function_is_called_outside_of_a_request_as_it_is(app: Flask) -> None:
    with app.app_context():
        assert cross_origin(origins=PARTNER)(view)() == "x"


# --- the router --------------------------------------------------------------------------------


@pytest.mark.parametrize("origins", [PARTNER, "*"])
def test_websocket_route_has_its_own_policy(origins: str) -> None:
    app = app_with(
        {"/api/*": {"origins": TRUSTED}},
        views=registering("/api/ws", cross_origin(origins=origins)(view), websocket=True),
    )
    client = app.test_client()
    handshake = {"Connection": "Upgrade", "Upgrade": "websocket"}
    statuses = {
        origin: client.get("/api/ws", headers=handshake | {"Origin": origin}).status_code
        for origin in (PARTNER, EVIL)
    }
    assert statuses == {PARTNER: 200, EVIL: 403 if origins == PARTNER else 200}
    assert client.get("/api/ws", headers=handshake | {"Origin": TRUSTED}).status_code == (
        403 if origins == PARTNER else 200
    )


ROUTES = {
    "the path itself": ("/api/own", ["/api/own", "/api//own", "//api/own", "/api/own/"]),
    "a slash at its end": ("/api/own/", ["/api/own/", "/api/own", "/api//own//"]),
    "a variable": ("/api/own/<name>", ["/api/own/a", "/api/own//a", "/api/own/a/"]),
    "a variable first": ("/<name>/own", ["/api/own", "//api//own"]),
    "any path": ("/<path:name>", ["/api/own", "/api/x", "/api//y"]),
    "beyond ASCII": ("/api/\xf6wn/\u4f60/<name>", ["/api/%C3%B6wn/%E4%BD%A0/a"]),
    "beyond ASCII, at its end": ("/api/\xf6wn", ["/api/%C3%B6wn", "/api//%C3%B6wn/"]),
}


@pytest.mark.parametrize(("route", "paths"), ROUTES.values(), ids=ROUTES.keys())
def test_every_path_of_a_view_has_its_policy(route: str, paths: list[str]) -> None:
    """Also those at which the router redirects, or finds a slash too many."""
    app = app_with(
        {"/api/*": {"origins": "*"}},
        views=registering(route, cross_origin(origins=PARTNER)(lambda **_: "x")),
    )
    client = app.test_client()
    for path in paths:
        for origin in (EVIL, PARTNER):
            base = {"PATH_INFO": unquote_to_bytes(path).decode("latin-1")}
            response = client.get("/", headers={"Origin": origin}, environ_overrides=base)
            assert allowed(response) == (PARTNER if origin == PARTNER else None), path


def test_rule_of_its_own_kind_is_left_to_the_router() -> None:
    class Upper(Rule):
        """Matches paths of its own, whatever is written in the route."""

        def compile(self) -> None:
            super().compile()
            self._parts = [
                RulePart("(?i:own)", final=True, static=False, suffixed=False, weight=part.weight)
                if part.content == "own"
                else part
                for part in self._parts
            ]

    app = Flask("example", static_folder=None)
    app.url_rule_class = Upper
    app.add_url_rule("/api/own", "own", cross_origin(origins=PARTNER)(view))
    CORS(resources={"/api/*": {"origins": "*"}}).init_app(app, {})
    for path in ("/api/own", "/api/OWN"):
        assert app.test_client().get(path).data == b"x"
        assert allowed_at(app, path, EVIL, PARTNER) == {PARTNER}


class Tenant(BaseConverter):
    """Converts as those do that ask a database: in the context of the application."""

    def to_python(self, value: str) -> str:
        if value == "broken":
            raise LookupError(value)
        return f"{value} of {current_app.name}"


def add_tenants(app: Flask) -> None:
    app.url_map.converters["tenant"] = Tenant
    app.add_url_rule("/api/tenants/<tenant:name>", "tenant", lambda name: name)
    narrow = cross_origin(origins=PARTNER)(lambda name: str(name))
    app.add_url_rule("/api/narrow/<tenant:name>", "narrow", narrow)


def test_converter_that_needs_the_application_finds_the_view() -> None:
    app = app_with({"/api/*": {"origins": "*"}}, views=add_tenants)
    response = app.test_client().get("/api/tenants/a", headers={"Origin": EVIL})
    assert (response.data, allowed(response)) == (b"a of example", "*")
    assert allowed_at(app, "/api/narrow/a", EVIL, PARTNER) == {PARTNER}


def test_converter_that_fails_trusts_no_page_and_is_left_to_the_application(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = app_with({"/api/*": {"origins": "*"}}, views=add_tenants)
    app.register_error_handler(InternalServerError, lambda _: ("handled", 500))
    client = app.test_client()
    for path, trusted in (("/api/tenants/broken", "*"), ("/api/narrow/broken", None)):
        response = client.get(path, headers={"Origin": EVIL})
        assert (response.data, allowed(response)) == (b"handled", trusted)
    assert "the router failed with LookupError at '/api/narrow/broken'" in caplog.text


# --- blueprints, subdomains, hosts ---------------------------------------------------------------


def test_view_of_a_blueprint_is_named_by_its_endpoint() -> None:
    bp = Blueprint("reports", __name__, url_prefix="/api/reports")
    bp.add_url_rule("/", "index", cross_origin(origins=f"{PARTNER}/")(view))
    assert problems_of(views=lambda app: app.register_blueprint(bp)) == [
        f"cross_origin on 'reports.index' origins: '{PARTNER}/' has a path; write '{PARTNER}'"
    ]


def test_blueprint_registered_twice_has_its_policy_at_both_places() -> None:
    bp = Blueprint("reports", __name__)
    bp.add_url_rule("/index", "index", cross_origin(origins=PARTNER)(view))

    def views(app: Flask) -> None:
        app.register_blueprint(bp, url_prefix="/api/one")
        app.register_blueprint(bp, url_prefix="/api/two", name="two")

    app = app_with(views=views)
    for path in ("/api/one/index", "/api/two/index"):
        assert allowed_at(app, path, PARTNER, TRUSTED) == {PARTNER}


def test_view_of_a_subdomain_has_its_own_policy() -> None:
    app = Flask("example", subdomain_matching=True)
    app.config["SERVER_NAME"] = "example.com"
    for subdomain, origin in (("a", PARTNER), ("b", EVIL)):
        function = cross_origin(origins=origin)(view)
        app.add_url_rule("/api/x", subdomain, function, subdomain=subdomain, methods=METHODS)
    CORS(resources={"/api/*": LISTED}).init_app(app, ENVIRON)
    client = app.test_client()
    for subdomain, trusted in (("a", PARTNER), ("b", EVIL)):
        base = f"http://{subdomain}.example.com"
        for origin in (PARTNER, EVIL, TRUSTED):
            response = client.post("/api/x", base_url=base, headers={"Origin": origin})
            assert response.status_code == (200 if origin == trusted else 403)


@pytest.mark.parametrize("host", ["other.example.com", "a..b", "a" * 64])
def test_host_that_is_not_the_applications_own_falls_back_to_the_row(host: str) -> None:
    app = reports(origins=PARTNER)
    app.config["TRUSTED_HOSTS"] = ["api.example.com"]
    client = app.test_client()
    for path in (REPORT, "/api/none"):
        response = client.get(path, headers={"Host": host, "Origin": TRUSTED})
        assert response.status_code == 400
        assert response.headers["Vary"] == "Origin"
        assert allowed(response) == TRUSTED


async def coroutine() -> str:
    return "x"


def test_view_that_is_a_coroutine_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    def async_to_sync(_: Flask, function: ViewFunction) -> ViewFunction:
        return lambda *args: asyncio.run(function(*args))

    monkeypatch.setattr(Flask, "async_to_sync", async_to_sync)  # Flask's needs asgiref
    app = app_with(views=registering("/api/own", cross_origin(origins=PARTNER)(coroutine)))
    response = app.test_client().get("/api/own", headers={"Origin": PARTNER})
    assert (response.status_code, response.data) == (200, b"x")
