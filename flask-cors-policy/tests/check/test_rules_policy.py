from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask_socketio import SocketIO  # type: ignore[import-untyped]
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from check.cases import Case, found
from flask_cors_policy import Variable, cross_origin
from helpers import BOOKS, app_with

SAFE = "https://app.example.org"
TRUSTED = {"origins": SAFE}
PUBLIC = {"origins": "*"}


def trusting(
    origins: str, *, credentials: bool = False, debug: bool = False, max_age: int = 7200
) -> Flask:
    row: dict[str, Any] = {
        "origins": Variable("CORS_ORIGINS"),
        "supports_credentials": credentials,
        "max_age": max_age,
    }
    app = app_with({"/api/*": row}, environ={"CORS_ORIGINS": origins})
    app.debug = debug
    return app


def hosts(*names: str, debug: bool = False) -> Flask:
    app = trusting(SAFE, debug=debug)
    app.config["TRUSTED_HOSTS"] = list(names)
    return app


def with_a_list_of_readers() -> Flask:
    resources = {
        "/api/*": {"origins": Variable("CORS_ORIGINS"), "supports_credentials": True},
        "/api/public/*": {"origins": (Variable("READERS"), Variable("CORS_ORIGINS"))},
    }
    environ = {"READERS": "http://reader.example.org", "CORS_ORIGINS": "http://x.example.org"}
    return app_with(resources, environ=environ)


def local(origin: str) -> str:
    return (
        f"CORS_ORIGINS: '{origin}' is any program that listens on the visitor's own machine; "
        "leave it out in production; if this is development, run 'flask --debug cors check'"
    )


def rows(**resources: Any) -> Flask:
    """Build an application with rows for paths below `/api`; `_` stands for a slash."""
    table = {f"/api/{name.replace('_', '/')}/*": row for name, row in resources.items()}
    return app_with({"/api/*": TRUSTED, **table})


def with_socketio(path: str) -> Flask:
    def add(app: Flask) -> None:
        SocketIO(app, cors_allowed_origins=[SAFE])

    return app_with({"/api/*": TRUSTED, path: TRUSTED}, views=add)


def mounted(path: str) -> Flask:
    def mount(app: Flask) -> None:
        mounts: dict[str, Any] = {"/legacy": Flask("legacy")}
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, mounts)  # type: ignore[method-assign]

    return app_with({"/api/*": TRUSTED, path: TRUSTED}, views=mount)


def mounted_late(path: str) -> Flask:
    """Build an application that is mounted at /shop itself, beside another one."""
    app = app_with({"/api/*": TRUSTED, path: TRUSTED})
    mounts: dict[str, Any] = {"/shop": app.wsgi_app, "/legacy": Flask("legacy")}
    app.wsgi_app = DispatcherMiddleware(Flask("front"), mounts)  # type: ignore[method-assign]
    return app


def viewed(resources: dict[str, Any], path: str, *methods: str, **own: Any) -> Flask:
    """Build an application with one more view, which may have a cross_origin of its own."""
    view = cross_origin(**own)(lambda: "x") if own else lambda **_: "x"

    def register(app: Flask) -> None:
        app.add_url_rule(path, "own", view, methods=[*methods] or None)

    return app_with(resources, views=register)


CASES = [
    Case(
        "placeholder",
        "CORS001",
        partial(trusting, f"{SAFE},https://app.example.com"),
        "CORS_ORIGINS: 'https://app.example.com' is a placeholder; write the origin that your "
        "front end is served from",
    ),
    *(
        Case(
            f"placeholder of a host: {host}",
            "CORS001",
            partial(hosts, "localhost", host),
            f"TRUSTED_HOSTS: '{host}' is an example name, which nobody can register; write the "
            "name by which this API is called, as requests for others get 400",
        )
        for host in ("api.example.com", "api.staging.example.com", "example.org", ".example.net")
    ),
    Case(
        "placeholder in debug mode",
        "CORS001",
        lambda: trusting("https://app.example.com", debug=True),
    ),
    Case(
        "placeholder of a host in debug mode",
        "CORS001",
        lambda: hosts("api.example.com", debug=True),
    ),
    Case("own page", "CORS001", lambda: trusting(SAFE)),
    Case("own host", "CORS001", lambda: hosts("api.myexample.com", "example.com.acme.eu")),
    *(
        Case(f"own machine: {origin}", "CORS002", partial(trusting, origin), local(origin))
        for origin in (
            "http://localhost:*",
            "http://localhost",
            "http://app.localhost:3000",
            "https://localhost:8443",
            "http://127.0.0.1:5173",
            "http://127.9.9.9",
            "http://[::1]:3000",
            "http://0.0.0.0:3000",
        )
    ),
    *(
        Case(f"not the visitor's machine: {origin}", "CORS002", partial(trusting, origin))
        for origin in (
            "https://localhost",
            "http://tauri.localhost",
            "https://tauri.localhost",
            "capacitor://localhost",
            "app://.",
            "https://localhost.example.org",
            "https://192.168.1.7",
            "none",
        )
    ),
    Case(
        "own machine in debug mode", "CORS002", lambda: trusting("http://localhost:*", debug=True)
    ),
    Case(
        "no TLS",
        "CORS003",
        lambda: trusting("http://app.example.org:8080"),
        "CORS_ORIGINS: 'http://app.example.org:8080' has no TLS, so whoever sits on the "
        "network can rewrite its pages; serve the page over https and write "
        "'https://app.example.org:8080'",
    ),
    Case(
        "no TLS in a variable beside an origin of the row's own",
        "CORS003",
        lambda: app_with(
            {"/api/*": {"origins": (SAFE, Variable("CORS_ORIGINS"))}},
            environ={"CORS_ORIGINS": "http://x.example.org"},
        ),
        "CORS_ORIGINS: 'http://x.example.org' has no TLS, so whoever sits on the network can "
        "rewrite its pages; serve the page over https and write 'https://x.example.org'",
    ),
    Case("TLS", "CORS003", lambda: trusting(f"{SAFE},capacitor://localhost,app://.")),
    Case("no TLS on the own machine", "CORS003", lambda: trusting("http://localhost:*")),
    Case("no TLS of Tauri", "CORS003", lambda: trusting("http://tauri.localhost")),
    Case("no TLS in debug mode", "CORS003", lambda: trusting("http://10.0.0.7", debug=True)),
    Case(
        "no TLS with credentials has a rule of its own",
        "CORS003",
        lambda: trusting("http://x.example.org", credentials=True),
    ),
    *(
        Case(
            f"no TLS with credentials {name}",
            "CORS004",
            app,
            "CORS_ORIGINS: 'http://x.example.org' has no TLS and may send credentials, so "
            "whoever sits on the network can act as your users; serve the page over https and "
            "write 'https://x.example.org'",
        )
        for name, app in (
            ("in one row", lambda: trusting("http://x.example.org", credentials=True)),
            ("in one row of two", with_a_list_of_readers),
        )
    ),
    Case("TLS with credentials", "CORS004", lambda: trusting(SAFE, credentials=True)),
    Case(
        "no TLS on the own machine, with credentials",
        "CORS004",
        lambda: trusting("http://localhost:*", credentials=True, debug=True),
    ),
    Case(
        "wildcard with credentials",
        "CORS005",
        lambda: trusting("https://*.preview.example.org", credentials=True),
        "CORS_ORIGINS: 'https://*.preview.example.org' with credentials trusts every host "
        "below preview.example.org with your users' cookies; list the origins that need it",
    ),
    Case("wildcard", "CORS005", lambda: trusting("https://*.preview.example.org")),
    Case(
        "any port with credentials",
        "CORS005",
        lambda: trusting("http://localhost:*", credentials=True, debug=True),
    ),
    *(
        Case(
            f"wildcard over {domain}",
            "CORS006",
            partial(trusting, f"https://*.{domain}"),
            f"CORS_ORIGINS: 'https://*.{domain}' trusts everything below {domain}, a forgotten "
            "host as well; list the origins, or give them a domain of their own and write "
            f"'https://*.preview.{domain}'",
        )
        for domain in ("example.org", "example.co.uk")
    ),
    Case(
        "any port",
        "CORS006",
        lambda: trusting("https://app.example.org:*"),
        "CORS_ORIGINS: 'https://app.example.org:*' trusts whatever listens on any port of "
        "app.example.org; write the port of the page",
    ),
    Case(
        "wildcard over a domain for it",
        "CORS006",
        lambda: trusting("https://*.preview.example.org"),
    ),
    Case("any port of the own machine", "CORS006", lambda: trusting("http://localhost:*")),
    Case(
        "day",
        "CORS007",
        lambda: app_with(environ={"CORS_ORIGINS": SAFE, "CORS_MAX_AGE": "86400"}),
        "CORS_MAX_AGE: '86400' is obeyed by Firefox alone; Chromium remembers a preflight for "
        "7200 seconds and Safari for 600; write at most '7200', so that a corrected policy is "
        "soon known everywhere",
    ),
    Case(
        "day, in a row",
        "CORS007",
        lambda: trusting(SAFE, max_age=7201),
        "resources['/api/*']: '7201' is obeyed by Firefox alone; Chromium remembers a "
        "preflight for 7200 seconds and Safari for 600; write at most '7200', so that a "
        "corrected policy is soon known everywhere",
    ),
    Case("two hours", "CORS007", lambda: trusting(SAFE, max_age=7200)),
    Case(
        "row whose methods another row takes",
        "CORS008",
        lambda: rows(
            books=[{"origins": SAFE, "for_methods": ("GET", "HEAD")}, TRUSTED | {"methods": "GET"}]
        ),
        "resources['/api/books/*'][1]: grants nothing, as the row with "
        "for_methods=('GET', 'HEAD') decides on all methods that it lists; take methods out "
        "of that row, or remove this one",
    ),
    Case(
        "row that leaves methods to another",
        "CORS008",
        lambda: rows(
            books=[{"origins": SAFE, "for_methods": ("GET",)}, TRUSTED | {"methods": "POST"}]
        ),
    ),
    Case("row below a row", "CORS008", lambda: rows(books=TRUSTED)),
    Case(
        "row with a slip in its path",
        "CORS009",
        lambda: rows(book=TRUSTED),
        "resources['/api/book/*']: covers no route of this application; correct its path, or "
        "remove the row; 'flask routes' shows the paths",
    ),
    Case(
        "row for methods that no route takes",
        "CORS009",
        lambda: viewed(
            {"/x/*": [TRUSTED, {"origins": SAFE, "for_methods": ("PUT", "DELETE")}]}, "/x/y"
        ),
        "resources['/x/*'][1] for PUT and DELETE: is for PUT and DELETE, which no route below it "
        "takes; correct for_methods, or remove the row",
    ),
    Case("row of a route", "CORS009", lambda: rows(books=TRUSTED)),
    Case(
        "row that a variable of a route may reach",
        "CORS009",
        lambda: viewed({"/api/*": TRUSTED, "/api/v7/*": TRUSTED}, "/api/<version>/books"),
    ),
    Case("row of SocketIO", "CORS009", lambda: with_socketio("/socket.io/*")),
    Case("row around SocketIO", "CORS009", lambda: with_socketio("/*")),
    Case(
        "row with a slip, beside SocketIO",
        "CORS009",
        lambda: with_socketio("/socketio/*"),
        "resources['/socketio/*']: covers no route of this application; correct its path, remove "
        "the row, or ignore CORS009 if middleware answers there; 'flask routes' shows the paths",
    ),
    Case("row of a mount", "CORS009", lambda: mounted("/legacy/*")),
    Case("row below a mount", "CORS009", lambda: mounted("/legacy/v1/*")),
    Case("row of a mount that is to stand behind", "CORS009", lambda: mounted_late("/legacy/*")),
    Case(
        "row of the mount of this application, whose path it never sees",
        "CORS009",
        lambda: mounted_late("/shop/*"),
        "resources['/shop/*']: covers no route of this application; correct its path, or remove "
        "the row; 'flask routes' shows the paths",
    ),
    Case(
        "route beside the rows",
        "CORS010",
        lambda: viewed({"/api/books/*": TRUSTED, "/v2/books/*": TRUSTED}, "/v2/items"),
        "route '/api/slash/': no row covers GET, HEAD, so no page of another origin can call "
        "it; add a row that does, such as '/api/*'",
        "route '/v2/items': no row covers GET, HEAD, so no page of another origin can call it; "
        "add a row that does, such as '/v2/*'",
    ),
    Case(
        "route with a row for some of its methods",
        "CORS010",
        lambda: viewed(
            {"/api/*": TRUSTED, "/shop/*": {"origins": SAFE, "for_methods": ("GET", "HEAD")}},
            "/shop",
            "GET",
            "POST",
        ),
        "route '/shop': no row covers POST, so no page of another origin can call it; add "
        "{'origins': ..., 'for_methods': ['POST']} to resources['/shop/*'], which may be a list of "
        "rows",
    ),
    Case("routes elsewhere", "CORS010", lambda: viewed({"/api/*": TRUSTED}, "/metrics")),
    Case("row of the root", "CORS010", lambda: viewed({"/*": TRUSTED}, "/<path:page>")),
    Case(
        "view that its own methods close",
        "CORS024",
        lambda: viewed({"/api/*": TRUSTED}, "/api/own", "POST", methods=("GET", "HEAD")),
        "cross_origin on 'own': lists GET and HEAD, and the view of '/api/own' takes POST, so "
        "no page of another origin can call it; write methods=('POST',)",
    ),
    Case(
        "view that is narrowed to reading",
        "CORS024",
        lambda: viewed({"/api/*": TRUSTED}, "/api/own", "GET", "POST", methods=("GET", "HEAD")),
    ),
    Case(
        "view that is opened",
        "CORS024",
        lambda: viewed({"/api/*": TRUSTED}, "/api/own", "POST", origins="*"),
    ),
    Case(
        "public row that takes writes away",
        "CORS025",
        lambda: viewed(
            {"/api/*": TRUSTED, "/api/pub/*": PUBLIC | {"methods": ("GET", "HEAD")}},
            "/api/pub/x",
            "GET",
            "POST",
        ),
        "resources['/api/pub/*']: takes POST on '/api/pub/x' away from the origins that "
        "'/api/*' trusts; write 'for_methods': ('GET', 'HEAD') in it, or ignore CORS025 if it "
        "is meant",
    ),
    Case(
        "public row that is for reading",
        "CORS025",
        lambda: viewed(
            {"/api/*": TRUSTED, "/api/pub/*": PUBLIC | {"for_methods": ("GET", "HEAD")}},
            "/api/pub/x",
            "GET",
            "POST",
        ),
    ),
    Case("row of fewer origins", "CORS025", lambda: rows(books={"origins": "https://one.example"})),
    Case(
        "public row over routes that only read",
        "CORS025",
        lambda: viewed(
            {"/api/*": TRUSTED, "/api/pub/*": PUBLIC | {"methods": ("GET", "HEAD")}}, "/api/pub/x"
        ),
    ),
    Case(
        "variable that nothing reads",
        "CORS030",
        lambda: app_with(environ={"CORS_ORIGINS": SAFE, "CORS_DEBUG": "1", "OTHER": "1"}),
        "CORS_DEBUG: is set, and nothing reads it; unset it, or write Variable('CORS_DEBUG') "
        "in a row",
    ),
    Case(
        "variable of an option that cannot be chosen",
        "CORS030",
        lambda: app_with(environ={"CORS_ORIGINS": SAFE, "CORS_VARY_HEADER": "1"}),
        "CORS_VARY_HEADER: is not for choice, as Vary: Origin is sent wherever an answer depends "
        "on it; unset it",
    ),
    Case("variables that are read", "CORS030", app_with),
]


@pytest.mark.parametrize("case", [pytest.param(one, id=f"{one.id} {one.name}") for one in CASES])
def test_the_policy(case: Case) -> None:
    assert found(case.app(), case.id) == case.found


def test_what_two_rows_share_is_found_once_and_where_it_is_written() -> None:
    lines = found(with_a_list_of_readers(), "CORS003")

    assert [line.partition(":")[0] for line in lines] == ["READERS"]


def test_fix_of_writes_taken_away_lets_them_pass() -> None:
    narrow = {"origins": "*", "methods": ("GET", "HEAD")}
    write = {"Origin": SAFE, "Sec-Fetch-Site": "cross-site"}

    def status(row: dict[str, Any]) -> int:
        app = viewed({"/api/*": TRUSTED, "/api/pub/*": row}, "/api/pub/x", "GET", "POST")
        return app.test_client().post("/api/pub/x", headers=write).status_code

    assert (status(narrow), status(narrow | {"for_methods": ("GET", "HEAD")})) == (403, 200)


@pytest.mark.parametrize("origins", ["https://partner.example.org", "*"])
def test_mixed_policy_with_credentials_is_no_finding(origins: str) -> None:
    resources = {
        "/api/*": {"origins": SAFE, "supports_credentials": True},
        f"{BOOKS}/*": {
            "origins": origins,
            "for_methods": ("GET", "HEAD"),
            "supports_credentials": False,
        },
    }
    app = app_with(resources)
    ours = [id_ for id_ in ("CORS008", "CORS009", "CORS010", "CORS025") if found(app, id_)]

    assert ours == []
