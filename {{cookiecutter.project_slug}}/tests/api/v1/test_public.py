from flask.testing import FlaskClient


def test_the_status_is_there_for_anybody(client: FlaskClient) -> None:
    assert client.get("/api/v1/public/status").get_json() == {"status": "ok"}
