import subprocess
import sys
from pathlib import Path

import pytest

from flask_cors_policy.explain import browser
from flask_cors_policy.explain.address import parse_address
from flask_cors_policy.explain.browser import Call, Outcome, Response, Sent

PAGE, API = "https://app.example.com", "https://api.example.com"
ANYONE = ("Access-Control-Allow-Origin", "*")
GRANT = (ANYONE, ("Access-Control-Allow-Headers", "authorization"))


def fetch(
    url: str, responses: dict[str, Response], method: str = "GET", page: str = PAGE
) -> Outcome:
    """Fetch from a web that has these responses, and nothing else."""

    def send(request: Sent) -> Response:
        if request.method == "OPTIONS":
            return Response(204, GRANT)
        return responses[str(request.address)]

    headers = (("Authorization", "Bearer x"), ("Content-Type", "text/plain"))
    call = Call(method, parse_address(url), page, parse_address(page), headers, b"x")
    return browser.fetch(call, send)


def redirect(status: int, location: str) -> Response:
    return Response(status, (ANYONE, ("Location", location)))


def headers_of(request: Sent) -> dict[str, str]:
    return {name: value for name, value in request.headers if name != "Accept"}


def test_simple_request_needs_no_preflight() -> None:
    call = Call("POST", parse_address(f"{API}/x"), PAGE, parse_address(PAGE), (), b"x")
    outcome = browser.fetch(call, lambda _: Response(200, (ANYONE,)))

    assert [request.method for request in outcome.sent] == ["POST"]
    assert outcome.sent[0].headers == (
        ("Accept", "*/*"),
        ("Origin", PAGE),
        ("Sec-Fetch-Dest", "empty"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Site", "same-site"),
    )


def test_other_request_needs_a_preflight() -> None:
    outcome = fetch(f"{API}/x", {f"{API}/x": Response(200, (ANYONE,))}, "PUT")

    assert outcome.failure is not None
    assert outcome.failure.code == "MethodDisallowedByPreflightResponse"
    assert outcome.sent[0].headers == (
        ("Accept", "*/*"),
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "authorization"),
        ("Origin", PAGE),
        ("Sec-Fetch-Dest", "empty"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Site", "same-site"),
    )


def test_plain_http_to_another_machine_carries_no_fetch_metadata() -> None:
    outcome = fetch(
        "http://api.example.com/",
        {"http://api.example.com/": Response(200, (ANYONE,))},
        page="http://app.example.com",
    )

    assert [
        name for request in outcome.sent for name in headers_of(request) if "Sec-" in name
    ] == []


def test_redirect_on_the_same_server_keeps_everything() -> None:
    responses = {f"{API}/x": redirect(307, "/y"), f"{API}/y": Response(200, (ANYONE,))}
    outcome = fetch(f"{API}/x", responses, "POST")

    assert outcome.failure is None
    assert [request.method for request in outcome.sent] == ["OPTIONS", "POST", "OPTIONS", "POST"]
    assert headers_of(outcome.sent[-1])["Authorization"] == "Bearer x"
    assert headers_of(outcome.sent[-1])["Origin"] == PAGE


def test_redirect_to_another_server_hides_the_page_and_drops_authorization() -> None:
    responses = {
        f"{API}/x": redirect(307, "https://b.example/"),
        "https://b.example/": Response(200),
    }
    outcome = fetch(f"{API}/x", responses, "POST")

    last = headers_of(outcome.sent[-1])
    assert (last["Origin"], last["Sec-Fetch-Site"]) == ("null", "cross-site")
    assert "Authorization" not in last
    assert outcome.failure is not None
    assert outcome.failure.code == "MissingAllowOriginHeader"


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
        (301, "PUT", "PUT"),
    ],
)
def test_redirect_may_change_the_method(status: int, method: str, then: str) -> None:
    responses = {f"{PAGE}/x": redirect(status, "/y"), f"{PAGE}/y": Response(200)}
    outcome = fetch(f"{PAGE}/x", responses, method)

    assert outcome.failure is None
    assert outcome.sent[-1].method == then
    assert (outcome.sent[-1].body is None) is (then != method)
    assert ("Content-Type" in headers_of(outcome.sent[-1])) is (then == method)


def test_redirect_that_the_page_may_not_read_is_not_followed() -> None:
    responses = {f"{API}/x": Response(307, (("Location", "/y"),))}
    outcome = fetch(f"{API}/x", responses)

    assert outcome.failure is not None
    assert outcome.failure.code == "MissingAllowOriginHeader"
    assert outcome.step == "actual request"


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("https://user:secret@b.example/", "RedirectContainsCredentials"),
        ("data:,x", "CorsDisabledScheme"),
        ("http://api.example.com/y", "MixedContent"),
        ("https://b example/", "InvalidResponse"),
        ("/x", "TooManyRedirects"),
        ("https://api.example.com:6000/", "UnsafePort"),
        ("https://256.1.1.1/", "InvalidResponse"),
    ],
)
def test_redirect_that_is_not_followed(location: str, code: str) -> None:
    outcome = fetch(f"{API}/x", {f"{API}/x": redirect(302, location)})

    assert outcome.failure is not None
    assert (outcome.step, outcome.failure.code) == ("redirect", code)
    assert "secret" not in outcome.failure.parameter


@pytest.mark.parametrize("location", ["", " "])
def test_redirect_without_an_address_is_read(location: str) -> None:
    outcome = fetch(f"{API}/x", {f"{API}/x": redirect(302, location)})

    assert (outcome.failure, outcome.step) == (None, "actual request")


@pytest.mark.parametrize("url", [f"{API}:0/x", f"{API}:10080/x", "wss://api.example.com:6000/x"])
def test_nothing_is_sent_to_a_port_that_browsers_block(url: str) -> None:
    outcome = fetch(url, {}, "PUT")

    assert outcome.failure is not None
    assert (outcome.failure.code, outcome.step) == ("UnsafePort", "before anything is sent")
    assert outcome.sent == []


def test_redirect_away_from_the_page_s_own_server_is_cross_origin() -> None:
    responses = {f"{PAGE}/x": redirect(302, f"{API}/y"), f"{API}/y": Response(200, (ANYONE,))}
    outcome = fetch(f"{PAGE}/x", responses)

    assert outcome.failure is None
    assert headers_of(outcome.sent[-1])["Origin"] == PAGE  # it knows of no third party


def test_redirect_back_stays_as_far_away_as_the_farthest_address() -> None:
    responses = {
        f"{PAGE}/x": redirect(302, f"{API}/y"),
        f"{API}/y": redirect(302, f"{PAGE}/z"),
        f"{PAGE}/z": Response(200, (ANYONE,)),
    }
    outcome = fetch(f"{PAGE}/x", responses)

    sites = [headers_of(request)["Sec-Fetch-Site"] for request in outcome.sent]
    assert sites == ["same-origin", "same-site", "same-site"]
    assert headers_of(outcome.sent[-1])["Origin"] == "null"


def websocket(url: str, response: Response, page: str = PAGE) -> Outcome:
    call = Call("GET", parse_address(url), page, parse_address(page))
    return browser.fetch(call, lambda _: response)


def test_websocket_sends_a_handshake_and_no_preflight() -> None:
    outcome = websocket("wss://api.example.com/x", Response(101))

    assert (outcome.failure, outcome.step) == (None, "WebSocket handshake")
    (request,) = outcome.sent
    assert request.method == "GET"
    assert {"Origin": PAGE, "Upgrade": "websocket", "Connection": "Upgrade"}.items() <= headers_of(
        request
    ).items()


@pytest.mark.parametrize("status", [200, 302, 403, 404])
def test_websocket_needs_status_101_and_no_cors_header(status: int) -> None:
    outcome = websocket("wss://api.example.com/x", Response(status, (ANYONE, ("Location", "/"))))

    assert outcome.failure == ("WebSocketRefused", str(status))


def test_websocket_without_tls_is_mixed_content_on_a_secure_page() -> None:
    outcome = websocket("ws://api.example.com/x", Response(101))

    assert outcome.failure == ("MixedContent", "ws://api.example.com/x")
    assert websocket("ws://localhost:5000/x", Response(101)).failure is None


def test_model_imports_nothing_of_the_policy_but_how_hosts_are_written() -> None:
    folder = Path(browser.__file__).parents[1]
    script = (
        "import sys, types; alone = types.ModuleType('alone'); "
        f"alone.__path__ = [{str(folder)!r}]; sys.modules['alone'] = alone; "
        "import alone.explain.browser; "
        "print([name for name in sys.modules if name.startswith(('flask', 'alone._'))])"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )

    assert result.stdout == "['alone._hosts']\n"
