import pytest
from flask import Blueprint, abort
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from {{ cookiecutter.package_name }}.cors.row import Row

from ..calls import EVIL, SPECIMENS, TRUSTED, app_with, cors_headers, preflight

ALLOW_ORIGIN = "Access-Control-Allow-Origin"


def assert_granted(response: TestResponse) -> None:
    assert (response.status_code, response.data) == (204, b"")
    assert cors_headers(response)[ALLOW_ORIGIN] == TRUSTED
    assert "Content-Type" not in response.headers


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(SPECIMENS, id="route"),
        pytest.param("/api/v1/none", id="unknown path"),
        pytest.param(SPECIMENS + "/", id="slash too many"),
        pytest.param("/api//v1/specimens", id="double slash"),
        pytest.param("/api", id="root of the area"),
    ],
)
def test_the_page_may_ask_and_then_read_the_real_answer(client: FlaskClient, path: str) -> None:
    assert_granted(preflight(client, path))

    actual = client.put(path, headers={"Origin": TRUSTED}, json={})
    assert actual.status_code in (308, 404, 405)
    assert cors_headers(actual)[ALLOW_ORIGIN] == TRUSTED


def test_authentication_never_refuses_a_preflight() -> None:
    app = app_with()
    bp = Blueprint("private", __name__, url_prefix="/api/private")
    bp.before_request(lambda: abort(401))
    bp.url_value_preprocessor(lambda *_: abort(401))
    bp.add_url_rule("/", view_func=dict)
    app.register_blueprint(bp)
    app.before_request(lambda: abort(429))

    assert_granted(preflight(app.test_client(), "/api/private/"))


def test_the_grant_is_given_in_full_so_that_one_serves_every_call(client: FlaskClient) -> None:
    granted = cors_headers(preflight(client, method="DELETE"))

    assert granted["Access-Control-Allow-Methods"] == "GET, HEAD, POST, PUT, PATCH, DELETE"
    assert granted["Access-Control-Allow-Headers"] == "Authorization, Content-Type, X-Request-ID"
    assert granted["Access-Control-Max-Age"] == "7200"
    assert "Access-Control-Expose-Headers" not in granted


def test_a_header_that_is_not_listed_changes_nothing(client: FlaskClient) -> None:
    asked = {"Origin": TRUSTED, "Access-Control-Request-Method": "PUT"}
    more = asked | {"Access-Control-Request-Headers": "x-evil,authorization"}

    answers = [cors_headers(client.options(SPECIMENS, headers=it)) for it in (asked, more)]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("method", ["patch", "ET", ", ", "PROPFIND", "OPTIONS"])
def test_a_method_that_is_not_listed_leaves_its_name_to_the_browser(
    client: FlaskClient, method: str
) -> None:
    response = preflight(client, method=method)

    assert_granted(response)
    assert not cors_headers(response).keys() - {ALLOW_ORIGIN, "Access-Control-Allow-Credentials"}


def test_a_method_that_browsers_send_unlisted_gets_nothing() -> None:
    app = app_with(Row("/api/*", origins=TRUSTED, methods="PUT"))
    client = app.test_client()

    for method in ("GET", "HEAD", "POST"):
        assert cors_headers(preflight(client, method=method)) == {}
        actual = client.open(SPECIMENS, method=method, headers={"Origin": TRUSTED})
        assert cors_headers(actual) == {}
    assert cors_headers(preflight(client))["Access-Control-Allow-Methods"] == "PUT"


def test_a_page_that_is_not_trusted_gets_nothing(client: FlaskClient) -> None:
    response = preflight(client, origin=EVIL)

    assert (response.status_code, cors_headers(response)) == (204, {})
    assert response.headers["Vary"] == "Origin"


def test_a_private_network_is_never_granted(client: FlaskClient) -> None:
    response = client.options(
        SPECIMENS,
        headers={
            "Origin": TRUSTED,
            "Access-Control-Request-Method": "PUT",
            "Access-Control-Request-Private-Network": "true",
        },
    )

    assert_granted(response)
    assert "Access-Control-Allow-Private-Network" not in response.headers


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": TRUSTED}, {"Access-Control-Request-Method": "PUT"}],
    ids=["nothing", "no method announced", "no origin"],
)
def test_any_other_options_request_is_an_ordinary_one(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    response = client.options(SPECIMENS, headers=headers)

    assert response.status_code == 200
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert "Access-Control-Allow-Methods" not in response.headers


def test_outside_the_area_there_are_no_preflights(client: FlaskClient) -> None:
    assert cors_headers(preflight(client, "/healthz")) == {}
    assert preflight(client, "/apiary").status_code == 404


def test_zero_seconds_are_sent_as_zero() -> None:
    client = app_with(Row("/api/*", origins=TRUSTED, max_age=0)).test_client()

    assert cors_headers(preflight(client))["Access-Control-Max-Age"] == "0"


def test_a_host_that_is_not_ours_is_refused_here_too() -> None:
    app = app_with()
    app.config["TRUSTED_HOSTS"] = ["api.example.com"]

    assert preflight(app.test_client()).status_code == 400
