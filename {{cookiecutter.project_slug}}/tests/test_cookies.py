import pytest
from flask import session

from {{ cookiecutter.package_name }}.cors.row import Row

from .calls import app_with

LAX = ["Secure", "HttpOnly", "Path=/", "SameSite=Lax"]
NONE = ["Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"]
PLAIN = ["HttpOnly", "Path=/", "SameSite=Lax"]

API = "api.example.com"
SAME, OTHER = "https://app.example.com", "https://app.example.org"


@pytest.mark.parametrize(
    ("origins", "host", "attributes"),
    [
        pytest.param(SAME, API, LAX, id="same site"),
        pytest.param("https://*.example.com", API, LAX, id="all of the same site"),
        pytest.param(OTHER, API, NONE, id="another site"),
        pytest.param(f"{SAME},{OTHER}", API, NONE, id="one of the same site, one of another"),
        pytest.param("http://app.example.com", API, NONE, id="another scheme"),
        pytest.param("capacitor://localhost", API, NONE, id="an app on a telephone"),
        pytest.param("https://a.github.io", "b.github.io", NONE, id="two below a public suffix"),
        pytest.param("https://app.corp.internal", ".corp.internal", LAX, id="a private domain"),
        pytest.param("http://localhost:*", "localhost", PLAIN, id="development"),
        pytest.param("none", API, LAX, id="nobody"),
        pytest.param(OTHER, None, LAX, id="a host that is not known"),
    ],
)
def test_the_session_cookie_fits_the_front_ends(
    origins: str, host: str | None, attributes: list[str]
) -> None:
    assert session_cookie(origins, host, credentials=True) == attributes


@pytest.mark.parametrize("origins", ["*", OTHER])
def test_where_pages_send_no_cookies_it_stays_closed(origins: str) -> None:
    assert session_cookie(origins, API, credentials=False) == LAX


def session_cookie(origins: str, host: str | None, *, credentials: bool) -> list[str]:
    """Return the attributes of the session cookie that this API sets."""
    row = Row("/api/*", origins=origins, supports_credentials=credentials)
    hosts = (host,) if host else ()
    app = app_with(row, trusted_hosts=hosts, secret_key="k" * 32)

    @app.get("/api/login")
    def log_in() -> str:
        session["user"] = "ada"
        return "welcome"

    name = (host or API).lstrip(".")
    response = app.test_client().get("/api/login", headers={"Host": name})
    return response.headers["Set-Cookie"].split("; ")[1:]
