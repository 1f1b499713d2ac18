from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from {{ cookiecutter.package_name }}.api.v1.items import Item
from {{ cookiecutter.package_name }}.database import db

ITEMS = "/api/v1/items"
WRONG = [{}, {"name": ""}, {"name": "x" * 101}, {"name": "x\0"}, {"name": 1}, {"name": None}]
# {% if cookiecutter.auth != "none" %}


@pytest.fixture
def client(logged_in: FlaskClient) -> FlaskClient:
    """Write as somebody who may."""
    return logged_in
# {% endif %}


@pytest.fixture
def item(client: FlaskClient) -> str:
    """Create an item in its first version, and return its path."""
    path: str = client.post(ITEMS, json={"name": "screws"}).headers["Location"]
    return path


def if_match(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_create(client: FlaskClient) -> None:
    response = client.post(ITEMS, json={"name": "nails"})
    assert response.status_code == 201
    assert response.headers["ETag"] == '"1"'
    assert response.json == client.get(response.headers["Location"]).json
    assert response.get_json()["name"] == "nails"
    assert response.get_json()["created_at"].endswith("Z")


def test_a_refused_request_leaves_nothing(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> tuple[str, int]:
        db.add(Item(name="lost"))
        db.flush()
        return "", 409

    monkeypatch.setitem(app.view_functions, "v1.items.create_item", refuse)
    assert client.post(ITEMS).status_code == 409
    assert client.get(ITEMS).json == {"items": []}


@pytest.mark.parametrize("body", WRONG, ids=str)
def test_create_refuses_wrong_values(body: dict[str, Any], client: FlaskClient) -> None:
    assert client.post(ITEMS, json=body).status_code == 422
    assert client.get(ITEMS).json == {"items": []}


def test_list_in_pages(client: FlaskClient) -> None:
    names = [f"item {number}" for number in range(5)]
    for name in names:
        client.post(ITEMS, json={"name": name})
    found, pages, path = [], 0, f"{ITEMS}?limit=2"
    while path:
        response = client.get(path)
        found += [item["name"] for item in response.get_json()["items"]]
        pages += 1
        path = response.headers.get("Link", "").partition(">")[0].lstrip("<")
    assert (found, pages) == (names, 3)


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "after=-1", f"after={2**31}"])
def test_list_refuses_wrong_pages(query: str, client: FlaskClient) -> None:
    assert client.get(f"{ITEMS}?{query}").status_code == 422


@pytest.mark.parametrize("number", [0, 2**31 - 1, 2**31, 2**63])
def test_show_an_unknown_item(number: int, client: FlaskClient) -> None:
    assert client.get(f"{ITEMS}/{number}").status_code == 404


def test_change(client: FlaskClient, item: str) -> None:
    response = client.patch(item, json={"name": "bolts"}, headers=if_match(1))
    assert (response.status_code, response.headers["ETag"]) == (200, '"2"')
    assert response.get_json()["name"] == "bolts"
    assert client.get(item).json == response.json


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(("headers", "status"), [({}, 428), (if_match(2), 412)])
def test_change_needs_the_version(
    headers: dict[str, str], status: int, method: str, client: FlaskClient, item: str
) -> None:
    response = client.open(item, method=method, json={"name": "x"}, headers=headers)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")
    assert client.get(item).get_json()["name"] == "screws"


def test_change_undoes_no_other_change(
    app: Flask, client: FlaskClient, item: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def change_slowly() -> str:
        mine = db.scalars(select(Item)).one()
        with app.extensions["engine"].begin() as another:
            another.execute(update(Item).values(name="theirs", version=2))
        mine.name = "mine"
        return ""

    monkeypatch.setitem(app.view_functions, "v1.items.list_items", change_slowly)
    assert client.get(ITEMS).status_code == 412
    assert client.get(item).get_json()["name"] == "theirs"


def test_delete(client: FlaskClient, item: str) -> None:
    assert client.delete(item, headers=if_match(1)).status_code == 204
    assert client.get(item).status_code == 404
    assert client.delete(item, headers=if_match(1)).status_code == 404
# {% if cookiecutter.auth != "none" %}


def test_anybody_reads_and_nobody_else_writes(app: Flask, item: str) -> None:
    anybody = app.test_client()
    assert anybody.get(item).status_code == 200
    assert anybody.post(ITEMS, json={"name": "nails"}).status_code == 401
    assert anybody.patch(item, json={"name": "nails"}, headers=if_match(1)).status_code == 401
    assert anybody.delete(item, headers=if_match(1)).status_code == 401
# {% endif %}
