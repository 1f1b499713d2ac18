"""Tests that run in a generated project: what `@operation` makes of views that owners write."""

import os
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from typing import Annotated, Any, Literal
from uuid import UUID

import pytest
from flask import Flask, Response, abort
from flask.testing import FlaskClient
from flask.typing import ResponseReturnValue
from openapi_spec_validator import validate
from pydantic import BaseModel, Field

package = import_module(os.environ["OWNER_PACKAGE"])
operation = import_module(f"{package.__name__}.openapi").operation

Headers = dict[str, str]
View = Callable[..., Any]


class Part(BaseModel):
    size: int


class Order(BaseModel):
    parts: list[Part] | Literal["all"]
    notes: dict[str, int] = {}
    key: UUID | None = None


class Search(BaseModel):
    limit: Annotated[int, Field(ge=1)] = 20
    tag: list[str] = []
    order: str = Field("name", alias="sort")


def change_order(number: int, query: Search, body: Order) -> tuple[Order, Headers]:
    """Change an order.

    This paragraph is for maintainers.
    """
    return body, {"X-Seen": f"{number} {query.limit} {query.tag} {query.order}"}


def remove_order(number: int) -> None:
    if number == 0:
        abort(409)


def show_order(number: int) -> Order | Response:
    return Order(parts="all") if number else Response(status=304)


def list_orders() -> list[Order]:
    return [Order(parts="all")]


def pay(query: Search) -> dict[str, int]:
    return {"limit": query.limit}


def download(kind: Literal["a:b", "c"]) -> ResponseReturnValue:
    return Response(kind, 206, mimetype="text/plain")


def login_required(view: View) -> View:
    """Refuse every request, as a login of the owner's does without one."""

    @wraps(view)
    def protected(**_arguments: Any) -> Any:
        abort(401)

    vars(protected)["security"] = {"bearer": []}
    return protected


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    app: Flask = package.create_app(package.Settings.from_env({"CORS_ORIGINS": "none"}))
    app.extensions["security_schemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
    for method, path, view in (
        ("PUT", "/api/orders/<int:number>", operation(202, headers=("If-Match",))(change_order)),
        ("DELETE", "/api/orders/<int:number>", operation(204, problems=(409,))(remove_order)),
        ("GET", "/api/orders/<int:number>", operation()(show_order)),
        ("GET", "/api/orders", operation()(list_orders)),
        ("POST", "/api/payments", login_required(operation()(pay))),
        ("GET", "/api/files/<any('a:b', c):kind>", operation(206)(download)),
    ):
        app.add_url_rule(path, view_func=view, methods=[method])
    return app.test_client()


def test_a_view_takes_and_answers_what_its_annotations_say(client: FlaskClient) -> None:
    key = "12345678-1234-5678-1234-567812345678"
    body = {"parts": [{"size": 1}], "key": key}
    response = client.put("/api/orders/7?limit=5&tag=a&tag=b&sort=size", json=body)

    assert response.status_code == 202
    assert response.headers["X-Seen"] == "7 5 ['a', 'b'] size"
    assert response.get_json() == {"parts": [{"size": 1}], "notes": {}, "key": key}


@pytest.mark.parametrize(
    ("method", "path", "status", "text"),
    [
        ("GET", "/api/orders", 200, '[{"parts":"all","notes":{},"key":null}]\n'),
        ("GET", "/api/orders/1", 200, '{"parts":"all","notes":{},"key":null}\n'),
        ("GET", "/api/orders/0", 304, ""),
        ("DELETE", "/api/orders/1", 204, ""),
        ("GET", "/api/files/a:b", 206, "a:b"),
    ],
)
def test_a_view_answers_with_a_model_a_response_or_nothing(
    client: FlaskClient, method: str, path: str, status: int, text: str
) -> None:
    response = client.open(path, method=method)

    assert (response.status_code, response.text) == (status, text)


@pytest.mark.parametrize(
    ("query", "body", "pointers"),
    [
        ("limit=0", {"parts": "all"}, {"#/limit": "limit"}),
        ("limit=1&limit=2", {"parts": "all"}, {"#/limit": "limit"}),
        ("limit=", [], {"#/limit": "limit", "#": None}),
        ("", {}, {"#/parts": None}),
        ("", {"parts": [{"size": 1}, {}]}, {"#/parts/1/size": None, "#/parts": None}),
        ("", {"parts": [{"size": False}]}, {"#/parts/0/size": None, "#/parts": None}),
        ("", {"parts": "all", "notes": {"a/b~": "1"}}, {"#/notes/a~1b~0": None}),
        ("", {"parts": "all", "key": "x"}, {"#/key": None}),
        ("", {"parts": [0] * 101}, {"#": None}),
    ],
)
def test_every_wrong_value_is_pointed_at(
    client: FlaskClient, query: str, body: object, pointers: dict[str, str | None]
) -> None:
    response = client.put(f"/api/orders/7?{query}", json=body)
    errors = response.get_json()["errors"]

    assert response.status_code == 422
    assert {error["pointer"]: error.get("parameter") for error in errors} == pointers


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"parts": "\\ud800"}', "unexpected end of hex escape"),
        (b'{"parts": "all", "more": ' + b"[" * 300 + b"]" * 300 + b"}", "recursion limit"),
        ('{"parts": "all"}'.encode("utf-16"), "expected value"),
        (b'{"parts": NaN}', "NaN"),
    ],
)
def test_what_python_alone_takes_for_json_is_malformed(
    client: FlaskClient, body: bytes, reason: str
) -> None:
    response = client.put("/api/orders/7", data=body, content_type="application/json")

    assert response.status_code == 400
    assert reason in response.get_json()["detail"]


def test_a_login_comes_before_the_validation(client: FlaskClient) -> None:
    assert client.post("/api/payments?limit=0").status_code == 401


def test_the_document_describes_all_of_it(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").get_json()
    orders = document["paths"]["/api/orders/{number}"]
    change, remove, show = orders["put"], orders["delete"], orders["get"]
    payment = document["paths"]["/api/payments"]["post"]
    download = document["paths"]["/api/files/{kind}"]["get"]
    taken = [
        (one["in"], one["name"], one["required"], one["schema"]["type"])
        for one in change["parameters"]
    ]

    validate(document)
    assert change["summary"] == "Change an order."
    assert taken == [
        ("path", "number", True, "integer"),
        ("header", "If-Match", True, "string"),
        ("query", "limit", False, "integer"),
        ("query", "tag", False, "array"),
        ("query", "sort", False, "string"),
    ]
    assert list(change["responses"]) == "202 400 403 404 413 415 422 500".split()
    assert list(remove["responses"]) == "204 400 403 404 409 500".split()
    assert list(show["responses"]) == "200 400 404 500".split()
    assert "content" not in remove["responses"]["204"]
    assert "content" not in download["responses"]["206"]
    assert download["parameters"][0]["schema"]["enum"] == ["a:b", "c"]
    assert payment["security"] == [{"bearer": []}]
    assert list(payment["responses"]) == "200 400 401 403 422 500".split()
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
