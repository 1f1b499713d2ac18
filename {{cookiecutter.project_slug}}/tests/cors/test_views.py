from collections.abc import Callable
from functools import cache, partial, wraps
from typing import Any

import flask_cors
import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from flask.views import MethodView

from {{ cookiecutter.package_name }} import (
    ConfigurationError,
    cors,
)
from {{ cookiecutter.package_name }}.cors.row import Row

from ..calls import EVIL, LISTED, TRUSTED, app_with, cors_headers, preflight

PARTNER = "https://partner.example.org"
PATH = "/api/reports/7"


def app_of(**options: Any) -> Flask:
    """Build an application with one view of its own policy, at PATH."""
    app = app_with()

    @app.route("/api/reports/<int:number>", methods=["GET", "POST"])
    @cors.cross_origin(**options)
    def reports(number: int) -> dict[str, int]:
        return {"number": number}

    cors.check_views(app)
    return app


@pytest.fixture
def client() -> FlaskClient:
    return app_of(origins=PARTNER, methods=["GET", "POST"], max_age=60).test_client()


def test_a_view_trusts_whom_it_names_and_nobody_else(client: FlaskClient) -> None:
    for _ in range(2):
        assert cors_headers(client.get(PATH, headers={"Origin": PARTNER}))
        assert not cors_headers(client.get(PATH, headers={"Origin": TRUSTED}))
        assert not cors_headers(client.get("/api/none", headers={"Origin": PARTNER}))


def test_the_preflight_knows_it(client: FlaskClient) -> None:
    granted = cors_headers(preflight(client, PATH, origin=PARTNER, method="POST"))

    assert granted["Access-Control-Allow-Methods"] == "GET, POST"
    assert granted["Access-Control-Max-Age"] == "60"
    assert not cors_headers(preflight(client, PATH, origin=TRUSTED, method="POST"))


def test_the_guard_knows_it(client: FlaskClient) -> None:
    assert client.post(PATH, headers={"Origin": PARTNER}).status_code == 200
    refused = client.post(PATH, headers={"Origin": TRUSTED})

    assert refused.status_code == 403
    assert refused.get_json()["detail"].endswith("add its origin to cross_origin on 'reports'.")


@pytest.mark.parametrize(
    ("path", "method"), [(PATH, "DELETE"), (PATH + "/", "GET"), ("/api//reports/7", "GET")]
)
def test_its_errors_and_redirects_follow_it(client: FlaskClient, path: str, method: str) -> None:
    assert cors_headers(preflight(client, path, origin=PARTNER, method=method))
    assert not cors_headers(preflight(client, path, origin=TRUSTED, method=method))
    response = client.open(path, method=method, headers={"Origin": PARTNER})
    assert response.status_code in (308, 404, 405)
    assert cors_headers(response)


def test_what_it_leaves_open_its_row_answers() -> None:
    client = app_of(allow_headers=["If-Match"]).test_client()
    granted = cors_headers(preflight(client, PATH))

    assert granted["Access-Control-Allow-Origin"] == TRUSTED
    assert granted["Access-Control-Allow-Headers"] == "If-Match"
    assert granted["Access-Control-Max-Age"] == "7200"


def test_it_may_be_open_to_everybody() -> None:
    client = app_of(origins="*").test_client()

    assert cors_headers(client.get(PATH))["Access-Control-Allow-Origin"] == "*"
    assert client.post(PATH, headers={"Origin": EVIL}).status_code == 200
    assert not cors_headers(client.get("/api/none"))


@pytest.mark.parametrize("above", [False, True], ids=["below the route", "above the route"])
def test_the_order_of_decorators_does_not_matter(above: bool) -> None:
    app = app_with()
    mark, route = cors.cross_origin(origins=PARTNER), app.get("/api/x")

    def view() -> str:
        return "x"

    mark(route(view)) if above else route(mark(view))

    assert cors_headers(app.test_client().get("/api/x", headers={"Origin": PARTNER}))


def test_a_class_says_it_for_all_its_methods() -> None:
    class Reports(MethodView):
        decorators = [cors.cross_origin(origins=PARTNER)]

        def get(self) -> str:
            return "x"

    app = app_with()
    app.add_url_rule("/api/reports", view_func=Reports.as_view("reports"))
    cors.check_views(app)

    assert cors_headers(app.test_client().get("/api/reports", headers={"Origin": PARTNER}))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (
            {"origins": "https://partner.example.org/"},
            "origins: 'https://partner.example.org/' has a path; "
            "write 'https://partner.example.org'",
        ),
        (
            {"origins": r"https://.*\.example\.org"},
            r"origins: 'https://.*\\.example\\.org' is a regular expression; write each origin, "
            "or 'https://*.' and a domain of your own",
        ),
        (
            {"origins": "*", "supports_credentials": True},
            "supports_credentials: True cannot go with the origins '*'; list the origins",
        ),
        (
            {"supports_credentials": "false"},
            "supports_credentials: 'false' is no boolean; write True or False",
        ),
        (
            {"methods": ["get"]},
            "methods: 'get' is not in upper case; methods are exact, write 'GET'",
        ),
        (
            {"methods": ""},
            "methods: '' is empty; write names separated by commas",
        ),
        (
            {"allow_headers": "*"},
            "allow_headers: '*' is a wildcard; write each header by its name",
        ),
        ({"max_age": -1}, "max_age: -1 is out of range; write 0 to 86400 seconds"),
        (
            {"origin": PARTNER},
            "'origin' is no option here; write origins, methods, allow_headers, expose_headers, "
            "supports_credentials, max_age",
        ),
    ],
)
def test_what_is_wrong_stops_the_start(options: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        app_of(**options)

    separator = ": " if problem.startswith("'") else " "
    assert error.value.problems == (f"cross_origin on 'reports'{separator}{problem}",)


@pytest.mark.parametrize(
    ("row", "route", "starts"),
    [
        pytest.param("/api/v1/reports-public/*", "/api/v1/reports", True, id="a longer name"),
        pytest.param("/api/v1/reports/open/*", "/api/v1/reports", True, id="below the route"),
        pytest.param("/api/v1/reports/open/*", "/api/v1/reports/<name>", False, id="a value"),
        pytest.param("/api/v1/*", "/api/v1/reports", False, id="above the route"),
    ],
)
def test_only_rows_of_its_route_count(row: str, route: str, starts: bool) -> None:
    app = app_with(LISTED, Row(row, origins="*"))
    view = cors.cross_origin(supports_credentials=True)(lambda name="": name)
    app.add_url_rule(route, "reports", view)

    if starts:
        cors.check_views(app)
        return
    with pytest.raises(ConfigurationError, match="supports_credentials: True cannot go with"):
        cors.check_views(app)


def test_a_row_that_a_more_specific_one_replaces_does_not_count() -> None:
    app = app_with(Row("/api/*", origins="*"), Row("/api/reports/*", origins=PARTNER))
    view = cors.cross_origin(supports_credentials=True)(lambda: "x")
    app.add_url_rule("/api/reports", "reports", view)
    cors.check_views(app)

    granted = cors_headers(app.test_client().get("/api/reports", headers={"Origin": PARTNER}))
    assert granted["Access-Control-Allow-Credentials"] == "true"


def test_a_route_outside_the_area_cannot_have_it() -> None:
    app = app_with()
    app.add_url_rule("/x", "x", cors.cross_origin()(lambda: "x"))

    with pytest.raises(ConfigurationError, match="'/x' is outside /api"):
        cors.check_views(app)


def test_flask_cors_own_decorator_is_refused_with_the_import_to_use_instead() -> None:
    app = app_with()
    app.add_url_rule("/api/x", "x", flask_cors.cross_origin()(lambda: "x"))

    with pytest.raises(ConfigurationError) as error:
        cors.check_views(app)
    assert error.value.problems == (
        "cross_origin on 'x': is Flask-CORS's own, which neither the preflight nor the guard "
        f"knows; write 'from {cors.__name__} import cross_origin'",
    )


def test_on_a_method_of_a_class_it_is_refused() -> None:
    class Reports(MethodView):
        @cors.cross_origin()
        def get(self) -> str:
            return "x"

    app = app_with()
    app.add_url_rule("/api/reports", view_func=Reports.as_view("reports"))

    with pytest.raises(ConfigurationError, match="stands on a class or a method of it"):
        cors.check_views(app)


def test_around_a_class_it_is_refused() -> None:
    @cors.cross_origin(origins="none")
    class Reports(MethodView):
        def get(self) -> str:
            return "x"

    app = app_with()
    app.add_url_rule("/api/reports", view_func=Reports.as_view("reports"))

    with pytest.raises(ConfigurationError, match="stands on a class or a method of it"):
        cors.check_views(app)


def hiding(view: Callable[..., Any]) -> Callable[[], Any]:
    def wrapper() -> Any:
        return view()

    return wrapper


def hiding_by_default(view: Callable[[], str]) -> Callable[[], str]:
    def wrapper(view: Callable[[], str] = view) -> str:
        return view()

    return wrapper


def handing_on(view: Callable[[], str]) -> Callable[[], str]:
    return wraps(view)(lambda: view())


class Hiding:
    def __init__(self, view: Callable[[], str]) -> None:
        self.view = view

    def __call__(self) -> str:
        return self.view()


def method(decorator: Any, name: str = "say") -> Any:
    """Return an object with a decorated method."""
    return type("Object", (), {name: decorator(lambda self: "x")})()


HIDDEN: dict[str, Callable[[Any], Any]] = {
    "a decorator": lambda decorator: hiding(decorator(lambda: "x")),
    "two decorators": lambda decorator: hiding(hiding(decorator(lambda: "x"))),
    "a decorator with a default": lambda decorator: hiding_by_default(decorator(lambda: "x")),
    "a decorator that is a class": lambda decorator: Hiding(decorator(lambda: "x")),
    "a decorator over a bound method": lambda decorator: hiding(method(decorator).say),
    "a decorator over an object": lambda decorator: hiding(method(decorator, "__call__")),
    "a partial": lambda decorator: partial(decorator(lambda _: "x"), 1),
    "a partial of a decorator": lambda decorator: partial(hiding(decorator(lambda: "x"))),
    "a decorator over a partial": lambda decorator: hiding(partial(decorator(lambda _: "x"), 1)),
    "a partial that calls it": lambda decorator: partial(lambda it: it(), decorator(lambda: "x")),
    "an object": lambda decorator: method(decorator, "__call__"),
    "a partial of a bound method": lambda decorator: partial(method(decorator).say),
}


@pytest.mark.parametrize(
    ("decorator", "reason"),
    [
        pytest.param(cors.cross_origin(origins="none"), "is hidden by a decorator", id="ours"),
        pytest.param(flask_cors.cross_origin(), "is Flask-CORS's own", id="Flask-CORS's"),
    ],
)
@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN.keys())
def test_below_what_hides_it_it_is_refused(
    hide: Callable[[Any], Any], decorator: Any, reason: str
) -> None:
    app = app_with()
    app.add_url_rule("/api/x", "x", hide(decorator))

    with pytest.raises(ConfigurationError, match=reason):
        cors.check_views(app)


@pytest.mark.parametrize("hide", HIDDEN.values(), ids=HIDDEN.keys())
def test_around_what_would_hide_it_it_counts(hide: Callable[[Any], Any]) -> None:
    app = app_with()
    view = cors.cross_origin(origins=PARTNER)(hide(lambda view: view))
    app.add_url_rule("/api/x", "x", view)
    cors.check_views(app)

    assert cors_headers(app.test_client().get("/api/x", headers={"Origin": PARTNER}))


@pytest.mark.parametrize(
    "view",
    [
        pytest.param(method(cors.cross_origin(origins=PARTNER)).say, id="a bound method"),
        pytest.param(handing_on(cors.cross_origin(origins=PARTNER)(lambda: "x")), id="wraps"),
        pytest.param(cache(cors.cross_origin(origins=PARTNER)(lambda: "x")), id="a cache"),
    ],
)
def test_what_hands_it_on_does_not_hide_it(view: Any) -> None:
    app = app_with()
    app.add_url_rule("/api/x", "x", view)
    cors.check_views(app)

    assert cors_headers(app.test_client().get("/api/x", headers={"Origin": PARTNER}))


def test_below_a_cache_flask_cors_own_decorator_is_refused() -> None:
    app = app_with()
    app.add_url_rule("/api/x", "x", cache(flask_cors.cross_origin()(lambda: "x")))

    with pytest.raises(ConfigurationError, match="is Flask-CORS's own"):
        cors.check_views(app)


def test_on_a_method_of_a_class_behind_a_decorator_it_is_refused() -> None:
    class Reports(MethodView):
        @cors.cross_origin()
        def get(self) -> str:
            return "x"

    app = app_with()
    app.add_url_rule("/api/reports", "reports", hiding(Reports.as_view("reports")))

    with pytest.raises(ConfigurationError, match="stands on a class or a method of it"):
        cors.check_views(app)


def test_what_a_view_remembers_and_does_not_wrap_is_left_alone() -> None:
    class Anything:
        def __getattr__(self, name: str) -> "Anything":
            return Anything()

        def __call__(self) -> str:
            return "x"

    app, other, anything = app_with(), app_with(), Anything()
    other.add_url_rule("/x", "x", flask_cors.cross_origin()(lambda: "x"))

    @app.get("/api/x")
    def view() -> str:
        return f"{other.name} {request.path} {anything()}"

    cors.check_views(app)


def test_where_two_views_share_a_path_a_method_of_neither_is_left_to_the_row() -> None:
    app = app_with()
    app.add_url_rule("/api/x", "read", cors.cross_origin(origins=PARTNER)(lambda: "x"))
    app.add_url_rule("/api/x", "write", lambda: "x", methods=["POST"])
    client = app.test_client()

    assert not cors_headers(preflight(client, "/api/x", origin=PARTNER, method="DELETE"))
    assert cors_headers(preflight(client, "/api/x", method="DELETE"))


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Connection": "Upgrade", "Upgrade": "websocket"}, id="a socket"),
        pytest.param({"Host": "a..b"}, id="a host that is none"),
    ],
)
def test_what_the_router_refuses_is_answered_like_any_error(headers: dict[str, str]) -> None:
    client = app_of().test_client()

    for path in (PATH, "/api/none"):
        response = client.get(path, headers=headers | {"Origin": TRUSTED})
        assert 400 <= response.status_code < 500
        assert cors_headers(response)["Access-Control-Allow-Origin"] == TRUSTED
        assert response.headers["Vary"] == "Origin"


def test_a_view_that_comes_after_the_start_is_honoured_and_fails_closed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    app = app_with(LISTED, Row("/api/open/*", origins="*"))
    app.add_url_rule("/api/open/late", "late", cors.cross_origin(origins=PARTNER)(lambda: "x"))
    app.add_url_rule("/api/open/bad", "bad", cors.cross_origin(origins="nonsense")(lambda: "x"))
    client = app.test_client()

    assert not cors_headers(client.get("/api/open/late", headers={"Origin": EVIL}))
    assert cors_headers(client.get("/api/open/late", headers={"Origin": PARTNER}))
    bad = client.get("/api/open/bad", headers={"Origin": EVIL})
    assert (bad.status_code, cors_headers(bad)) == (200, {})
    assert "cross_origin on 'bad' origins: 'nonsense' has no scheme" in caplog.text


def test_a_method_that_neither_of_two_views_has_is_left_to_the_row() -> None:
    app = app_with()
    methods = ("GET", "POST", "PUT", "PATCH")
    for number, method in enumerate(methods):  # which of them came first changed with the process
        view = cors.cross_origin(origins="*")(lambda: "x")
        app.add_url_rule("/api/many", f"open-{number}", view, methods=[method])
    app.add_url_rule("/api/many", "closed", lambda: "x", methods=["DELETE"])
    client = app.test_client()

    assert cors_headers(preflight(client, "/api/many", origin=EVIL, method="PROPFIND")) == {}
    assert cors_headers(preflight(client, "/api/many", origin=EVIL, method="DELETE")) == {}
    assert cors_headers(preflight(client, "/api/many", origin=EVIL, method="PATCH"))
