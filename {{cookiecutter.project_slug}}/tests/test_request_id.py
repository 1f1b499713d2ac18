import re

import pytest
from flask.testing import FlaskClient

from .calls import SPECIMENS

NEW = re.compile(r"[0-9a-f]{32}")


@pytest.mark.parametrize("given", ["a", "trace-1_2.3", "x" * 128])
def test_the_callers_name_is_kept(client: FlaskClient, given: str) -> None:
    response = client.get(SPECIMENS, headers={"X-Request-ID": given})

    assert response.headers.getlist("X-Request-ID") == [given]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param("", id="empty"),
        pytest.param("x" * 129, id="too long"),
        pytest.param("a b", id="blank"),
        pytest.param("a,b", id="two headers, joined"),
        pytest.param('"}', id="quotes"),
        pytest.param("é", id="beyond ASCII"),
    ],
)
def test_a_name_that_is_not_safe_everywhere_is_replaced(client: FlaskClient, given: str) -> None:
    response = client.get(SPECIMENS, headers={"X-Request-ID": given})

    assert NEW.fullmatch(response.headers["X-Request-ID"])


def test_every_request_has_a_name_of_its_own(client: FlaskClient) -> None:
    names = {client.get(SPECIMENS).headers["X-Request-ID"] for _ in range(20)}

    assert len(names) == 20


def test_a_problem_carries_the_name(client: FlaskClient) -> None:
    response = client.get("/api/none", headers={"X-Request-ID": "abc"})

    assert response.get_json()["request_id"] == response.headers["X-Request-ID"] == "abc"
