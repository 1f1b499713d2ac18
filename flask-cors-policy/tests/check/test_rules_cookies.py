from collections.abc import Callable
from functools import partial
from typing import Any

import flask
import pytest
from flask import Flask, Response, request, session
from flask_login import LoginManager  # type: ignore[import-untyped]

from check.cases import Case, found
from helpers import LISTED, app_with

FAR = "https://app.example.org"
PUBLIC = {"/api/*": {"origins": "*"}}
EVERY_SESSION_SETTING = (
    "SESSION_COOKIE_SAMESITE='None', SESSION_COOKIE_SECURE=True, SESSION_COOKIE_PARTITIONED=True"
)


def uses_session() -> str:
    return str(session.get("user"))


def uses_session_of_module() -> str:
    flask.session["user"] = 1
    return "x"


def reads_cookies() -> str:
    return request.cookies["refresh"]


def sets_cookie() -> Response:
    response = Response()
    response.set_cookie("refresh", "x", httponly=True)
    return response


def uses_another_session() -> str:
    session = {"database": 1}
    cookies = session
    return str(cookies)


def drops() -> Response:
    response = Response()
    response.set_cookie("a", "b", samesite="None")
    return response


def keeps() -> Response:
    response = Response()
    response.set_cookie("a", "b", samesite="None", secure=True)
    response.set_cookie("a", "b", samesite="None", partitioned=True)
    response.set_cookie("a", "b", samesite="Lax")
    return response


def viewed(
    view: Callable[..., Any], resources: dict[str, Any] | None = None, path: str = "/api/own"
) -> Flask:
    def register(app: Flask) -> None:
        app.add_url_rule(path, "own", view, methods=["POST"])

    return app_with(resources, views=register)


def credentials(origins: str = FAR, *, hosts: tuple[str, ...] = (), **config: Any) -> Flask:
    app = app_with({"/api/*": {"origins": origins, "supports_credentials": True}})
    app.config.update(config, TRUSTED_HOSTS=list(hosts))
    return app


def cookie(origins: str = FAR, *, prefix: str = "SESSION_COOKIE", **settings: Any) -> Flask:
    config = {f"{prefix}_{name}": value for name, value in settings.items()}
    return credentials(origins, hosts=("api.example.com",), SECRET_KEY="s" * 32, **config)


def remembered(**settings: Any) -> Flask:
    app = cookie(SAMESITE="None", SECURE=True, PARTITIONED=True)
    app.config |= {f"REMEMBER_COOKIE_{name}": value for name, value in settings.items()}
    LoginManager(app)
    return app


def token(**settings: Any) -> Flask:
    app = credentials(hosts=("api.example.com",), JWT_TOKEN_LOCATION=["cookies"])
    app.config |= {f"JWT_COOKIE_{name}": value for name, value in settings.items()}
    return app


def hosts(*names: str, debug: bool = False) -> Flask:
    app = app_with()
    app.config["TRUSTED_HOSTS"] = list(names)
    app.debug = debug
    return app


def stays(settings: str, prefix: str = "SESSION_COOKIE") -> str:
    return (
        "resources['/api/*']: 'https://app.example.org' is on another site than api.example.com, "
        f"where browsers keep back the cookie of {prefix} (SameSite), or treat it as a third "
        f"party's; serve both from one site, or set {settings}"
    )


def too_far(prefix: str) -> str:
    return (
        f"{prefix}_SAMESITE: is 'None', and no front end of another site may send credentials; "
        f"set app.config['{prefix}_SAMESITE'] = 'Lax'"
    )


def wrong_host(host: str, cause: str, fix: str) -> Case:
    line = f"TRUSTED_HOSTS: '{host}' {cause}; {fix}"
    return Case(f"host {host}", "CORS028", partial(hosts, host), line)


CASES = [
    *(
        Case(
            f"{name} where every page is trusted",
            "CORS015",
            partial(viewed, view, PUBLIC),
            f"FILE: {view.__name__} uses {used}, and '/api/own' is open to every page, whose "
            "requests arrive without cookies; list origins in the row of this route, or do "
            "without cookies",
        )
        for name, view, used in (
            ("session", uses_session, "the session"),
            ("session of the module", uses_session_of_module, "the session"),
            ("cookie that is read", reads_cookies, "request.cookies"),
            ("cookie that is set", sets_cookie, "set_cookie"),
        )
    ),
    Case("session where pages are listed", "CORS015", lambda: viewed(uses_session)),
    Case("another session", "CORS015", lambda: viewed(uses_another_session, PUBLIC)),
    Case("session elsewhere", "CORS015", lambda: viewed(uses_session, PUBLIC, path="/login")),
    Case(
        "session cookie that is dropped",
        "CORS017",
        lambda: cookie(SAMESITE="None", SECURE=False),
        "SESSION_COOKIE_SECURE: is off, and browsers drop a cookie that has SameSite=None "
        "without it; set app.config['SESSION_COOKIE_SECURE'] = True",
    ),
    Case(
        "remember cookie that is dropped",
        "CORS017",
        lambda: remembered(SAMESITE="None"),
        "REMEMBER_COOKIE_SECURE: is off, and browsers drop a cookie that has SameSite=None "
        "without it; set app.config['REMEMBER_COOKIE_SECURE'] = True",
    ),
    Case("session cookie that is kept", "CORS017", lambda: cookie(SAMESITE="None", SECURE=True)),
    Case("session cookie of one site", "CORS017", lambda: cookie(SAMESITE="Lax")),
    Case(
        "cookie that is dropped",
        "CORS017",
        lambda: viewed(drops, path="/login"),
        "FILE: drops sets a cookie with SameSite=None and not Secure, which browsers drop; "
        "write secure=True",
    ),
    Case("cookies that are kept", "CORS017", lambda: viewed(keeps)),
    Case(
        "session that stays",
        "CORS018",
        lambda: cookie(SECURE=False),
        stays(EVERY_SESSION_SETTING),
    ),
    Case(
        "session that Safari keeps back",
        "CORS018",
        lambda: cookie(SAMESITE="None", SECURE=True),
        stays("SESSION_COOKIE_PARTITIONED=True"),
    ),
    Case(
        "remember cookie that stays",
        "CORS018",
        remembered,
        stays("REMEMBER_COOKIE_SAMESITE='None', REMEMBER_COOKIE_SECURE=True", "REMEMBER_COOKIE"),
    ),
    Case(
        "token in a cookie that stays",
        "CORS018",
        lambda: token(SECURE=True),
        stays("JWT_COOKIE_SAMESITE='None'", "JWT_COOKIE"),
    ),
    Case(
        "cookies that travel",
        "CORS018",
        lambda: remembered(SAMESITE="None", SECURE=True),
    ),
    Case("front end on the same site", "CORS018", lambda: cookie("https://app.example.com")),
    *(
        Case(
            f"page and API at {host}",
            "CORS018",
            partial(credentials, origin, hosts=(host,), SECRET_KEY="s" * 32),
        )
        for origin, host in (
            ("https://app.example.co.uk", "api.example.co.uk"),
            ("https://mine.vercel.app", "mine.vercel.app"),
            ("https://app.scw.cloud", "api.scw.cloud"),
            ("https://web.corp.internal", "api.corp.internal"),
            ("http://[::1]:3000", "[::1]"),
            ("http://localhost:3000", "localhost:8000"),
        )
    ),
    Case("no session", "CORS018", lambda: credentials(hosts=("api.example.com",))),
    Case("site that is not known", "CORS018", lambda: credentials(SECRET_KEY="s" * 32)),
    Case("no credentials", "CORS018", app_with),
    Case(
        "any host",
        "CORS019",
        hosts,
        "TRUSTED_HOSTS: is not set, so the API also answers to a name that a hostile page has "
        "pointed at it (DNS rebinding); list the names that it has, such as 'api.example.com'",
    ),
    Case("known hosts", "CORS019", lambda: hosts("api.example.com")),
    Case("any host in debug mode", "CORS019", lambda: hosts(debug=True)),
    Case(
        "session that goes everywhere for no page",
        "CORS026",
        lambda: cookie("https://app.example.com", SAMESITE="None", SECURE=True),
        too_far("SESSION_COOKIE"),
    ),
    Case(
        "session that goes everywhere without credentials",
        "CORS026",
        lambda: without_credentials(),
        too_far("SESSION_COOKIE"),
    ),
    Case(
        "session of a whole domain",
        "CORS026",
        lambda: cookie(SAMESITE="Lax", SECURE=True, DOMAIN=".example.com"),
        "SESSION_COOKIE_DOMAIN: sends the cookie to every host below example.com; leave it "
        "unset, so that the cookie stays with this host",
    ),
    Case(
        "session over http",
        "CORS026",
        lambda: cookie("https://app.example.com", SAMESITE="Lax"),
        "SESSION_COOKIE_SECURE: is off, so the cookie also travels over http, where the "
        "network reads it; set app.config['SESSION_COOKIE_SECURE'] = True",
    ),
    Case(
        "session that a page of another site needs",
        "CORS026",
        lambda: cookie(SAMESITE="None", SECURE=True),
    ),
    Case(
        "session whose site is not known",
        "CORS026",
        lambda: credentials(
            SECRET_KEY="s" * 32, SESSION_COOKIE_SAMESITE="None", SESSION_COOKIE_SECURE=True
        ),
    ),
    Case(
        "session of one host",
        "CORS026",
        lambda: cookie(SAMESITE="Lax", SECURE=True, DOMAIN="api.example.com"),
    ),
    wrong_host(
        "my_api.acme.org",
        "has an underscore, and Werkzeug answers 400 to such a host",
        "give the host a name with hyphens, such as 'my-api.acme.org'",
    ),
    wrong_host(
        "10.0.0.0/8",
        "is a range of addresses, and hosts are compared as names",
        "list the names by which clients call this API",
    ),
    *(
        wrong_host(
            address,
            "is an IPv6 address, which Werkzeug cuts at its first colon",
            "give the host a name, and list that",
        )
        for address in ("::1", "[::1]", "[2001:db8::1]:8000")
    ),
    wrong_host(
        "*.acme.org",
        "has a wildcard, which Werkzeug does not know",
        "write '.acme.org' for all subdomains",
    ),
    wrong_host("*", "has a wildcard, which Werkzeug does not know", "leave the setting out"),
    wrong_host("https://api.acme.org", "is an address, not a host", "write 'api.acme.org'"),
    wrong_host("api.acme.org/v1", "has a path, which no host has", "write 'api.acme.org'"),
    wrong_host("API.acme.org", "is not in lower case, as browsers send it", "write 'api.acme.org'"),
    wrong_host(
        "api..acme.org", "is no name of a host", "write it in full, such as 'api.example.com'"
    ),
    Case(
        "hosts that match",
        "CORS028",
        lambda: hosts("api.acme.org", ".acme.org", "localhost:8000", "10.0.0.7", "bücher.example"),
    ),
    Case(
        "session that never arrives",
        "CORS029",
        lambda: viewed(uses_session),
        "FILE: uses_session uses the session, which never arrives at '/api/own' from another "
        "origin, as '/api/*' takes no credentials; set supports_credentials in that row, or do "
        "without cookies",
    ),
    Case(
        "session that arrives",
        "CORS029",
        lambda: viewed(uses_session, {"/api/*": LISTED | {"supports_credentials": True}}),
    ),
    Case(
        "session for the API's own pages",
        "CORS029",
        lambda: viewed(uses_session, {"/api/*": {"origins": "none"}}),
    ),
]


def without_credentials() -> Flask:
    app = app_with()
    app.config |= {
        "SECRET_KEY": "s" * 32,
        "SESSION_COOKIE_SAMESITE": "None",
        "SESSION_COOKIE_SECURE": True,
    }
    return app


@pytest.mark.parametrize("case", [pytest.param(one, id=f"{one.id} {one.name}") for one in CASES])
def test_cookies_and_hosts(case: Case) -> None:
    assert found(case.app(), case.id) == case.found


@pytest.mark.parametrize(
    "host", ["my_api.acme.org", "10.0.0.7/8", "[::1]", "[2001:db8::1]:8000", "API.acme.org"]
)
def test_host_that_is_found_gets_400(host: str) -> None:
    client = hosts(host).test_client()

    assert client.get("/api/books", headers={"Host": host.lower()}).status_code == 400
