import itertools

import pytest
from flask import Flask, Response, request
from flask.testing import FlaskClient
from flask_cors import CORS
from werkzeug import Response as BaseResponse

from {{ cookiecutter.package_name }}.cors import answers
from {{ cookiecutter.package_name }}.cors import headers as names
from {{ cookiecutter.package_name }}.cors.answers import Answers
from {{ cookiecutter.package_name }}.cors.row import Row

from ..calls import EVIL, LISTED, PREVIEW, SPECIMENS, TRUSTED, app_with, cors_headers, preflight

PUBLIC = Row("/api/open/*", origins="*", only=("GET", "HEAD"), methods=("GET", "HEAD"))


def test_a_trusted_page_may_read_the_answer(client: FlaskClient) -> None:
    granted = cors_headers(client.get(SPECIMENS, headers={"Origin": TRUSTED}))

    assert granted["Access-Control-Allow-Origin"] == TRUSTED
    assert granted["Access-Control-Expose-Headers"] == "Location, X-Request-ID"


@pytest.mark.parametrize("origin", [EVIL, "null", f"{TRUSTED}.evil.example", TRUSTED.upper(), ""])
def test_no_other_page_may(client: FlaskClient, origin: str) -> None:
    assert cors_headers(client.get(SPECIMENS, headers={"Origin": origin})) == {}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (SPECIMENS, 200),
        ("/api/v1/none", 404),
        ("/api//v1/specimens", 308),
        (f"{SPECIMENS}?name={'x' * 101}", 422),
    ],
)
def test_errors_and_redirects_can_be_read_like_successes(
    client: FlaskClient, path: str, status: int
) -> None:
    response = client.get(path, headers={"Origin": TRUSTED})

    assert response.status_code == status
    assert cors_headers(response)["Access-Control-Allow-Origin"] == TRUSTED


@pytest.mark.parametrize("origin", [TRUSTED, EVIL, None], ids=["trusted", "refused", "none"])
@pytest.mark.parametrize("path", [SPECIMENS, "/api/v1/none", "/api"])
def test_caches_learn_that_the_answer_depends_on_origin(
    client: FlaskClient, path: str, origin: str | None
) -> None:
    headers = {"Origin": origin} if origin else {}

    for _ in range(2):  # computed, then remembered
        assert client.get(path, headers=headers).headers.getlist("Vary") == ["Origin"]


def test_what_a_view_says_in_vary_is_kept(app: Flask) -> None:
    lines = [("Vary", "Accept"), ("Vary", "Cookie")]
    app.add_url_rule("/api/vary", view_func=lambda: Response(headers=lines))

    for _ in range(2):
        response = app.test_client().get("/api/vary", headers={"Origin": TRUSTED})
        assert response.headers.getlist("Vary") == ["Accept, Cookie, Origin"]


@pytest.mark.parametrize("path", ["/healthz", "/apiary", "/", "//api/v1/specimens", "/%2561pi/v1"])
def test_outside_the_area_there_is_nothing(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"Origin": TRUSTED})

    assert cors_headers(response) == {}
    assert "Vary" not in response.headers


def test_a_public_row_says_so_to_everybody_and_to_caches() -> None:
    client = app_with(LISTED, PUBLIC).test_client()

    for origin in (EVIL, TRUSTED, "null", None):
        response = client.get("/api/open/x", headers={"Origin": origin} if origin else {})
        assert cors_headers(response)["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "Vary" not in response.headers
    assert cors_headers(client.post("/api/open/x", headers={"Origin": EVIL})) == {}


def test_credentials_are_granted_to_a_list_only() -> None:
    row = Row("/api/*", origins=TRUSTED, supports_credentials=True)
    client = app_with(row).test_client()

    assert cors_headers(preflight(client))["Access-Control-Allow-Credentials"] == "true"
    assert (
        cors_headers(client.get("/api", headers={"Origin": TRUSTED}))[
            "Access-Control-Allow-Credentials"
        ]
        == "true"
    )
    assert cors_headers(client.get("/api", headers={"Origin": EVIL})) == {}


def test_the_table_overrules_what_views_and_extensions_say(app: Flask) -> None:
    @app.get("/api/own")
    def own() -> Response:
        return Response(headers={"Access-Control-Allow-Origin": "*", "access-control-max-age": "9"})

    @app.get("/api/crash")
    def crash() -> str:
        raise RuntimeError

    CORS(app, resources={"/.*": {"origins": "*"}}, supports_credentials=True)
    client = app.test_client()
    assert cors_headers(client.get("/api/crash", headers={"Origin": EVIL})) == {}

    for _ in range(2):
        assert cors_headers(client.get("/api/own", headers={"Origin": EVIL})) == {}
        trusted = cors_headers(client.get("/api/own", headers={"Origin": TRUSTED}))
        assert trusted["Access-Control-Allow-Origin"] == TRUSTED
        assert "Access-Control-Max-Age" not in trusted
        assert cors_headers(client.get("/healthz", headers={"Origin": EVIL})) == {}


def test_what_is_remembered_is_what_would_be_computed() -> None:
    table = (LISTED, PUBLIC)
    warm = app_with(*table).test_client()
    requests = list(
        itertools.product(
            ("/api/v1/specimens", "/api/open/x", "/api/none", "/healthz"),
            ("GET", "POST", "DELETE", "OPTIONS"),
            ("", TRUSTED, PREVIEW, EVIL),
            ("", "GET", "PUT", "patch"),
        )
    )
    for path, method, origin, announced in requests * 2:
        asked = {"Origin": origin, "Access-Control-Request-Method": announced, "X-Request-ID": "x"}
        headers = {name: value for name, value in asked.items() if value}
        remembered = warm.open(path, method=method, headers=headers)
        computed = app_with(*table).test_client().open(path, method=method, headers=headers)

        assert sorted(remembered.headers) == sorted(computed.headers), (path, method, headers)


def test_what_is_remembered_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "REMEMBERED", 3)
    client = app_with().test_client()

    for number in (*range(10), 0):
        origin = f"https://{number}.preview.example.com"
        response = client.get(SPECIMENS, headers={"Origin": origin})
        assert cors_headers(response)["Access-Control-Allow-Origin"] == origin


def test_two_applications_in_one_process_know_nothing_of_each_other() -> None:
    one = app_with(Row("/api/*", origins=TRUSTED)).test_client()
    two = app_with(Row("/api/*", origins=EVIL)).test_client()

    for _ in range(2):
        assert cors_headers(one.get("/api", headers={"Origin": TRUSTED}))
        assert not cors_headers(two.get("/api", headers={"Origin": TRUSTED}))
        assert not cors_headers(one.get("/api", headers={"Origin": EVIL}))


def test_requests_inside_of_one_application_context_do_not_mix(app: Flask) -> None:
    with app.app_context():
        client = app.test_client()
        assert cors_headers(client.get(SPECIMENS, headers={"Origin": TRUSTED}))
        assert not cors_headers(client.get(SPECIMENS, headers={"Origin": EVIL}))


def test_applications_that_share_an_environment_decide_each_for_itself() -> None:
    outer, inner = app_with(Row("/api/*", origins="*")), app_with()
    inner.add_url_rule("/api/inner", view_func=lambda: "inner", methods=["GET", "POST"])

    @outer.route("/api/inner", methods=["GET", "POST"])
    def cascade() -> BaseResponse:
        return Response.from_app(inner.wsgi_app, request.environ)

    client = outer.test_client()
    assert client.post("/api/inner", headers={"Origin": EVIL}).status_code == 403
    assert client.post("/api/inner", headers={"Origin": TRUSTED}).status_code == 200


def test_a_response_that_a_view_keeps_is_made_anew_for_each_origin(app: Flask) -> None:
    kept = Response("kept")
    app.add_url_rule("/api/kept", view_func=lambda: kept)
    client = app.test_client()

    for origin in (TRUSTED, EVIL, PREVIEW, EVIL, TRUSTED):
        found = cors_headers(client.get("/api/kept", headers={"Origin": origin}))
        assert found.get("Access-Control-Allow-Origin") == (None if origin == EVIL else origin)


@pytest.mark.parametrize("origin", [TRUSTED, PREVIEW])
def test_a_path_that_is_encoded_twice_changes_no_other_answer(origin: str) -> None:
    """Flask-CORS reads `/api/%256fpen` as `/api/open`, the router as `/api/%6fpen`."""
    client = app_with(LISTED, Row("/api/open/*", origins="*")).test_client()

    for path in ("/api/%256fpen/x", "/api/%2561", SPECIMENS):
        granted = cors_headers(client.get(path, headers={"Origin": origin}))
        assert granted["Access-Control-Allow-Origin"] == origin
    assert client.get("/api/open/x").headers["Access-Control-Allow-Origin"] == "*"


def test_made_up_methods_and_endless_origins_are_not_remembered(app: Flask) -> None:
    kept: Answers = app.extensions["cors_answers"]
    client = app.test_client()
    long = f"https://{'x' * 200}.{'y' * 200}.preview.example.com"
    for method, origin in ((f"M{'x' * 1000}", TRUSTED), ("GET", long)):
        client.open(SPECIMENS, method=method, headers={"Origin": origin})
        client.options(SPECIMENS, headers={"Origin": origin, names.REQUEST_METHOD: method})
    client.get(SPECIMENS, headers={"Origin": TRUSTED})

    assert len(kept._remembered) == 1


def test_any_method_of_any_page_leaves_the_answers_of_others_alone(client: FlaskClient) -> None:
    for number in range(answers.REMEMBERED + 10):
        client.open(SPECIMENS, method=f"M{number}", headers={"Origin": TRUSTED})

    granted = cors_headers(client.get(SPECIMENS, headers={"Origin": TRUSTED}))
    assert granted["Access-Control-Allow-Origin"] == TRUSTED
