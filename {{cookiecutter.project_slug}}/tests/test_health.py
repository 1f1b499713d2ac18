import pytest
from flask.testing import FlaskClient

from .calls import TRUSTED, cors_headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_a_probe_is_answered_and_no_page_can_read_it(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"Origin": TRUSTED})

    assert response.get_json() == {"status": "ok"}
    assert cors_headers(response) == {}
