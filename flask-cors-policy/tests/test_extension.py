"""Installing the policy: once, in any factory, under middleware, beside other extensions."""

import io
from collections.abc import Iterable
from typing import Any

import pytest
from flask import Blueprint, Flask, Response, request
from flask.testing import FlaskCliRunner
from flask.views import MethodView
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client, EnvironBuilder

import flask_cors_policy
from flask_cors_policy import CORS, ConfigurationError, Problem, cross_origin
from helpers import (
    ALLOW_ORIGIN,
    BOOKS,
    ENVIRON,
    EVIL,
    LISTED,
    METHODS,
    TRUSTED,
    allowed,
    app_with,
    preflight,
    problems_of,
)


def test_public_names() -> None:
    assert set(flask_cors_policy.__all__) == {
        *(
            "CORS",
            "ConfigurationError",
            "Policy",
            "Problem",
            "Resources",
            "Variable",
            "cross_origin",
        )
    }
    assert flask_cors_policy.__version__


def test_problem_is_a_line_with_parts() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        CORS(resources={"/api/*": LISTED}).resolve({"CORS_ORIGINS": f"{TRUSTED}/"})
    (problem,) = refusal.value.problems
    assert isinstance(problem, Problem)
    assert problem == f"CORS_ORIGINS: '{TRUSTED}/' has a path; write '{TRUSTED}'"
    assert (problem.subject, problem.value) == ("CORS_ORIGINS", f"'{TRUSTED}/'")
    assert (problem.reason, problem.fix) == ("has a path", f"write '{TRUSTED}'")


def test_one_extension_serves_several_applications() -> None:
    cors = CORS(resources={"/api/*": LISTED})
    apps = [Flask("one"), Flask("two")]
    for app, origin in zip(apps, (TRUSTED, EVIL), strict=True):
        cors.init_app(app, {"CORS_ORIGINS": origin})
    for app, origin in zip(apps, (TRUSTED, EVIL), strict=True):
        for asking in (TRUSTED, EVIL):
            response = app.test_client().get("/api/x", headers={"Origin": asking})
            assert allowed(response) == (asking if asking == origin else None)


def test_policy_that_was_resolved_before_is_installed_as_it_is() -> None:
    cors = CORS(resources={"/api/*": LISTED})
    policy = cors.resolve({"CORS_ORIGINS": EVIL})
    app = Flask("example")
    cors.init_app(app, {"CORS_ORIGINS": "nonsense"}, policy=policy)
    assert allowed(app.test_client().get("/api", headers={"Origin": EVIL})) == EVIL


# What it is: the prefix of the blueprint, and what to write.
BLUEPRINTS = {
    "a plain prefix": ("/api", "write CORS(app, resources={'/api/*': ...})"),
    "a prefix of two segments": ("/api/v1", "write CORS(app, resources={'/api/v1/*': ...})"),
    "a slash at the end": ("/api/", "write CORS(app, resources={'/api/*': ...})"),
    "a variable": (
        "/<tenant>/users",
        "write CORS(app, resources=...), with rows for the paths of its views",
    ),
    "a slash alone": ("/", "write CORS(app, resources=...), with rows for the paths of its views"),
    "none, or that of register_blueprint": (
        None,
        "write CORS(app, resources=...), with rows for the paths of its views",
    ),
}


@pytest.mark.parametrize(("prefix", "fix"), BLUEPRINTS.values(), ids=BLUEPRINTS.keys())
def test_blueprint_is_refused(prefix: str | None, fix: str) -> None:
    with pytest.raises(ConfigurationError) as refusal:
        CORS(Blueprint("books", __name__, url_prefix=prefix))
    assert str(refusal.value) == (
        f"CORS: 'books' is a blueprint, whose 404 and 405 are answered outside of it; {fix}"
    )


def test_second_installation_is_refused() -> None:
    app = app_with()
    with pytest.raises(ConfigurationError) as refusal:
        CORS(app, resources={"/x/*": {"origins": "*"}})
    assert refusal.value.problems == (
        "CORS: is installed twice; keep one CORS(...), with the rows of both",
    )


def test_refused_installation_changes_nothing() -> None:
    app = Flask("example")
    before = app.wsgi_app
    with pytest.raises(ConfigurationError):
        CORS(resources={"/api/*": LISTED}).init_app(app, {})
    assert app.wsgi_app == before
    assert app.extensions == {}
    assert app.cli.commands == {}


def test_problems_of_table_views_and_configuration_come_together() -> None:
    def views(app: Flask) -> None:
        app.config["CORS_ORIGINS"] = "*"

    problems = problems_of(environ={"CORS_ORIGINS": "null", "CORS_MAX_AGE": "x"}, views=views)
    assert [problem.partition(":")[0] for problem in problems] == [
        "app.config['CORS_ORIGINS']",
        "CORS_MAX_AGE",
        "CORS_ORIGINS",
    ]


def test_problems_of_views_come_with_those_of_a_table_that_cannot_be_resolved() -> None:
    def views(app: Flask) -> None:
        app.add_url_rule("/api/own", "own", cross_origin(methods="get")(lambda: "x"))

    assert problems_of({"/api/*": {"origins": f"{TRUSTED}/"}}, views=views) == [
        f"resources['/api/*'] origins: '{TRUSTED}/' has a path; write '{TRUSTED}'",
        "cross_origin on 'own' methods: 'get' is not in upper case; methods are exact, write 'GET'",
    ]


def test_options_of_init_app_are_refused() -> None:
    """Flask-CORS's own takes them."""
    with pytest.raises(ConfigurationError) as refusal:
        CORS(max_age=60).init_app(Flask("x"), ENVIRON, origins="*", methods="GET")  # type: ignore[arg-type]
    fix = "write one CORS(app, origins=..., methods=...) in its place, with the options of both"
    assert [*refusal.value.problems] == [
        f"init_app: 'origins' is no argument of it; {fix}",
        f"init_app: 'methods' is no argument of it; {fix}",
    ]


def test_command_is_there_once(runner: FlaskCliRunner) -> None:
    result = runner.invoke(args=["--help"])
    assert result.output.count("  cors ") == 1
    assert runner.invoke(args=["cors", "--help"]).exit_code == 0


def test_nothing_is_stored_in_the_extension() -> None:
    cors = CORS(resources={"/api/*": LISTED})
    before = dict(vars(cors))
    cors.init_app(Flask("example"), ENVIRON)
    assert vars(cors) == before


# --- around it -------------------------------------------------------------------------------


def test_proxy_fix_outside_of_the_policy_decides_the_scheme() -> None:
    app = app_with()
    app.wsgi_app = ProxyFix(app.wsgi_app, x_proto=1, x_host=1)  # type: ignore[method-assign]
    client = app.test_client()
    behind = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "api.example.com"}
    for origin, status in (("https://api.example.com", 201), ("http://api.example.com", 403)):
        assert client.post(BOOKS, headers=behind | {"Origin": origin}).status_code == status


def test_mounted_application_has_its_rows_below_its_mount() -> None:
    mounted = DispatcherMiddleware(Flask("root"), {"/v2": app_with()})
    client = Client(mounted)
    assert (
        client.get(f"/v2{BOOKS}", headers={"Origin": TRUSTED}).headers.get(
            "Access-Control-Allow-Origin"
        )
        == TRUSTED
    )
    assert (
        "Access-Control-Allow-Origin" not in client.get(BOOKS, headers={"Origin": TRUSTED}).headers
    )


def test_wsgi_middleware_inside_of_the_policy_is_guarded_and_covered() -> None:
    app = Flask("example")
    reached: list[str] = []

    def middleware(environ: Any, start_response: Any) -> Iterable[bytes]:
        reached.append(environ["PATH_INFO"])
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        write(b"written ")
        return [b"returned"]

    app.wsgi_app = middleware  # type: ignore[method-assign]
    CORS(resources={"/api/*": LISTED}).init_app(app, ENVIRON)
    client = app.test_client()
    response = client.get("/api/x", headers={"Origin": TRUSTED})
    assert (response.data, allowed(response)) == (b"written returned", TRUSTED)
    assert client.post("/api/y", headers={"Origin": EVIL}).status_code == 403
    assert reached == ["/api/x"]


def test_wsgi_application_that_writes_is_not_held_back() -> None:
    """What goes through `write()` is sent at once, and its headers with it (PEP 3333)."""
    sent: list[bytes] = []
    seen: list[list[bytes]] = []

    def writing(_: Any, start_response: Any) -> Iterable[bytes]:
        write = start_response("200 OK", [("Content-Type", "text/plain")])
        for block in (b"one", b"two"):
            write(block)
            seen.append(list(sent))
        raise ZeroDivisionError

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        trusted = Headers(headers)[ALLOW_ORIGIN]
        sent.append(f"{status} {trusted}".encode())
        return sent.append

    app = Flask("example")
    app.wsgi_app = writing  # type: ignore[method-assign, assignment]
    CORS(resources={"/api/*": LISTED}).init_app(app, ENVIRON)
    environ = EnvironBuilder("/api/x", headers=[("Origin", TRUSTED)]).get_environ()
    with pytest.raises(ZeroDivisionError):  # too late for another response
        app.wsgi_app(environ, start_response)
    start = f"200 OK {TRUSTED}".encode()
    assert seen == [[start, b"one"], [start, b"one", b"two"]]


def test_wsgi_application_that_took_over_the_connection_ends_it_itself() -> None:
    """Behind gunicorn, Flask-Sock raises StopIteration once its WebSocket is closed."""

    def socket(_: Any, __: Any) -> Iterable[bytes]:
        raise StopIteration

    app = Flask("example")
    app.wsgi_app = socket  # type: ignore[method-assign, assignment]
    CORS(resources={"/api/*": LISTED}).init_app(app, ENVIRON)
    handshake = {"Connection": "Upgrade", "Upgrade": "websocket", "Origin": TRUSTED}
    with pytest.raises(StopIteration):
        app.test_client().get("/api/x", headers=handshake)


def test_wsgi_application_that_starts_late_is_covered() -> None:
    """A generator calls `start_response` when its first block is asked for (PEP 3333)."""

    def late(_: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"late"

    app = Flask("example")
    app.wsgi_app = late  # type: ignore[method-assign, assignment]
    CORS(resources={"/api/*": LISTED}).init_app(app, ENVIRON)
    response = app.test_client().get("/api/x", headers={"Origin": TRUSTED})
    assert (response.data, allowed(response)) == (b"late", TRUSTED)


def test_wsgi_application_that_starts_twice_is_an_error() -> None:
    """The second call has to say with `exc_info` that the first has failed (PEP 3333)."""

    def twice(_: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        start_response("204 NO CONTENT", [])
        return []

    app = Flask("example")
    app.wsgi_app = twice  # type: ignore[method-assign, assignment]
    CORS(resources={"/api/*": LISTED}).init_app(app, ENVIRON)
    with pytest.raises(AssertionError, match="a second time"):
        app.test_client().get("/api/x")
    response = app.test_client().get("/api/x", headers={"Origin": TRUSTED})
    assert (response.status_code, allowed(response)) == (500, TRUSTED)


def test_api_at_the_root() -> None:
    app = app_with({"/*": LISTED})
    client = app.test_client()
    for path in ("/", "/outside", "/none"):
        assert allowed(client.get(path, headers={"Origin": TRUSTED})) == TRUSTED
        assert client.post(path, headers={"Origin": EVIL}).status_code == 403
    assert preflight(client, "/none").status_code == 204


# --- beside it -------------------------------------------------------------------------------


def test_class_of_views_answers_each_method() -> None:
    class Items(MethodView):
        def get(self) -> str:
            return "read"

        def put(self) -> str:
            return "written"

    app = app_with(
        views=lambda app: app.add_url_rule("/api/items", view_func=Items.as_view("items"))
    )
    client = app.test_client()
    for method, body in (("GET", b"read"), ("PUT", b"written")):
        response = client.open("/api/items", method=method, headers={"Origin": TRUSTED})
        assert (response.data, allowed(response)) == (body, TRUSTED)
    response = client.post("/api/items", headers={"Origin": TRUSTED})
    assert (response.status_code, allowed(response)) == (405, TRUSTED)
    assert "PUT" in response.headers["Allow"]


class ErrorHandling:
    """Answers every error of a blueprint itself, as flask-smorest and Flask-RESTX do."""

    def __init__(self, app: Flask) -> None:
        app.register_error_handler(HTTPException, self.handle)
        app.handle_user_exception = self.fall_back  # type: ignore[method-assign, assignment]
        self._fallback = Flask.handle_user_exception
        self._app = app

    def handle(self, error: Exception) -> Response:
        response = Response(f"handled {error}", getattr(error, "code", 500))
        response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    def fall_back(self, error: Exception) -> Any:
        if isinstance(error, LookupError):
            return self.handle(error)
        return self._fallback(self._app, error)


def test_error_handlers_of_an_extension_keep_working() -> None:
    def fail() -> str:
        raise LookupError("lost")

    def views(app: Flask) -> None:
        bp = Blueprint("shop", __name__, url_prefix="/api/shop")
        bp.add_url_rule("/fail", view_func=fail)
        app.register_blueprint(bp)
        ErrorHandling(app)

    client = app_with(views=views).test_client()
    for path, status in (("/api/shop/fail", 500), ("/api/shop/none", 404)):
        for origin, expected in ((TRUSTED, TRUSTED), (EVIL, None)):
            response = client.get(path, headers={"Origin": origin})
            assert response.status_code == status
            assert response.data.startswith(b"handled ")
            assert allowed(response) == expected


def test_upload_and_form_from_a_trusted_page() -> None:
    def views(app: Flask) -> None:
        @app.post("/api/upload")
        def upload() -> dict[str, object]:
            return {
                "file": request.files["file"].read().decode(),
                "name": request.form["name"],
            }

    response = (
        app_with(views=views)
        .test_client()
        .post(
            "/api/upload",
            data={"file": (io.BytesIO(b"content"), "a.txt"), "name": "Ada"},
            headers={"Origin": TRUSTED},
        )
    )
    assert response.get_json() == {"file": "content", "name": "Ada"}
    assert allowed(response) == TRUSTED


def test_html_page_of_the_application_writes_to_its_own_api() -> None:
    client = app_with({"/api/*": {"origins": "none"}}).test_client()
    own = {"Origin": "https://api.example.com", "Sec-Fetch-Site": "same-origin"}
    for path in (BOOKS, "/outside"):
        assert client.post(path, base_url="https://api.example.com", headers=own).status_code == 201


def test_static_files_are_covered_like_any_route() -> None:
    app = Flask("example", static_folder="tests", static_url_path="/api/static")
    CORS(resources={"/api/*": LISTED}).init_app(app, ENVIRON)
    response = app.test_client().get("/api/static/none", headers={"Origin": TRUSTED})
    assert (response.status_code, allowed(response)) == (404, TRUSTED)


def test_session_of_an_own_page_is_untouched() -> None:
    def views(app: Flask) -> None:
        app.secret_key = "k" * 32

        @app.route("/api/session", methods=METHODS)
        def count() -> str:
            from flask import session

            session["count"] = session.get("count", 0) + 1
            return str(session["count"])

    client = app_with(views=views).test_client()
    own = {"Sec-Fetch-Site": "same-origin"}
    assert [client.post("/api/session", headers=own).data for _ in range(2)] == [b"1", b"2"]
    assert client.post("/api/session", headers={"Origin": TRUSTED}).data == b"1"
