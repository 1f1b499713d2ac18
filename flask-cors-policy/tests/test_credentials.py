"""`supports_credentials=False`: cookies and HTTP authentication of other pages reach no view."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from flask import Flask, request

from explain import chromium
from flask_cors_policy import cross_origin
from helpers import EVIL, LISTED, TRUSTED, app_with

OWN = "http://localhost"
LISTED_WITH = LISTED | {"supports_credentials": True}
WITHOUT_AUTHORIZATION = LISTED | {"allow_headers": "Content-Type"}


def add_echo(app: Flask) -> None:
    """Register views that return the credentials that reached them."""

    def echo() -> dict[str, str | None]:
        return {
            "cookie": request.cookies.get("session"),
            "authorization": request.headers.get("Authorization"),
        }

    app.add_url_rule("/api/echo", "echo", echo, methods=["GET", "POST"])
    app.add_url_rule("/outside/echo", "outside-echo", echo, methods=["GET", "POST"])


def add_own(app: Flask) -> None:
    """Register views that take credentials or not, whatever their row says."""
    add_echo(app)
    echo: Any = app.view_functions["echo"]
    with_cookies = cross_origin(supports_credentials=True)(echo)
    app.add_url_rule("/api/own", "own", with_cookies, methods=["GET", "POST"])
    without = cross_origin(supports_credentials=False)(echo)
    app.add_url_rule("/api/without", "without", without, methods=["GET", "POST"])


def received(
    row: dict[str, Any], path: str = "/api/echo", method: str = "POST", **headers: str
) -> tuple[str | None, str | None]:
    views = add_echo if path.endswith("/echo") else add_own
    client = app_with({"/api/*": row}, views=views).test_client(use_cookies=False)
    sent = {"Cookie": "session=s3cr3t", "Authorization": "Basic dTpw"} | headers
    response = client.open(path, method=method, headers=sent)
    assert response.status_code == 200
    echoed = response.get_json()
    return echoed["cookie"], echoed["authorization"]


KEPT = ("s3cr3t", "Basic dTpw")
REMOVED = (None, None)

# What it is: the row, the path, the headers, and what reaches the view.
CASES: dict[str, tuple[dict[str, Any], str, dict[str, str], tuple[str | None, str | None]]] = {
    "trusted page, no credentials": (LISTED, "/api/echo", {"Origin": TRUSTED}, REMOVED),
    "trusted page, credentials": (LISTED_WITH, "/api/echo", {"Origin": TRUSTED}, KEPT),
    "any page": ({"origins": "*"}, "/api/echo", {"Origin": EVIL}, REMOVED),
    "any page, cross-site without Origin": (
        {"origins": "*"},
        "/api/echo",
        {"Sec-Fetch-Site": "cross-site"},
        REMOVED,
    ),
    "own page": (LISTED, "/api/echo", {"Origin": OWN}, KEPT),
    "own page, as the browser tells": (
        LISTED,
        "/api/echo",
        {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
        KEPT,
    ),
    "no browser": (LISTED, "/api/echo", {}, KEPT),
    "view that takes them": (LISTED, "/api/own", {"Origin": TRUSTED}, KEPT),
    "view that does not": (LISTED_WITH, "/api/without", {"Origin": TRUSTED}, REMOVED),
    "outside the rows, own page": (LISTED, "/outside/echo", {"Origin": OWN}, KEPT),
}


@pytest.mark.parametrize(("row", "path", "headers", "reaches"), CASES.values(), ids=CASES.keys())
def test_credentials_reach_the_view_where_they_are_supported(
    row: dict[str, Any],
    path: str,
    headers: dict[str, str],
    reaches: tuple[str | None, str | None],
) -> None:
    assert received(row, path, **headers) == reaches


@pytest.mark.parametrize("origin", [TRUSTED, EVIL])
def test_credentials_of_a_cross_origin_read_do_not_reach_the_view(origin: str) -> None:
    """A page that may not read the response must not have its user's session used either."""
    assert received(LISTED, method="GET", Origin=origin) == REMOVED
    assert received(LISTED_WITH, method="GET", Origin=TRUSTED) == KEPT


def test_links_from_other_sites_keep_their_cookies() -> None:
    """A navigation has no Origin; it is no request of a page's script."""
    assert received(LISTED, method="GET") == KEPT
    assert received(LISTED, method="GET", **{"Sec-Fetch-Site": "cross-site"}) == KEPT


# What it is: the row, the header, and whether it reaches the view.
AUTHORIZATION = {
    "a token, listed": (LISTED, "Bearer abc", True),
    "a token, not listed": (WITHOUT_AUTHORIZATION, "Bearer abc", False),
    "Basic": (LISTED, "Basic dTpw", False),
    "Basic in capitals": (LISTED, "BASIC dTpw", False),
    "Digest": (LISTED, "Digest username=u", False),
    "Negotiate": (LISTED, "Negotiate abc", False),
    "NTLM": (LISTED, "NTLM abc", False),
    "no blank": (LISTED, "Basic", False),
    "a scheme of one's own": (LISTED, "ApiKey abc", True),
}


@pytest.mark.parametrize(
    ("row", "header", "reaches"), AUTHORIZATION.values(), ids=AUTHORIZATION.keys()
)
def test_authorization_that_browsers_add_themselves_is_removed(
    row: dict[str, Any], header: str, reaches: bool
) -> None:
    got = received(row, Origin=TRUSTED, Authorization=header)
    assert got == (None, header if reaches else None)


@pytest.mark.parametrize("headers", [{"Origin": EVIL}, {"Origin": OWN}, {}])
@pytest.mark.parametrize(
    ("credentials", "vary"),
    [
        ({"Cookie": "session=x"}, ["Origin"]),
        ({"Authorization": "Basic dTpw"}, ["Origin"]),
        ({"Authorization": "Bearer abc"}, []),
        ({}, []),
    ],
)
def test_cache_does_not_mix_answers_with_and_without_credentials(
    credentials: dict[str, str], vary: list[str], headers: dict[str, str]
) -> None:
    """Under `*` no header depends on Origin, but what the view sees may."""
    client = app_with({"/api/*": {"origins": "*"}}, views=add_echo).test_client(use_cookies=False)
    response = client.get("/api/echo", headers=credentials | headers)
    assert response.headers.getlist("Vary") == vary


def test_untrusted_page_is_told_one_reason() -> None:
    app = app_with(views=add_echo)
    app.debug = True
    client = app.test_client(use_cookies=False)
    response = client.get("/api/echo", headers={"Origin": EVIL, "Cookie": "session=x"})
    (reason,) = response.headers.getlist("X-CORS-Explain")
    assert reason.startswith("MissingAllowOriginHeader: ")


def test_response_carries_no_credentials_header_where_they_are_removed() -> None:
    client = app_with(views=add_echo).test_client()
    response = client.get("/api/echo", headers={"Origin": TRUSTED})
    assert "Access-Control-Allow-Credentials" not in response.headers


# --- in a browser ----------------------------------------------------------------------------

PAGE = "http://localhost:3000"
SEND = {
    "fetch": "url => fetch(url, { method: 'POST', credentials: 'include' }).catch(() => null)",
    "no-cors": "url => fetch(url, { method: 'POST', mode: 'no-cors', credentials: 'include' })",
    "form": """url => new Promise(resolve => {
      const form = document.createElement("form"), frame = document.createElement("iframe");
      Object.assign(form, { method: "POST", action: url, target: frame.name = "frame" });
      document.body.append(frame, form);
      frame.onload = resolve;
      form.submit();
    })""",
}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with chromium.running(tmp_path_factory.mktemp("pages")) as browser:
        yield browser


@pytest.mark.parametrize("how", SEND)
@pytest.mark.parametrize(
    ("row", "seen"), [(LISTED, None), (LISTED_WITH, "s3cr3t"), ({"origins": "*"}, None)]
)
def test_cookie_that_a_browser_sends_reaches_the_view_only_with_credentials(
    row: dict[str, Any], seen: str | None, how: str, browser: Any
) -> None:
    """Cookies know no ports, so a page of localhost:3000 sends those of the API."""
    sent: list[str | None] = []
    reached: list[str | None] = []

    def note() -> str:
        reached.append(request.cookies.get("session"))
        return "x"

    def add_note(app: Flask) -> None:
        app.add_url_rule("/api/note", "note", note, methods=["POST"])

    app = app_with({"/api/*": row}, environ={"CORS_ORIGINS": PAGE}, views=add_note)
    inner = app.wsgi_app

    def outermost(environ: Any, start_response: Any) -> Any:
        sent.append(environ.get("HTTP_COOKIE"))
        return inner(environ, start_response)

    app.wsgi_app = outermost  # type: ignore[method-assign]
    with ExitStack() as stack:
        api = f"http://localhost:{chromium.serve_app(stack, app, None)}"
        context = stack.enter_context(browser.new_context())
        context.add_cookies([{"name": "session", "value": "s3cr3t", "url": api}])
        tab = context.new_page()
        tab.goto(PAGE)
        tab.evaluate(SEND[how], f"{api}/api/note")

    assert (sent, reached) == (["session=s3cr3t"], [seen])
