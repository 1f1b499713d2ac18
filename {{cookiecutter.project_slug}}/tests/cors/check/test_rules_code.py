from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import flask
import flask_cors
import pytest
from flask import Blueprint, Flask, Response, request, session
from flask.views import MethodView

from {{ cookiecutter.package_name }}.cors.row import Row

from ...calls import app_with
from .found import Case, found

NAME = "Access-Control-Allow-Origin"
PUBLIC = Row("/api/*", origins="*")
SAYS = "and the table is the whole policy; take it out and write a row of cors/policy.py, or "
VIEW = "cross_origin(...) on the view"
FORCED = (
    "calls get_json(force=True), which reads bodies that any page can send without a preflight; "
    "write get_json()"
)
OPEN = (
    "and '/api/it' is open to every page, which gets no cookies and may forge requests that carry "
    "them; list origins in the row of this route, or do without cookies"
)


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


def uses_session() -> str:
    return str(session.get("user"))


def uses_session_of_module() -> str:
    flask.session["user"] = 1
    return "x"


def reads_cookies() -> str:
    return request.cookies["refresh"]


def sets_cookie() -> Response:
    response = Response()
    response.set_cookie("refresh", "x", httponly=True)
    return response


def uses_another_session() -> str:
    session = {"database": 1}
    cookies = session
    return str(cookies)


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


def viewed(view: Callable[..., Any], *rows: Row, path: str = "/api/it") -> Flask:
    app = app_with(*rows)
    app.add_url_rule(path, "it", view, methods=["POST"])
    return app


def with_blueprint(*, cors: bool) -> Flask:
    app, bp = app_with(), Blueprint("books", "books", url_prefix="/api/books")
    bp.add_url_rule("", "list", dict)
    flask_cors.CORS(bp) if cors else bp.after_request(after)
    app.register_blueprint(bp)
    return app


def with_a_second() -> Flask:
    app = app_with()
    flask_cors.CORS(app, intercept_exceptions=False)
    return app


CASES = [
    *(
        Case(
            f"header {name}",
            "CORS012",
            partial(viewed, view),
            (f"FILE: {found} sets Access-Control-Allow-Origin, {SAYS}{VIEW}",),
        )
        for name, view, found in (
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
        (f"FILE: after sets Access-Control-Allow-Credentials, {SAYS}{VIEW}",),
    ),
    Case("header that is read", "CORS012", lambda: viewed(reader)),
    Case("no header", "CORS012", app_with),
    Case(
        "Flask-CORS on the application",
        "CORS013",
        with_a_second,
        (
            "flask_cors.CORS on the app: is a second policy beside cors/policy.py, and by default "
            "trusts everybody; take it out and write a row of cors/policy.py",
        ),
    ),
    Case(
        "Flask-CORS on a blueprint",
        "CORS013",
        lambda: with_blueprint(cors=True),
        (
            "flask_cors.CORS on the blueprint 'books': is a second policy beside cors/policy.py, "
            "and by default trusts everybody; take it out and write a row of cors/policy.py",
        ),
    ),
    Case("Flask-CORS as it came", "CORS013", app_with),
    *(
        Case(
            f"body of any type: {name}",
            "CORS014",
            partial(viewed, view),
            (f"FILE: {found} {FORCED}",),
        )
        for name, view, found in (
            ("by name", forced, "forced"),
            ("by position", forced_by_position, "forced_by_position"),
            ("in a function that the view calls", calls_forced, "forced"),
            ("behind a decorator", logged(forced), "forced"),
            ("behind a careless decorator", carelessly_logged(forced), "forced"),
            ("in a class", Class.as_view("it"), "forced"),
        )
    ),
    Case("body of JSON alone", "CORS014", lambda: viewed(lenient)),
    *(
        Case(
            f"{name} where every page is trusted",
            "CORS015",
            partial(viewed, view, PUBLIC),
            (f"FILE: {view.__name__} uses {used}, {OPEN}",),
        )
        for name, view, used in (
            ("session", uses_session, "the session"),
            ("session of the module", uses_session_of_module, "the session"),
            ("cookie that is read", reads_cookies, "request.cookies"),
            ("cookie that is set", sets_cookie, "set_cookie"),
        )
    ),
    Case("session where pages are listed", "CORS015", lambda: viewed(uses_session)),
    Case("another session", "CORS015", lambda: viewed(uses_another_session, PUBLIC)),
    Case(
        "session outside the area",
        "CORS015",
        lambda: viewed(uses_session, PUBLIC, path="/login"),
    ),
]


@pytest.mark.parametrize("case", [pytest.param(it, id=it.name) for it in CASES])
def test_the_code(case: Case) -> None:
    assert found(case.app(), case.id) == case.found


def test_code_that_cannot_be_read_is_passed_over() -> None:
    app = app_with(PUBLIC)
    names: dict[str, Any] = {"session": session}
    exec("def made(): return str(session)", names)
    app.add_url_rule("/api/made", "made", names["made"])
    app.add_url_rule("/api/c", "c", dict)

    assert found(app, "CORS015") == ()
