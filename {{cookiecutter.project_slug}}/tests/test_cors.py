"""Which pages may call the API, and what all others get. The table is in `cors.py`."""

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
# {% if cookiecutter.cors_policy == "permissive" %}
from flask_cors_policy import ConfigurationError
# {% endif %}

# {% if cookiecutter.cors_policy == "permissive" %}
from {{ cookiecutter.package_name }} import Settings, create_app

# {% endif %}
# {% if cookiecutter.cors_policy == "permissive" %}
from .conftest import ENVIRON, EVIL, TRUSTED, cors_headers, preflight
# {% else %}
from .conftest import EVIL, TRUSTED, app_in, cors_headers, preflight
# {% endif %}

PATH = "/api/anything"

TRUSTED_PAGES = [
    pytest.param(TRUSTED, id="an origin of the list"),
    pytest.param("https://pr-7.preview.example.com", id="a subdomain"),
    pytest.param("https://a.b.preview.example.com", id="a subdomain of a subdomain"),
    pytest.param("http://localhost:5173", id="any port"),
    pytest.param("http://localhost", id="no port"),
]
LOOK_ALIKES = [
    pytest.param("http://app.example.com", id="another scheme"),
    pytest.param("https://app.example.com:8443", id="another port"),
    pytest.param("https://APP.example.com", id="upper case, as browsers never send it"),
    pytest.param("https://app.example.com/", id="a slash"),
    pytest.param("https://www.app.example.com", id="a subdomain of an exact origin"),
    pytest.param("https://appxexample.com", id="a letter in place of a dot"),
    pytest.param("https://app.example.com.evil.example", id="a domain around it"),
    pytest.param("https://preview.example.com", id="the domain of a wildcard"),
    pytest.param("https://evilpreview.example.com", id="no dot in front of it"),
    pytest.param("http://localhost:5173.evil.example", id="a port that goes on"),
    pytest.param("http://127.0.0.1:5173", id="another name of this machine"),
    pytest.param(f"{TRUSTED}, {EVIL}", id="two origins"),
    pytest.param("null", id="a sandboxed page or a file"),
    pytest.param(EVIL, id="a stranger"),
]


calls: list[str] = []  # the methods with which the view was called


@pytest.fixture(scope="module", autouse=True)
def views(app: Flask) -> None:
    """Add views for these tests, which need none of the API's own."""

    @app.route(PATH, methods=["GET", "POST", "PUT"])
    def anything() -> str:
        calls.append(request.method)
        return "done"

    app.add_url_rule("/api/json", "json", lambda: request.get_json(), methods=["POST"])
    app.add_url_rule("/api/crash", "crash", lambda: str(1 / 0))
    app.add_url_rule("/api/socket", "socket", lambda: "open", websocket=True)


@pytest.mark.parametrize("origin", TRUSTED_PAGES)
def test_a_trusted_page_may_read_and_write(client: FlaskClient, origin: str) -> None:
    for response in (
        client.get(PATH, headers={"Origin": origin}),
        client.post(PATH, headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"}),
    ):
        assert response.status_code == 200
        assert cors_headers(response)["Allow-Origin"] == origin
        assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", LOOK_ALIKES)
def test_any_other_page_may_neither_read_nor_write(client: FlaskClient, origin: str) -> None:
    calls.clear()
    read = client.get(PATH, headers={"Origin": origin})
    written = client.post(PATH, headers={"Origin": origin})

    assert cors_headers(read) == cors_headers(written) == {}
    assert read.headers["Vary"] == written.headers["Vary"] == "Origin"
    assert written.status_code == 403
    assert calls == ["GET"]


def test_the_refusal_of_a_write_names_the_fix(client: FlaskClient) -> None:
    response = client.post(PATH, headers={"Origin": EVIL})

    assert response.content_type == "application/problem+json"
    assert f"add {EVIL} to CORS_ORIGINS" in response.get_json()["detail"]


def test_a_preflight_grants_all_that_the_table_lists(client: FlaskClient) -> None:
    response = preflight(client, PATH)

    assert response.status_code == 204
    assert cors_headers(response) == {
        "Allow-Origin": TRUSTED,
        "Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
        "Allow-Headers": "Authorization, Content-Type, {{ "If-Match, " if cookiecutter.database != "none" else "" }}X-Request-ID",
        "Max-Age": "7200",
# {% if cookiecutter.cors_supports_credentials %}
        "Allow-Credentials": "true",
# {% endif %}
    }


@pytest.mark.parametrize("path", ["/api", "/api/none", PATH + "/", "/api//anything"])
def test_a_preflight_is_answered_before_routing(client: FlaskClient, path: str) -> None:
    assert preflight(client, path).status_code == 204
    assert "Allow-Methods" in cors_headers(preflight(client, path))


def test_a_preflight_of_a_stranger_grants_nothing(client: FlaskClient) -> None:
    response = preflight(client, PATH, EVIL)

    assert (response.status_code, response.headers["Vary"]) == (204, "Origin")
    assert cors_headers(response) == {}


@pytest.mark.parametrize("path", ["/", "/apiary", "/healthz"])
def test_outside_the_table_no_other_origin_is_trusted(client: FlaskClient, path: str) -> None:
    assert cors_headers(client.get(path, headers={"Origin": TRUSTED})) == {}
    assert cors_headers(preflight(client, path)) == {}
    assert client.post(path, headers={"Origin": TRUSTED}).status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/none", 404),
        ("DELETE", PATH, 405),
        ("POST", "/api//anything", 308),
        ("POST", "/api/json", 415),
        ("GET", "/api/crash", 500),
    ],
)
def test_a_trusted_page_can_read_errors(app: Flask, method: str, path: str, status: int) -> None:
    for debug in (True, False):
        app.debug = debug
        response = app.test_client().open(path, method=method, headers={"Origin": TRUSTED})

        assert response.status_code == status
        assert cors_headers(response)["Allow-Origin"] == TRUSTED


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="no browser: curl, a webhook, another server"),
        pytest.param({"Sec-Fetch-Site": "same-origin"}, 200, id="a page of the API"),
        pytest.param({"Sec-Fetch-Site": "none"}, 200, id="the user, by hand"),
        pytest.param({"Origin": "http://localhost"}, 200, id="an older browser: own page"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, 403, id="a sibling domain"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="a page without an origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": EVIL}, 403, id="a stranger"),
        pytest.param({"Origin": "null"}, 403, id="a sandboxed page"),
    ],
)
def test_the_guard_refuses_what_browsers_send_for_strangers(
    client: FlaskClient, headers: dict[str, str], status: int
) -> None:
    calls.clear()

    assert client.post(PATH, headers=headers).status_code == status
    assert calls == (["POST"] if status == 200 else [])


@pytest.mark.parametrize(("origin", "refused"), [(EVIL, True), (TRUSTED, False)])
def test_a_websocket_is_guarded_like_a_write(
    client: FlaskClient, origin: str, refused: bool
) -> None:
    headers = {"Origin": origin, "Connection": "Upgrade", "Upgrade": "websocket"}
    response = client.get("/api/socket", headers=headers)

    assert (response.status_code == 403) is refused


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"json": {"name": "Ada"}}, id="JSON"),
        pytest.param({"data": {"name": "Ada"}}, id="a form"),
        pytest.param({"data": {"file": (b"", "a.png")}}, id="an upload"),
        pytest.param({"data": b"raw", "content_type": "text/plain"}, id="raw bytes"),
    ],
)
def test_bodies_of_any_type_reach_the_view(client: FlaskClient, body: dict[str, object]) -> None:
    assert client.post(PATH, headers={"Origin": TRUSTED}, **body).status_code == 200
# {% if cookiecutter.cors_policy != "permissive" %}


@pytest.mark.parametrize("configured", ["true", "false"])
def test_credentials_are_granted_if_they_are_configured(configured: str) -> None:
    app = app_in(CORS_SUPPORTS_CREDENTIALS=configured)
    app.add_url_rule(PATH, "cookies", lambda: dict(request.cookies))
    headers = {"Origin": TRUSTED, "Cookie": "session=1"}
    response = app.test_client(use_cookies=False).get(PATH, headers=headers)

    granted = configured == "true"
    assert ("Allow-Credentials" in cors_headers(response)) is granted
    assert ("session" in response.get_json()) is granted
# {% endif %}
# {% if cookiecutter.cors_policy == "permissive" %}


@pytest.mark.parametrize("environ", [{}, {"CORS_ORIGINS": "*"}], ids=["unset", "*"])
@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Origin": "null"}, {}])
def test_any_page_may_call_an_open_api(environ: dict[str, str], headers: dict[str, str]) -> None:
    others = {name: ENVIRON[name] for name in ENVIRON.keys() - {"CORS_ORIGINS"}}
    client = create_app(Settings.from_env(others | environ)).test_client()
    for method in ("GET", "POST"):
        response = client.open("/api/none", method=method, headers=headers)

        assert response.status_code == 404
        assert cors_headers(response)["Allow-Origin"] == "*"
        assert "Allow-Credentials" not in cors_headers(response)


def test_an_open_api_never_takes_credentials() -> None:
    with pytest.raises(ConfigurationError, match="CORS_SUPPORTS_CREDENTIALS: 'true' reaches no"):
        Settings.from_env({"CORS_SUPPORTS_CREDENTIALS": "true"})
# {% endif %}
