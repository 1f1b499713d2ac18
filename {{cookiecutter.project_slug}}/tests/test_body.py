import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from .calls import ENVIRON, GREETINGS, client_of


def post(client: FlaskClient, body: str | bytes, content_type: str) -> TestResponse:
    return client.post(GREETINGS, data=body, content_type=content_type)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_what_a_page_can_send_without_asking_is_refused(
    client: FlaskClient, content_type: str
) -> None:
    response = post(client, '{"name": "Ada"}', content_type)

    assert response.status_code == 415
    assert response.get_json()["detail"].endswith("Content-Type: application/json.")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_json_is_read(client: FlaskClient, content_type: str) -> None:
    assert post(client, '{"name": "Ada"}', content_type).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("{", id="cut off"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param('{"name": NaN}', id="a number that JSON has not"),
        pytest.param("1" * 5000, id="a number of 5,000 digits"),
        pytest.param("[" * 100_000, id="nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused(client: FlaskClient, body: str | bytes) -> None:
    response = post(client, body, "application/json")

    assert response.status_code == 400
    assert response.get_json()["detail"].startswith("The body is no JSON: ")


def test_a_body_may_be_as_large_as_the_limit_and_no_larger() -> None:
    client = client_of(ENVIRON | {"MAX_CONTENT_LENGTH": "15"})

    assert post(client, '{"name": "Ada"}', "application/json").status_code == 201
    assert post(client, '{"name": "Adam"}', "application/json").status_code == 413
