import pytest
from flask.testing import FlaskClient

GREETINGS = "/api/v1/greetings"


def test_the_world_is_greeted(client: FlaskClient) -> None:
    assert client.get(GREETINGS).get_json() == {"name": "World", "message": "Hello, World!"}


@pytest.mark.parametrize("name", ["Zoë", "O'Brien & <b>sons</b>", "👩‍🚀"])
def test_somebody_is_greeted_by_name(client: FlaskClient, name: str) -> None:
    response = client.get(GREETINGS, query_string={"name": name})

    assert response.get_json()["message"] == f"Hello, {name}!"


def test_a_created_greeting_has_a_location(client: FlaskClient) -> None:
    created = client.post(GREETINGS, json={"name": "Ada & Bob"})

    assert created.status_code == 201
    assert client.get(created.headers["Location"]).get_json() == created.get_json()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        pytest.param([], "#", id="no object"),
        pytest.param({}, "#/name", id="no name"),
        pytest.param({"name": 5}, "#/name", id="a number for a name"),
        pytest.param({"name": ""}, "#/name", id="an empty name"),
        pytest.param({"name": "x" * 101}, "#/name", id="a name of 101 characters"),
        pytest.param({"name": "a\r\nb"}, "#/name", id="a line break"),
    ],
)
def test_an_error_points_at_the_place(client: FlaskClient, body: object, pointer: str) -> None:
    response = client.post(GREETINGS, json=body)

    assert response.status_code == 422
    assert [error["pointer"] for error in response.get_json()["errors"]] == [pointer]


def test_an_error_names_the_parameter(client: FlaskClient) -> None:
    response = client.get(GREETINGS, query_string={"name": "x" * 101})

    assert response.status_code == 422
    assert [error["parameter"] for error in response.get_json()["errors"]] == ["name"]
