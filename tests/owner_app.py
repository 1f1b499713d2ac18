"""A generated project with what its owner may add: served by `flask run` in the project's place.

Some routes are added to the project's own blueprint, the others after `create_app()`.
"""

import json
import os
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any, NoReturn

import flask_restx
import flask_smorest
from flask import Blueprint, Flask, Response, abort, request, session
from flask.views import MethodView
from flask_cors import CORS
from flask_cors_policy import cross_origin
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized
from werkzeug.middleware.dispatcher import DispatcherMiddleware

PACKAGE = os.environ["OWNER_PACKAGE"]
PARTNER = "https://partner.example.org"

calls: list[str] = []  # the methods of the requests that reached a view


def add_views_with_a_policy(bp: Blueprint) -> None:
    """Add views with a policy of their own below /api/v1/greetings."""

    @bp.route("/open", methods=["GET", "POST", "DELETE"])
    @cross_origin(origins="*")
    def open_to_all() -> str:
        calls.append(request.method)
        return "open"

    @bp.route("/partner", methods=["GET", "POST"])
    @cross_origin(origins=[PARTNER])
    def partner() -> str:
        calls.append(request.method)
        return "partner"

    @bp.route("/narrow/", methods=["GET", "PUT"])
    @cross_origin(
        methods=["PUT"],
        allow_headers=["X-A", "X-B"],
        expose_headers=["ETag"],
        max_age=timedelta(minutes=1),
        supports_credentials=False,
    )
    def narrow() -> str:
        return "narrow"

    @bp.get("/two")
    @cross_origin(origins="*", methods=["GET", "DELETE"])
    def read_two() -> str:
        return "read"

    @bp.post("/two")
    def change_two() -> str:
        return "changed"


def add_views(app: Flask) -> None:
    """Add views that count, take and return bodies of any type, fail, and set headers."""
    bp = Blueprint("extra", __name__, url_prefix="/api/extra")

    @bp.route("/calls", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def called() -> dict[str, int]:
        if request.method != "GET":
            calls.append(request.method)
        return {"calls": len(calls)}

    @bp.post("/upload")
    def upload() -> dict[str, Any]:
        sizes = {name: len(file.read()) for name, file in request.files.items()}
        return {"fields": request.form, "files": sizes}

    @bp.post("/raw")
    def raw() -> dict[str, Any]:
        return {"type": request.content_type, "body": request.get_data(as_text=True)}

    @bp.get("/events")
    def events() -> Response:
        def stream() -> Iterator[str]:
            for number in range(3):
                yield f"data: {number}\n\n"

        return Response(stream(), content_type="text/event-stream")

    @bp.get("/page")
    def page() -> str:
        return (
            "<!doctype html><title>Page</title><p id=text>before</p>"
            "<script>document.getElementById('text').textContent = 'after'</script>"
        )

    @bp.get("/image")
    def image() -> Response:
        drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"/>'
        return Response(drawing, content_type="image/svg+xml")

    @bp.get("/cookie")
    def cookie() -> Response:
        credentials = request.cookies.get("seen"), request.headers.get("Authorization")
        response = Response(json.dumps(credentials), content_type="application/json")
        response.set_cookie("seen", "before")
        return response

    @bp.get("/login")
    def log_in() -> str:
        session["user"] = "ada"
        return "welcome"

    @bp.get("/me")
    def me() -> str:
        return str(session.get("user", "nobody"))

    @bp.get("/crash")
    def crash() -> NoReturn:
        raise ZeroDivisionError("on purpose")

    @bp.get("/abort/<int:code>")
    def fail(code: int) -> NoReturn:
        abort(code)

    @bp.get("/slash/")
    def slash() -> str:
        return "slash"

    @bp.get("/limited")
    def limited() -> str:
        return "limited"

    @app.before_request
    def limit() -> None:
        if request.path == "/api/extra/limited":
            raise TooManyRequests(retry_after=60)

    app.register_blueprint(bp)
    app.add_url_rule("/api/extra/own-headers", view_func=own_headers)
    app.add_url_rule("/own-headers", endpoint="outside", view_func=own_headers)
    app.add_url_rule("/apiary", view_func=lambda: "bees", endpoint="apiary")
    app.add_url_rule("/hook", view_func=lambda: "hooked", endpoint="hook", methods=["POST"])
    app.add_url_rule("/api/class", view_func=Counter.as_view("class"))
    app.add_url_rule("/api/tenant", view_func=tenant, subdomain="<name>")


class Counter(MethodView):
    """A view of two methods."""

    def get(self) -> dict[str, str]:
        return {"method": "get"}

    def delete(self) -> dict[str, str]:
        return {"method": "delete"}


def tenant(name: str) -> dict[str, str]:
    """Answer on a subdomain of SERVER_NAME."""
    return {"tenant": name}


def own_headers() -> Response:
    """Answer with headers that only the policy may set."""
    response = Response("mine")
    response.headers.add("Access-Control-Allow-Origin", "*")
    response.headers.add("access-control-allow-origin", "https://evil.example")
    response.headers.add("Access-Control-Allow-Credentials", "true")
    response.headers.add("Access-Control-Allow-Private-Network", "true")
    response.headers.add("Access-Control-Expose-Headers", "X-Secret")
    response.headers.add("Access-Control-Max-Age", "1")
    response.headers.add("Vary", "Accept")
    response.headers.add("Vary", "Cookie")
    return response


def add_authentication(app: Flask) -> None:
    """Add two blueprints that let nobody in, one of them as early as Flask allows."""
    for name in ("before_request", "url_value_preprocessor"):
        bp = Blueprint(name, __name__, url_prefix=f"/api/{name}")
        getattr(bp, name)(refuse)
        bp.add_url_rule("/<number>", view_func=lambda number: str(number), endpoint="number")
        app.register_blueprint(bp)


def refuse(*_: object) -> NoReturn:
    raise Unauthorized(www_authenticate=WWWAuthenticate("bearer"))


def add_extensions(app: Flask) -> None:
    """Add two extensions; the error handlers of the first replace those of the application."""
    names = {"API_TITLE": "Smorest", "API_VERSION": "1", "OPENAPI_VERSION": "3.0.3"}
    app.config.from_mapping(names)
    smorest = flask_smorest.Api(app)
    bp = flask_smorest.Blueprint("smorest", __name__, url_prefix="/api/smorest")

    @bp.route("/things")
    class Things(MethodView):
        def get(self) -> None:
            flask_smorest.abort(404, message="no things")

        def put(self) -> dict[str, str]:
            return {"from": "smorest"}

    smorest.register_blueprint(bp)

    restx = Blueprint("restx", __name__, url_prefix="/api/restx")
    api = flask_restx.Api(restx, doc="/docs")

    @api.route("/things")
    class OtherThings(flask_restx.Resource):  # type: ignore[misc]
        def get(self) -> None:
            api.abort(404, "no things")

        def put(self) -> dict[str, str]:
            return {"from": "restx"}

    app.register_blueprint(restx)


def mount(app: Flask) -> None:
    """Mount an application below /api/mounted; before `cors.init_app()` the policy covers it."""
    inner = Flask("inner")

    @inner.route("/hello", methods=["GET", "PUT"])
    def hello() -> str:
        return "mounted"

    app.wsgi_app = DispatcherMiddleware(  # type: ignore[method-assign]
        app.wsgi_app, {"/api/mounted": inner}
    )


def log_requests(app: Flask) -> None:
    """Write each request down with its query, by which tests tell requests apart."""
    inner: Any = app.wsgi_app

    def outer(environ: Any, start_response: Any) -> Any:
        target = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        sys.stderr.write(f"asked {environ['REQUEST_METHOD']} {target!a}\n")
        return inner(environ, start_response)

    app.wsgi_app = outer  # type: ignore[method-assign]


its: Any = import_module(PACKAGE)
register_api = its.api.init_app


def register(app: Flask) -> None:
    """Do what an owner writes into `api/__init__.py`."""
    register_api(app)
    mount(app)


its.api.init_app = register
add_views_with_a_policy(import_module(f"{PACKAGE}.api.v1.greetings").bp)
app: Flask = its.create_app()
if "OWNER_SERVER_NAME" in os.environ:
    app.config["SERVER_NAME"] = os.environ["OWNER_SERVER_NAME"]
    app.subdomain_matching = True
add_views(app)
add_authentication(app)
if "OWNER_EXTENSIONS" in os.environ:
    add_extensions(app)
log_requests(app)
if "OWNER_SECOND_CORS" in os.environ:
    CORS(app, supports_credentials=True)
