"""What Flask-CORS 6.0.5 leaves open in the application of its own README: closed, one by one.

Each test has the number of the hole. The second application of every test is plain Flask-CORS: it
shows that the hole is there, so that a test does not outlive its reason.
"""

import re
from collections.abc import Callable
from typing import Any

import flask_cors
import pytest
from flask import Flask

import flask_cors_policy
from flask_cors_policy import ConfigurationError

T = "https://app.example.com"
E = "https://evil.example"
ALLOW_ORIGIN = "Access-Control-Allow-Origin"
PREFLIGHT = {"Access-Control-Request-Method": "PUT"}


def application(cors: Callable[..., object], resources: Any = None, **options: Any) -> Flask:
    """Build the ten lines of Flask-CORS's README, with a few more routes."""
    app = Flask(__name__, static_folder=None)
    cors(
        app, resources=resources or {"/api/*": {"origins": ["https://app.example.com"]}}, **options
    )

    @app.route("/api/v1/users", methods=["GET", "POST"])
    def list_users() -> str:
        app.config["RAN"] = True
        return "user example"

    app.add_url_rule("/api/slash/", "slash", list_users)
    app.add_url_rule("/api/v1/publicity", "publicity", list_users)
    app.add_url_rule("/apiary", "apiary", list_users)
    app.add_url_rule("/api/own", "own", lambda: ("x", {ALLOW_ORIGIN: "*"}))
    app.add_url_rule("/api/crash", "crash", crash)
    return app


def crash() -> str:
    raise ZeroDivisionError


def ours(resources: Any = None, **options: Any) -> Flask:
    return application(flask_cors_policy.CORS, resources, **options)


def theirs(resources: Any = None, **options: Any) -> Flask:
    return application(flask_cors.CORS, resources, **options)


def listed(*origins: str, **options: Any) -> dict[str, Any]:
    return {"/api/*": {"origins": list(origins)} | options}


def headers(
    app: Flask, origin: str | None, path: str = "/api/v1/users", method: str = "GET", **more: str
) -> dict[str, str]:
    sent = ({"Origin": origin} if origin is not None else {}) | more
    sent = {name.replace("_", "-"): value for name, value in sent.items()}
    return dict(app.test_client().open(path, method=method, headers=sent).headers)


def allowed(app: Flask, origin: str | None, path: str = "/api/v1/users", **more: str) -> str | None:
    return headers(app, origin, path, **more).get(ALLOW_ORIGIN)


def test_00_the_application_of_the_readme_works() -> None:
    for app in (ours(), theirs()):
        assert allowed(app, T) == T
        assert allowed(app, E) is None
        assert app.test_client().get("/api/v1/users", headers={"Origin": T}).data == b"user example"


def test_01_wildcard_is_no_regular_expression() -> None:
    rows = listed("https://*.example.org")
    assert allowed(theirs(rows), "https://xexample.org.evil.example")
    assert not allowed(theirs(rows), "https://a.example.org")
    assert not allowed(ours(rows), "https://xexample.org.evil.example")
    assert allowed(ours(rows), "https://a.example.org") == "https://a.example.org"


def test_02_port_wildcards_and_ipv6_literals_are_what_they_look_like() -> None:
    rows = listed("https://app.example.com:*", "http://[::1]:3000")
    assert allowed(theirs(rows), "https://appxexample.com")
    assert not allowed(theirs(rows), "http://[::1]:3000")
    assert not allowed(ours(rows), "https://appxexample.com")
    assert allowed(ours(rows), "http://[::1]:3000") == "http://[::1]:3000"
    assert allowed(ours(rows), "https://app.example.com:8443") == "https://app.example.com:8443"


def test_02_pattern_without_an_end_is_refused() -> None:
    rows = listed(r"https://app\.example\.com")
    assert allowed(theirs(rows), f"{T}.evil.example")
    with pytest.raises(ConfigurationError, match="is a regular expression"):
        ours(rows)


def test_03_subtree_ends_at_a_slash() -> None:
    rows = {"/api/v1/public/*": {"origins": "*"}, "/api/*": {"origins": [T]}}
    assert allowed(theirs(), T, "/apiary") == T
    assert allowed(theirs(rows), E, "/api/v1/publicity") == E
    assert allowed(ours(), T, "/apiary") is None
    assert allowed(ours(rows), E, "/api/v1/publicity") is None


def test_04_most_specific_row_wins_and_patterns_are_refused() -> None:
    rows: Any = {r"/[a-z]+/[a-z0-9]+/.*": {"origins": "*"}, r"/api/.*": {"origins": [T]}}
    assert allowed(theirs(rows), E)
    with pytest.raises(ConfigurationError, match="only subtrees are taken"):
        ours(rows)
    rows = {re.compile(r"/.*"): {"origins": "*"}, r"/api/.*": {"origins": [T]}}
    assert allowed(theirs(rows), E)
    with pytest.raises(ConfigurationError, match="regular expressions are not taken"):
        ours(rows)
    rows = {"/*": {"origins": "*"}, "/api/*": {"origins": [T]}}
    assert allowed(ours(rows), E) is None
    assert allowed(ours(rows), E, "/apiary") == "*"


def test_05_path_is_decoded_once() -> None:
    assert allowed(theirs(), T, "/%2561pi/x") == T
    assert allowed(ours(), T, "/%2561pi/x") is None


@pytest.mark.parametrize("origin", [T, E, None])
def test_06_vary_is_on_every_answer(origin: str | None) -> None:
    assert "Vary" not in headers(theirs(), origin)
    assert headers(ours(), origin)["Vary"] == "Origin"


def test_07_request_without_origin_learns_no_front_end() -> None:
    assert allowed(theirs(), None) == T
    assert allowed(ours(), None) is None


def test_07_comma_separated_text_is_a_list() -> None:
    rows = {"/api/*": {"origins": f"{T},https://b.example"}}
    assert not allowed(theirs(rows), T)
    assert allowed(ours(rows), T) == T


@pytest.mark.parametrize("method", ["ET", "T", ", ", "patch"])
def test_08_method_is_compared_whole(method: str) -> None:
    name = "Access-Control-Allow-Methods"
    asked = {"Access_Control_Request_Method": method}
    assert name in headers(theirs(), T, method="OPTIONS", **asked)
    assert name not in headers(ours(), T, method="OPTIONS", **asked)


def test_09_header_is_not_echoed() -> None:
    name = "Access-Control-Allow-Headers"
    asked = {
        "Access_Control_Request_Method": "PUT",
        "Access_Control_Request_Headers": "x-evil,authorization",
    }
    assert "x-evil" in headers(theirs(), T, method="OPTIONS", **asked)[name]
    granted = headers(ours(), T, method="OPTIONS", **asked)[name]
    assert granted == "Authorization, Content-Type"


@pytest.mark.parametrize(("path", "status"), [("/api/none", 404), ("/api/slash", 308)])
def test_10_preflight_of_an_unknown_path_or_a_redirect_succeeds(path: str, status: int) -> None:
    sent = {"Origin": T} | PREFLIGHT
    assert theirs().test_client().options(path, headers=sent).status_code == status
    assert ours().test_client().options(path, headers=sent).status_code == 204
    answer = ours().test_client().get(path, headers={"Origin": T})
    assert (answer.status_code, answer.headers[ALLOW_ORIGIN]) == (status, T)


def test_11_crash_in_debug_mode_is_readable() -> None:
    app = theirs()
    app.debug = True
    with pytest.raises(ZeroDivisionError):
        app.test_client().get("/api/crash", headers={"Origin": T})
    app = ours()
    app.debug = True
    response = app.test_client().get("/api/crash", headers={"Origin": T})
    assert (response.status_code, response.headers[ALLOW_ORIGIN]) == (500, T)
    assert "ZeroDivisionError" in response.get_data(as_text=True)


@pytest.mark.parametrize("origins", ["*", [T, "*"]])
def test_12_any_origin_with_credentials_is_refused(origins: Any) -> None:
    rows = {"/api/*": {"origins": origins, "supports_credentials": True}}
    assert allowed(theirs(rows), E) == E
    with pytest.raises(ConfigurationError):
        ours(rows)


def test_13_any_origin_is_a_literal_star() -> None:
    rows = {"/api/*": {"origins": "*"}}
    for origin in (E, "null"):
        assert allowed(theirs(rows), origin) == origin
        assert allowed(ours(rows), origin) == "*"
    assert allowed(ours(rows), None) == "*"
    assert "Vary" not in headers(ours(rows), E)


@pytest.mark.parametrize("origin", [f"{T}/", "app.example.com", f"{T} ", "", f"{T}:443", "null"])
def test_14_bad_origin_stops_the_start(origin: str) -> None:
    assert theirs(listed(origin))
    if origin == f"{T} ":  # blanks around an entry do not count
        assert allowed(ours(listed(origin)), T) == T
        return
    with pytest.raises(ConfigurationError):
        ours(listed(origin))


def test_15_misspelt_option_stops_the_start() -> None:
    rows = {"/api/*": {"origin": [T]}}
    assert allowed(theirs(rows), E) == E
    with pytest.raises(ConfigurationError, match="'origin' is no option; write 'origins'"):
        ours(rows)


def test_16_text_is_no_boolean() -> None:
    rows = listed(T, supports_credentials="false")
    assert headers(theirs(rows), T)["Access-Control-Allow-Credentials"] == "true"
    with pytest.raises(ConfigurationError, match="is no boolean"):
        ours(rows)


def test_17_case_of_a_request_counts() -> None:
    rows = listed("https://assets.example.com", T)
    for origin in ("https://a\xdfets.example.com", T.upper()):
        assert allowed(theirs(rows), origin) == origin
        assert allowed(ours(rows), origin) is None


def test_18_headers_of_views_and_of_a_second_set_up_do_not_count() -> None:
    assert allowed(theirs(), E, "/api/own") == "*"
    twice = ours()
    flask_cors.CORS(twice)
    for app in (ours(), twice):
        assert allowed(app, T, "/api/own") == T
        for path in ("/api/own", "/api/v1/users", "/apiary"):
            assert allowed(app, E, path) is None


def test_19_simple_post_of_another_page_runs_no_view() -> None:
    form = {"Origin": E, "Content-Type": "text/plain"}
    app = theirs()
    assert app.test_client().post("/api/v1/users", headers=form).status_code == 200
    assert app.config["RAN"]
    app = ours()
    assert app.test_client().post("/api/v1/users", headers=form).status_code == 403
    assert "RAN" not in app.config


def test_20_max_age_of_zero_is_sent() -> None:
    rows = listed(T, max_age=0)
    asked = {"Access_Control_Request_Method": "PUT"}
    assert "Access-Control-Max-Age" not in headers(theirs(rows), T, method="OPTIONS", **asked)
    assert headers(ours(rows), T, method="OPTIONS", **asked)["Access-Control-Max-Age"] == "0"


def test_20_private_network_is_not_mentioned() -> None:
    asked = {
        "Access_Control_Request_Method": "PUT",
        "Access_Control_Request_Private_Network": "true",
    }
    name = "Access-Control-Allow-Private-Network"
    assert name in headers(theirs(), T, method="OPTIONS", **asked)
    assert name not in headers(ours(), T, method="OPTIONS", **asked)


@pytest.mark.parametrize(
    "path", ["/api/v1/users%0d%0aSet-Cookie:%20a=b", "/api%0aX", "/api/a+b", "/API/v1/users"]
)
def test_paths_of_the_five_cves_inject_nothing_and_are_exact(path: str) -> None:
    response = ours().test_client().get(path, headers={"Origin": T})
    assert "Set-Cookie" not in response.headers
    inside = path.startswith("/api/")
    assert response.headers.get(ALLOW_ORIGIN) == (T if inside else None)
