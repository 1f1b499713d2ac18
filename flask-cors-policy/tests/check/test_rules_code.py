import json
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import flask_cors
import flask_restx  # type: ignore[import-untyped]
import flask_smorest  # type: ignore[import-untyped]
import pytest
from flask import Blueprint, Flask, Response, request
from flask.views import MethodView
from flask_sock import Sock  # type: ignore[import-untyped]
from flask_socketio import SocketIO  # type: ignore[import-untyped]
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from check.cases import Case, found
from flask_cors_policy import CORS
from helpers import ENVIRON, LISTED, PARTNER, TRUSTED, app_with

NAME = "Access-Control-Allow-Origin"
REPLACED = (
    "which the policy replaces; take it out and write a row, or cross_origin(...) on the view"
)
FORCED = (
    "calls get_json(force=True), which reads bodies that any page can send without a preflight; "
    "write get_json()"
)
SUBJECT = "SocketIO cors_allowed_origins"
OPEN_SOCKET = "accepts connections from every page"
LIST = "list the origins of your pages"


def literal() -> Response:
    response = Response()
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def constant() -> tuple[str, dict[str, str]]:
    return "x", {NAME: "*"}


def attribute() -> Response:
    response = Response()
    response.access_control_allow_origin = "*"
    return response


def helped() -> Response:
    return literal()


def reader() -> str:
    """Access-Control-Allow-Origin is read here."""
    asked = request.headers.get("Access-Control-Request-Method")
    return str("Access-Control-Allow-Origin" in request.headers or asked)


def after(response: Response) -> Response:
    response.headers.add("access-control-allow-credentials", "true")
    return response


def forced() -> Any:
    return request.get_json(force=True)


def forced_by_position() -> Any:
    return request.get_json(True)


def lenient() -> Any:
    return request.get_json(silent=True, force=False)


def calls_forced() -> Any:
    return {"body": forced()}


def logged(view: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(view)
    def inner(*args: Any) -> Any:
        return view(*args)

    return inner


def carelessly_logged(view: Callable[..., Any]) -> Callable[..., Any]:
    def inner(*args: Any) -> Any:
        return view(*args)

    return inner


class Class(MethodView):
    def post(self) -> Any:
        return forced()


def problem(_: Exception) -> tuple[dict[str, str], int, dict[str, str]]:
    return {"title": "x"}, 500, {"Content-Type": "application/problem+json"}


def viewed(view: Callable[..., Any], path: str = "/api/own", **options: Any) -> Flask:
    def register(app: Flask) -> None:
        app.add_url_rule(path, "own", view, **{"methods": ["POST"], **options})

    return app_with(views=register)


def route(path: str, **options: Any) -> Flask:
    return viewed(lambda: "x", path, methods=["GET"], **options)


def with_blueprint(*, cors: bool) -> Flask:
    blueprint = Blueprint("shop", "shop", url_prefix="/api/shop")
    blueprint.add_url_rule("", "list", dict)
    if cors:
        flask_cors.CORS(blueprint)
    else:
        blueprint.after_request(after)
    return app_with(views=lambda app: app.register_blueprint(blueprint))


def with_flask_cors() -> Flask:
    app = app_with()
    flask_cors.CORS(app, intercept_exceptions=False)
    return app


def wrapped(*wrappers: Callable[[Any], Any]) -> Flask:
    app = app_with()
    for wrap in wrappers:
        app.wsgi_app = wrap(app.wsgi_app)  # type: ignore[method-assign]
    return app


def in_a_closure(application: Any) -> Any:
    def middleware(environ: Any, start_response: Any) -> Any:
        return application(environ, start_response)

    return middleware


class Slotted:
    __slots__ = ("application",)

    def __init__(self, application: Any) -> None:
        self.application = application

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.application(environ, start_response)


def bound(application: Any) -> Any:
    return Slotted(application).__call__


def under_a_path(application: Any) -> Any:
    return DispatcherMiddleware(elsewhere(None), {"/shop": application})


def elsewhere(_: Any) -> Any:
    return lambda environ, start_response: []  # noqa: ARG005


def mounted(application: Any) -> Any:
    return DispatcherMiddleware(application, {"/metrics": elsewhere(None)})


def mounted_with_a_policy(application: Any) -> Any:
    return DispatcherMiddleware(application, {"/other": app_with(), "/more": app_with().wsgi_app})


def mounted_first() -> Flask:
    def mount(app: Flask) -> None:
        app.wsgi_app = mounted(app.wsgi_app)  # type: ignore[method-assign]

    return app_with(views=mount)


def proxied_first() -> Flask:
    def add(app: Flask) -> None:
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]

    return app_with(views=add)


def socketio(
    row: dict[str, Any] | None = None, *, first: bool, origins: object = "*", **options: Any
) -> Flask:
    """Build an application with SocketIO, which is behind the policy if it comes `first`."""

    def add(app: Flask) -> None:
        SocketIO(app, cors_allowed_origins=origins, async_mode="threading", **options)

    resources = {"/api/*": LISTED} | ({"/socket.io/*": row} if row else {})
    app = app_with(resources, views=add if first else None)
    if not first:
        add(app)
    return app


def wrapped_sockets(*several: object) -> Flask:
    """Build an application behind one SocketIO after another."""

    def add(app: Flask) -> None:
        app.config["TRUSTED_HOSTS"] = ["api.example.com"]
        for origins in several:
            SocketIO(app, cors_allowed_origins=origins, async_mode="threading")

    return app_with(views=add)


def sock(row: dict[str, Any]) -> Flask:
    def register(app: Flask) -> None:
        Sock(app).route("/api/live")(lambda ws: ws.close())

    return app_with({"/api/*": LISTED, "/api/live/*": row}, views=register)


def with_handlers(add: Callable[[Flask], object], *, again: bool = False) -> Flask:
    def register(app: Flask) -> None:
        app.config |= {"API_TITLE": "x", "API_VERSION": "1", "OPENAPI_VERSION": "3.1.0"}
        app.register_error_handler(HTTPException, problem)
        app.register_error_handler(Exception, problem)
        add(app)
        if again:
            app.register_error_handler(HTTPException, problem)

    return app_with(views=register)


def restx(app: Flask) -> flask_restx.Api:
    api = flask_restx.Api(app, doc=False)

    @api.route("/api/restx")
    class Failing(flask_restx.Resource):  # type: ignore[misc]
        def get(self) -> None:
            flask_restx.abort(404)

    return api


def restx_at_a_prefix() -> Flask:
    app = Flask("example", static_folder=None)
    blueprint = Blueprint("v1", __name__, url_prefix="/api")
    api = flask_restx.Api(blueprint)

    @api.route("/own/")
    class Own(flask_restx.Resource):  # type: ignore[misc]
        def get(self) -> str:
            return "x"

    app.register_blueprint(blueprint)
    CORS(resources={"/api/*": LISTED}).init_app(app, ENVIRON)
    return app


def restx_taken_off(app: Flask) -> None:
    restx(app)
    del app.handle_exception, app.handle_user_exception


CASES = [
    Case(
        "route with a slash at its end",
        "CORS011",
        lambda: app_with(),
        "route '/api/slash/': sends those who ask for '/api/slash' away with 308, which costs "
        "them another preflight and, behind a proxy, may lead to http; write '/api/slash', or "
        "strict_slashes=False",
    ),
    Case(
        "route that only redirects",
        "CORS011",
        lambda: route("/api/old", redirect_to="https://other.example", strict_slashes=False),
        "route '/api/old': redirects, and after a redirect to another origin a page has the "
        "origin 'null'; answer at the address itself",
        "route '/api/slash/': sends those who ask for '/api/slash' away with 308, which costs "
        "them another preflight and, behind a proxy, may lead to http; write '/api/slash', or "
        "strict_slashes=False",
    ),
    Case(
        "routes that do not redirect, and one outside the rows",
        "CORS011",
        lambda: without_slashes("/api/more/", "/pages/"),
    ),
    Case(
        "root of Flask-RESTX, and a class of the owner's below it",
        "CORS011",
        restx_at_a_prefix,
        "route '/api/own/': sends those who ask for '/api/own' away with 308, which costs them "
        "another preflight and, behind a proxy, may lead to http; write '/api/own', or "
        "strict_slashes=False",
    ),
    *(
        Case(
            f"header {name}",
            "CORS012",
            partial(viewed, view),
            f"FILE: {where} sets Access-Control-Allow-Origin, {REPLACED}",
        )
        for name, view, where in (
            ("by its name", literal, "literal"),
            ("by a constant", constant, "constant"),
            ("by an attribute", attribute, "attribute"),
            ("in a function that the view calls", helped, "literal"),
            ("with some arguments given", partial(literal), "literal"),
        )
    ),
    Case(
        "header by a blueprint",
        "CORS012",
        lambda: with_blueprint(cors=False),
        f"FILE: after sets Access-Control-Allow-Credentials, {REPLACED}",
    ),
    Case("header that is read", "CORS012", lambda: viewed(reader)),
    Case("no header", "CORS012", app_with),
    Case(
        "Flask-CORS on the application",
        "CORS013",
        with_flask_cors,
        "flask_cors.CORS(app): has no effect, as the policy replaces its "
        "headers; take it out and write a row for its paths",
    ),
    Case(
        "Flask-CORS on a blueprint",
        "CORS013",
        lambda: with_blueprint(cors=True),
        "flask_cors.CORS(blueprint 'shop'): has no effect, as the policy replaces its "
        "headers; take it out and write a row for its paths",
    ),
    Case("no Flask-CORS", "CORS013", app_with),
    *(
        Case(
            f"body of any type: {name}",
            "CORS014",
            partial(viewed, view),
            f"FILE: {where} {FORCED}",
        )
        for name, view, where in (
            ("by name", forced, "forced"),
            ("by position", forced_by_position, "forced_by_position"),
            ("in a function that the view calls", calls_forced, "forced"),
            ("behind a decorator", logged(forced), "forced"),
            ("behind a careless decorator", carelessly_logged(forced), "forced"),
            ("in a class", Class.as_view("own"), "forced"),
        )
    ),
    Case("body of JSON alone", "CORS014", lambda: viewed(lenient)),
    Case(
        "middleware that forgets what it wraps",
        "CORS021",
        lambda: wrapped(elsewhere),
        "app.wsgi_app: does not lead to the policy, so nothing is guarded and no header is "
        "sent; wrap what is there, 'app.wsgi_app = Middleware(app.wsgi_app)'",
    ),
    Case(
        "middleware of all forms",
        "CORS021",
        lambda: wrapped(ProxyFix, in_a_closure, Slotted, mounted, under_a_path, bound, partial),
    ),
    *(
        Case(
            f"SocketIO for every page, {name}",
            "CORS022",
            partial(socketio, first=first, origins=origins),
            f"SocketIO cors_allowed_origins: {OPEN_SOCKET}, {reach}; {LIST}",
        )
        for name, first, origins, reach in (
            ("inside the policy", True, "*", "beside the policy"),
            ("outside of the policy", False, "*", "before the policy is asked"),
            ("in a list", False, ["*"], "before the policy is asked"),
            ("with its check switched off", False, [], "before the policy is asked"),
        )
    ),
    Case("SocketIO for its own pages", "CORS022", lambda: socketio(first=False, origins=None)),
    Case(
        "SocketIO for a list",
        "CORS022",
        lambda: socketio(first=False, origins=["https://app.example.com"]),
    ),
    Case(
        "WebSocket under a public row",
        "CORS022",
        lambda: sock({"origins": "*"}),
        "WebSocket '/api/live': is open to every page, as its row '/api/live/*' is; give it a "
        "row of its own that lists origins",
    ),
    Case("WebSocket under a row that lists origins", "CORS022", lambda: sock(LISTED)),
    Case(
        "SocketIO behind the policy, without a row",
        "CORS032",
        lambda: socketio(first=True, origins=[TRUSTED, PARTNER]),
        f"{SUBJECT}: lists {TRUSTED}, {PARTNER}, and no row covers '/socket.io', so the policy "
        f"refuses connections; add '/socket.io/*': {{'origins': {[TRUSTED, PARTNER]!r}}} to "
        "resources",
    ),
    Case(
        "SocketIO with an origin that is text, and a path of its own",
        "CORS032",
        lambda: socketio(first=True, origins=TRUSTED, path="/live/"),
        f"{SUBJECT}: lists {TRUSTED}, and no row covers '/live', so the policy refuses "
        f"connections; add '/live/*': {{'origins': {[TRUSTED]!r}}} to resources",
    ),
    Case(
        "SocketIO with an origin that its row does not trust",
        "CORS032",
        lambda: socketio(LISTED, first=True, origins=[TRUSTED, PARTNER]),
        f"{SUBJECT}: lists {PARTNER}, which the row /socket.io/* does not trust; add {PARTNER} to "
        "CORS_ORIGINS, or take it out here",
    ),
    Case(
        "SocketIO with a row for reading",
        "CORS032",
        lambda: socketio(LISTED | {"for_methods": "GET"}, first=True, origins=[TRUSTED]),
        f"{SUBJECT}: lists {TRUSTED}, and no row covers POST of '/socket.io', which polling needs; "
        "add {'origins': ..., 'for_methods': ['POST']} to resources['/socket.io/*'], which may be "
        "a list of rows",
    ),
    Case(
        "SocketIO with a row that does not list POST",
        "CORS032",
        lambda: socketio(LISTED | {"methods": "GET"}, first=True, origins=[TRUSTED]),
        f"{SUBJECT}: lists {TRUSTED}, and the row /socket.io/* does not list POST, which polling "
        "needs; write 'methods': ('GET', 'POST') in resources['/socket.io/*']",
    ),
    Case(
        "SocketIO whose row trusts its origins",
        "CORS032",
        lambda: socketio(LISTED, first=True, origins=[TRUSTED]),
    ),
    Case(
        "SocketIO for the own pages, a function and what no page sends",
        "CORS032",
        lambda: wrapped_sockets(None, ["https://api.example.com"], print, ["api.example.com/"]),
    ),
    Case(
        "SocketIO in front of the policy, which is not asked",
        "CORS032",
        lambda: socketio(first=False, origins=[PARTNER]),
    ),
    Case(
        "mount beside the policy",
        "CORS023",
        lambda: wrapped(mounted, ProxyFix),
        "mount '/metrics': is reached past the policy, so nothing guards its writes; mount it "
        "before CORS.init_app(app), so that the policy is around it",
    ),
    Case("mount behind the policy", "CORS023", mounted_first),
    Case(
        "ProxyFix behind the policy",
        "CORS031",
        proxied_first,
        "ProxyFix: stands behind the policy, which so knows neither scheme nor host of the "
        "client; write app.wsgi_app = ProxyFix(app.wsgi_app, ...) after CORS(...)",
    ),
    Case("ProxyFix in front of the policy", "CORS031", lambda: wrapped(ProxyFix)),
    Case("mount with a policy of its own", "CORS023", lambda: wrapped(mounted_with_a_policy)),
    Case(
        "error handler of flask-smorest",
        "CORS027",
        lambda: with_handlers(flask_smorest.Api),
        "error handler for HTTPException: is that of flask_smorest.error_handler, and the "
        "application has handlers of its own; register yours for HTTPException after "
        "flask_smorest",
    ),
    Case(
        "own error handler after flask-smorest",
        "CORS027",
        lambda: with_handlers(flask_smorest.Api, again=True),
    ),
    Case(
        "error router of Flask-RESTX",
        "CORS027",
        lambda: with_handlers(restx),
        "app.handle_exception: is that of flask_restx, which answers errors of its routes in a "
        "form of its own; write del app.handle_exception, del app.handle_user_exception after "
        "flask_restx",
    ),
    Case("error router that was taken off", "CORS027", lambda: with_handlers(restx_taken_off)),
    Case("extension without own handlers beside it", "CORS027", lambda: app_with(views=restx)),
]


def without_slashes(*paths: str) -> Flask:
    app = Flask("example", static_folder=None)
    app.add_url_rule("/api/plain", "plain", dict)
    app.add_url_rule(paths[0], "lenient", dict, strict_slashes=False)
    app.add_url_rule(paths[1], "outside", dict)
    CORS(resources={"/api/*": LISTED}).init_app(app, ENVIRON)
    return app


@pytest.mark.parametrize("case", [pytest.param(one, id=f"{one.id} {one.name}") for one in CASES])
def test_what_stands_beside_the_policy(case: Case) -> None:
    assert found(case.app(), case.id) == case.found


def test_fix_for_flask_restx_gives_errors_one_form() -> None:
    def content_type(add: Callable[[Flask], object]) -> str:
        client = with_handlers(add).test_client()
        return client.get("/api/restx").headers["Content-Type"]

    assert content_type(restx) == "application/json"
    assert content_type(restx_taken_off) == "application/problem+json"


def test_fix_for_a_mount_guards_its_writes() -> None:
    def status(app: Flask) -> int:
        client = app.test_client()
        return client.post("/metrics", headers={"Sec-Fetch-Site": "cross-site"}).status_code

    def accepting(application: Any) -> Any:
        return DispatcherMiddleware(application, {"/metrics": Flask("mounted")})

    def mount(app: Flask) -> None:
        app.wsgi_app = accepting(app.wsgi_app)  # type: ignore[method-assign]

    assert (status(wrapped(accepting)), status(app_with(views=mount))) == (404, 403)


@pytest.mark.parametrize(("row", "status"), [(None, 403), (LISTED, 200)])
def test_fix_for_sockets_lets_pages_connect(row: dict[str, Any] | None, status: int) -> None:
    client = socketio(row, first=True, origins=[TRUSTED]).test_client()
    headers = {"Origin": TRUSTED, "Sec-Fetch-Site": "cross-site"}
    address = "/socket.io/?EIO=4&transport=polling"
    opened = client.get(address, headers=headers)
    session = json.loads(opened.text[1:])["sid"]
    posted = client.post(f"{address}&sid={session}", headers=headers, data="40")

    assert opened.headers.get("Access-Control-Allow-Origin") == (TRUSTED if row else None)
    assert posted.status_code == status


def test_code_that_cannot_be_read_is_passed_over() -> None:
    names: dict[str, Any] = {"request": request}
    exec("def made(): return request.get_json(force=True)", names)

    assert found(viewed(names["made"]), "CORS014") == ()
