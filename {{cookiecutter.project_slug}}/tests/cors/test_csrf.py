import pytest
from flask import Flask

from {{ cookiecutter.package_name }}.cors.row import Row

from ..calls import EVIL, PREVIEW, SPECIMENS, TRUSTED, app_with, cors_headers

HOST = "http://localhost"  # the test client's own

PASS = [
    ("no browser", {}),
    ("the API's own page", {"Sec-Fetch-Site": "same-origin", "Origin": HOST}),
    ("typed by the user", {"Sec-Fetch-Site": "none"}),
    ("trusted page", {"Sec-Fetch-Site": "cross-site", "Origin": TRUSTED}),
    ("trusted page under a wildcard", {"Sec-Fetch-Site": "same-site", "Origin": PREVIEW}),
    ("old browser, own page", {"Origin": HOST}),
    ("old browser, trusted page", {"Origin": TRUSTED}),
]

REFUSED = [
    ("page of another site", {"Sec-Fetch-Site": "cross-site", "Origin": EVIL}),
    ("sibling on the same site", {"Sec-Fetch-Site": "same-site", "Origin": "http://x.localhost"}),
    ("own host, but the browser knows better", {"Sec-Fetch-Site": "cross-site", "Origin": HOST}),
    ("page that hides its origin", {"Sec-Fetch-Site": "cross-site", "Origin": "null"}),
    ("page without an origin", {"Sec-Fetch-Site": "cross-site"}),
    ("value that does not exist", {"Sec-Fetch-Site": "friendly", "Origin": EVIL}),
    ("old browser, page of another site", {"Origin": EVIL}),
    ("old browser, hidden origin", {"Origin": "null"}),
    ("old browser, other port", {"Origin": f"{HOST}:3000"}),
    ("look-alike", {"Origin": f"{TRUSTED}.evil.example"}),
]


@pytest.fixture
def app() -> Flask:
    app = app_with()
    app.config["DONE"] = 0

    def act() -> str:
        app.config["DONE"] += 1
        return "done"

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    app.add_url_rule("/api/act", view_func=act, methods=methods)
    app.add_url_rule("/act", view_func=act, methods=methods)
    return app


@pytest.mark.parametrize("path", ["/api/act", "/act"])
@pytest.mark.parametrize("headers", [pytest.param(row[1], id=row[0]) for row in PASS])
def test_let_through(app: Flask, path: str, headers: dict[str, str]) -> None:
    assert app.test_client().post(path, headers=headers).status_code == 200
    assert app.config["DONE"] == 1


@pytest.mark.parametrize("path", ["/api/act", "/act"])
@pytest.mark.parametrize("headers", [pytest.param(row[1], id=row[0]) for row in REFUSED])
def test_refused_before_the_view_runs(app: Flask, path: str, headers: dict[str, str]) -> None:
    response = app.test_client().post(path, headers=headers)

    assert response.status_code == 403
    assert app.config["DONE"] == 0
    assert cors_headers(response) == {}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_every_unsafe_method_is_guarded(app: Flask, method: str) -> None:
    assert app.test_client().open("/act", method=method, headers=REFUSED[0][1]).status_code == 403


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reading_is_left_to_the_browser(app: Flask, method: str) -> None:
    assert app.test_client().open("/act", method=method, headers=REFUSED[0][1]).status_code == 200


def test_a_host_that_is_none_is_nobodys_own(app: Flask) -> None:
    headers = {"Origin": "null", "Host": "my_api.test"}

    assert app.test_client().post("/act", headers=headers).status_code != 200
    assert app.config["DONE"] == 0


def test_a_host_with_an_underscore_has_pages_of_its_own(app: Flask) -> None:
    headers = {"Origin": "http://my_api.test:8000", "Host": "my_api.test:8000"}

    assert app.test_client().post("/act", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("headers", "page", "fix"),
    [
        pytest.param(
            {"Origin": EVIL},
            "from 'https://evil.example'",
            "add its origin to CORS_ORIGINS",
            id="an origin",
        ),
        pytest.param(
            {"Origin": "null"},
            "from 'null'",
            "serve it over http(s) and outside of sandboxed frames, and add the origin that it "
            "then has to CORS_ORIGINS",
            id="a hidden origin",
        ),
        pytest.param(
            {"Sec-Fetch-Site": "cross-site"},
            "of another origin",
            "add its origin to CORS_ORIGINS",
            id="no origin",
        ),
    ],
)
def test_the_refusal_says_who_and_what_to_change(
    app: Flask, headers: dict[str, str], page: str, fix: str
) -> None:
    response = app.test_client().post("/api/act", headers=headers)

    assert response.get_json()["detail"] == (
        f"A page {page} is not trusted to send POST requests here; if it is yours, {fix}."
    )


def test_under_a_public_row_everybody_may_write_and_nowhere_else() -> None:
    app = app_with(Row("/api/*", origins="*"))
    app.add_url_rule("/act", view_func=dict, methods=["POST"])
    client = app.test_client()

    assert client.post(SPECIMENS, json={"name": "A"}, headers={"Origin": EVIL}).status_code == 201
    assert client.post("/act", headers={"Origin": EVIL}).status_code == 403


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_needs_no_preflight_never_reaches_a_view(app: Flask, content_type: str) -> None:
    response = app.test_client().post("/api/act", data="x", content_type=content_type)

    assert response.status_code == 415
    assert app.config["DONE"] == 0
