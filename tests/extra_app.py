"""What tests need and a generated project has not: served by `flask run` in the project's place.

Routes are added both before the project's factory runs (to a blueprint of its own) and after.
"""

import os
import sys
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from typing import Any, NoReturn

from flask import Blueprint, Flask, Response, abort, request
from flask_cors import CORS
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import TooManyRequests, Unauthorized

View = Callable[[], str]

package = os.environ["EXTRA_PACKAGE"]
its: Any = import_module(package)
cross_origin: Callable[..., Callable[[View], View]]
cross_origin = import_module(f"{package}.cors").cross_origin
greetings: Blueprint = import_module(f"{package}.api.v1.greetings").bp

PARTNER = "https://partner.example.org"

calls: list[str] = []


def before(bp: Blueprint) -> None:
    """Add views with a policy of their own, all below /api/v1/greetings."""

    @bp.route("/open", methods=["GET", "POST", "DELETE"])
    @cross_origin(origins="*")
    def anybody() -> str:
        return "open"

    @bp.route("/partner", methods=["GET", "POST"])
    @cross_origin(origins=[PARTNER])
    def partner() -> str:
        return "partner"

    @bp.route("/narrow/", methods=["GET", "PUT"])
    @cross_origin(
        methods=["PUT"],
        allow_headers="X-A, X-B",
        expose_headers=["ETag"],
        max_age=timedelta(minutes=1),
        supports_credentials=False,
    )
    def narrow() -> str:
        return "narrow"

    @bp.get("/two")
    @cross_origin(origins="*", methods=["GET", "DELETE"])
    def two() -> str:
        return "read"

    @bp.post("/two")
    def change_two() -> str:
        return "changed"


def after(app: Flask) -> None:
    """Add views that fail, count, and meddle with headers."""
    bp = Blueprint("extra", __name__, url_prefix="/api/extra")

    @bp.get("/crash")
    def crash() -> NoReturn:
        raise ZeroDivisionError("on purpose")

    @bp.get("/abort/<int:code>")
    def fail(code: int) -> NoReturn:
        abort(code)

    @bp.get("/slash/")
    def slash() -> str:
        return "slash"

    @bp.route("/calls", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    def called() -> dict[str, int]:
        if request.method != "GET":
            calls.append(request.method)
        return {"calls": len(calls)}

    @bp.get("/cookie")
    def cookie() -> Response:
        response = Response(request.cookies.get("seen", "nothing"))
        response.set_cookie("seen", "before")
        return response

    @bp.get("/limited")
    def limited() -> str:
        return "limited"

    app.register_blueprint(bp)
    app.add_url_rule("/api/extra/own-headers", view_func=own_headers)
    app.add_url_rule("/own-headers", endpoint="outside", view_func=own_headers)
    app.add_url_rule("/apiary", view_func=lambda: "bees", endpoint="apiary")
    app.add_url_rule("/hook", view_func=lambda: "hooked", endpoint="hook", methods=["POST"])
    app.add_url_rule("/api/extra/<path:rest>", view_func=lambda rest: str(rest), endpoint="rest")

    @app.before_request
    def limit() -> None:
        if request.path == "/api/extra/limited":
            raise TooManyRequests(retry_after=60)


def own_headers() -> Response:
    """Answer with headers that only the policy may set."""
    response = Response("mine")
    response.headers.add("Access-Control-Allow-Origin", "*")
    response.headers.add("access-control-allow-origin", "https://evil.example")
    response.headers.add("Access-Control-Allow-Credentials", "true")
    response.headers.add("Access-Control-Allow-Private-Network", "true")
    response.headers.add("Access-Control-Expose-Headers", "X-Secret")
    response.headers.add("Access-Control-Max-Age", "1")
    response.headers.add("X-Request-ID", "the-view's")
    response.headers.add("Vary", "Accept")
    response.headers.add("Vary", "Cookie")
    return response


def private(app: Flask) -> None:
    """Add two blueprints that let nobody in, one of them as early as Flask allows."""
    for name in ("before_request", "url_value_preprocessor"):
        bp = Blueprint(name, __name__, url_prefix=f"/api/{name}")
        getattr(bp, name)(refuse)
        bp.add_url_rule("/<it>", view_func=lambda it: str(it), endpoint="it")
        app.register_blueprint(bp)


def refuse(*_: object) -> NoReturn:
    raise Unauthorized(www_authenticate=WWWAuthenticate("bearer"))


def tell(app: Flask) -> None:
    """Write each request down, with the query that makes it another case."""
    inner: Any = app.wsgi_app

    def told(environ: Any, start_response: Any) -> Any:
        asked = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        sys.stderr.write(f"asked {environ['REQUEST_METHOD']} {asked!a}\n")
        return inner(environ, start_response)

    app.wsgi_app = told  # type: ignore[method-assign]


before(greetings)
app: Flask = its.create_app()
after(app)
private(app)
tell(app)
if "EXTRA_SECOND_CORS" in os.environ:
    CORS(app, supports_credentials=True)
