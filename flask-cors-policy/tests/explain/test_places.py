"""Applications that do not stand at the root of one host."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from explain.calls import BOOKS, PAGE, Setup, answering, codes_of, explain
from flask_cors_policy import CORS, cross_origin

SHOP = "https://www.example.com/shop/api/books"
NOT_FOUND = answering("404 NOT FOUND")


def mounted(inner: Any) -> Any:
    return DispatcherMiddleware(NOT_FOUND(inner), {"/shop": inner})


def prefixed(inner: Any) -> Any:
    return ProxyFix(inner, x_prefix=1)


MOUNTS: dict[str, tuple[dict[str, Any], list[str]]] = {
    "X-Forwarded-Prefix": ({"around": [prefixed]}, ["Prefix"]),
    "APPLICATION_ROOT": ({"config": {"APPLICATION_ROOT": "/shop"}}, ["Prefix"]),
    "DispatcherMiddleware": ({"around": [mounted]}, []),
    "DispatcherMiddleware behind ProxyFix": (
        {"around": [mounted, lambda inner: ProxyFix(inner)]},
        [],
    ),
}


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("name", MOUNTS)
def test_prefix_is_found(name: str, method: str) -> None:
    change, notes = MOUNTS[name]
    setup = Setup([method, SHOP, "--origin", PAGE], **change)
    setup.config["TRUSTED_HOSTS"] = None
    verdict = setup.explain()

    assert (verdict["verdict"], verdict["row"]) == ("ALLOWED", "the row /api/*")
    assert verdict["view"] == {"endpoint": "books", "runs": True}
    assert [code for code in codes_of(verdict) if code != "NotExecuted"] == notes


def test_prefix_of_the_server_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPT_NAME", "/shop")
    verdict = Setup(["PUT", "/shop/api/books", "--origin", PAGE]).explain()

    assert (verdict["verdict"], codes_of(verdict)) == ("ALLOWED", ["Prefix", "NotExecuted"])


@pytest.mark.parametrize(
    ("url", "called"),
    [
        ("/shop/api/books", "http://127.0.0.1:5000/shop/api/books"),
        (BOOKS, "http://127.0.0.1:5000/shop/api/books"),
        ("http://127.0.0.1:5000/shop/api/books", "http://127.0.0.1:5000/shop/api/books"),
    ],
)
@pytest.mark.parametrize("prefix", ["/shop", "/shop/"])
def test_prefix_is_named(url: str, called: str, prefix: str) -> None:
    arguments = ["PUT", url, "--origin", "http://localhost:3000", "--prefix", prefix]
    verdict = Setup(arguments).explain()

    assert (verdict["verdict"], verdict["request"]["url"]) == ("ALLOWED", called)
    assert "its own path is /api/books" in verdict["notes"][0]["text"]


def test_no_prefix_is_named() -> None:
    arguments = ["GET", "/shop/api/books", "--origin", PAGE, "--prefix", "/"]
    verdict = Setup(arguments, config={"APPLICATION_ROOT": "/shop"}).explain()

    assert verdict["code"] == "MissingAllowOriginHeader"


def test_path_is_called_where_middleware_mounts_the_application() -> None:
    verdict = Setup(["PUT", BOOKS, "--origin", PAGE], around=[mounted]).explain()

    assert verdict["verdict"] == "ALLOWED"
    assert verdict["request"]["url"] == "http://127.0.0.1:5000/shop/api/books"


def test_prefix_is_not_guessed_where_nothing_points_to_one() -> None:
    verdict = Setup(["GET", "/v2/api/books", "--origin", PAGE]).explain()

    assert verdict["code"] == "MissingAllowOriginHeader"
    assert verdict["fix"] == (
        "if the application is mounted at /v2, ask with --prefix /v2; otherwise call /api/books"
    )


def test_route_for_any_path_does_not_hide_a_prefix() -> None:
    app = Setup([], around=[prefixed]).build()
    app.add_url_rule("/<path:anything>", "page", lambda anything: anything)
    verdict = explain(app, "GET", "http://127.0.0.1:5000/shop/api/books", "--origin", PAGE)

    assert (verdict["verdict"], verdict["view"]["endpoint"]) == ("ALLOWED", "books")


def build(**options: Any) -> Flask:
    app = Flask("hosts", static_folder=None, **options)
    app.config |= {"SERVER_NAME": "example.com:5000", "PREFERRED_URL_SCHEME": "https"}
    host = "host" if app.url_map.host_matching else "subdomain"
    end = ".example.com:5000" if host == "host" else ""

    def view(tenant: str = "") -> str:
        return tenant

    for path, name, place in (
        ("/api/books", "books", "api"),
        ("/api/own", "own", "api"),
        ("/api/tenant", "tenant", "<tenant>"),
    ):
        marked = cross_origin(origins="https://own.example")(view) if name == "own" else view
        options = {host: f"{place}{end}", "methods": ["GET", "PUT"]}
        app.add_url_rule(path, name, marked, **options)
    if host == "host":
        app.add_url_rule("/api/main", "main", view, host="example.com:5000")
    else:
        app.add_url_rule("/api/main", "main", view)
    CORS(resources={"/api/*": {"origins": PAGE}}).init_app(app, {})
    return app


@pytest.fixture(params=["subdomain_matching", "host_matching"])
def hosts(request: pytest.FixtureRequest) -> Flask:
    return build(**{request.param: True})


@pytest.mark.parametrize(
    ("method", "url", "called", "endpoint"),
    [
        ("GET", "/api/books", "https://api.example.com:5000/api/books", "books"),
        ("PUT", "/api/books", "https://api.example.com:5000/api/books", "books"),
        ("GET", "/api/main", "https://example.com:5000/api/main", "main"),
        ("GET", "/api/tenant", "https://api.example.com:5000/api/tenant", "tenant"),
        ("PUT", "https://api.example.com:5000/api/books", None, "books"),
        ("GET", "https://acme.example.com:5000/api/tenant", None, "tenant"),
    ],
)
def test_route_of_a_host_is_found(
    hosts: Flask, method: str, url: str, called: str | None, endpoint: str
) -> None:
    verdict = explain(hosts, method, url, "--origin", PAGE)

    assert (verdict["verdict"], verdict["request"]["url"]) == ("ALLOWED", called or url)
    assert verdict["view"] == {"endpoint": endpoint, "runs": True}


def test_view_of_a_host_has_its_own_policy(hosts: Flask) -> None:
    arguments = ["https://api.example.com:5000/api/own", "--origin", PAGE]
    verdict = explain(hosts, "GET", *arguments)

    assert verdict["cause"] == f"cross_origin on 'own' does not trust {PAGE}"
    assert explain(hosts, "GET", arguments[0], "--origin", "https://own.example")["status"] == 200


def test_route_of_another_host_is_named(hosts: Flask) -> None:
    verdict = explain(hosts, "GET", "https://example.com:5000/api/books", "--origin", PAGE)

    assert (verdict["verdict"], verdict["status"]) == ("ALLOWED", 404)
    assert verdict["notes"][0]["text"] == (
        "/api/books is no route of this application (404); the closest is "
        "https://api.example.com:5000/api/books"
    )


def test_websocket_of_another_host_is_named_with_what_its_view_lacks(hosts: Flask) -> None:
    view = cross_origin(origins="https://own.example")(str)
    options: dict[str, Any] = {"subdomain": "api"}
    if hosts.url_map.host_matching:
        options = {"host": "api.example.com:5000"}
    hosts.add_url_rule("/api/socket", "socket", view, websocket=True, **options)
    verdict = explain(hosts, "GET", "wss://example.com:5000/api/socket", "--origin", PAGE)

    assert verdict["fix"] == (
        f"call wss://api.example.com:5000/api/socket; then add {PAGE} to the origins of "
        "cross_origin on 'socket'"
    )


def test_redirect_to_another_host_of_the_application_is_followed(hosts: Flask) -> None:
    target = "https://api.example.com:5000/api/books"
    hosts.view_functions["main"] = lambda: ("", 307, {"Location": target})
    verdict = explain(hosts, "GET", "https://example.com:5000/api/main", "--origin", PAGE)

    assert verdict["exchanges"][-1]["url"] == target
    assert verdict["code"] == "MissingAllowOriginHeader"  # of the origin 'null'


def test_server_of_a_path_follows_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    def called(**config: Any) -> str:
        verdict = Setup(["GET", BOOKS, "--origin", PAGE], config=config).explain()
        url: str = verdict["request"]["url"]
        return url

    assert called(TRUSTED_HOSTS=None) == "http://127.0.0.1:5000/api/books"
    assert called(TRUSTED_HOSTS=["localhost"]) == "http://localhost:5000/api/books"
    assert called(TRUSTED_HOSTS=[".example.com"]) == "https://example.com/api/books"
    monkeypatch.setenv("FLASK_RUN_PORT", "8000")
    assert called(TRUSTED_HOSTS=None) == "http://127.0.0.1:8000/api/books"
    settings = {"SERVER_NAME": "api.example.com", "PREFERRED_URL_SCHEME": "https"}
    assert called(TRUSTED_HOSTS=None, **settings) == "https://api.example.com/api/books"


def test_host_on_the_internet_is_called_over_https() -> None:
    app = Flask("hosts", static_folder=None, host_matching=True)
    for path, host in (("/api/x", "api.example.com"), ("/api/y", "localhost:8080")):
        app.add_url_rule(path, path, dict, host=host)
    CORS(resources={"/api/*": {"origins": PAGE}}).init_app(app, {})
    called = [
        explain(app, "GET", path, "--origin", PAGE)["request"]["url"]
        for path in ("/api/x", "/api/y")
    ]

    assert called == ["https://api.example.com/api/x", "http://localhost:8080/api/y"]


def test_path_of_a_websocket_route_is_called_as_one() -> None:
    setup = Setup(["GET", "/api/socket", "--origin", PAGE], sockets=["/api/socket"])
    verdict = setup.explain()

    assert verdict["request"]["url"] == "ws://127.0.0.1:5000/api/socket"
    assert (verdict["verdict"], verdict["step"]) == ("ALLOWED", "WebSocket handshake")


def test_path_with_a_route_for_each_method_is_no_websocket() -> None:
    app = Flask(__name__)
    app.add_url_rule(BOOKS, "list", lambda: "books", methods=["GET"])
    app.add_url_rule(BOOKS, "create", lambda: "book", methods=["POST"])
    CORS(app, resources={"/api/*": {"origins": PAGE}})
    result = app.test_cli_runner().invoke(args=["cors", "explain", "POST", BOOKS, "--origin", PAGE])

    assert result.output.startswith("ALLOWED")
    assert result.exit_code == 0
