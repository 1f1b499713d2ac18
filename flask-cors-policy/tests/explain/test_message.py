import time

import pytest
from click import BadParameter

from flask_cors_policy.explain.draft import Draft
from flask_cors_policy.explain.message import (
    LONGEST,
    parse_message,
    with_likely_method,
)

PAGE, URL = "https://app.example.com", "https://api.example.com/api/books?a=b"
CHROME = f"Access to fetch at '{URL}' from origin '{PAGE}' has been blocked by CORS policy: "
PREFLIGHT = "Response to preflight request doesn't pass access control check: "
NO_HEADER = "No 'Access-Control-Allow-Origin' header is present on the requested resource."
FIREFOX = (
    "Cross-Origin Request Blocked: The Same Origin Policy disallows reading the remote resource "
    f"at {URL}. (Reason: "
)
SAFARI = f"Fetch API cannot load {URL} due to access control checks."

MESSAGES = [
    pytest.param(CHROME + NO_HEADER, Draft(url=URL, origin=PAGE), id="Chrome"),
    pytest.param(
        CHROME + PREFLIGHT + NO_HEADER,
        Draft(url=URL, origin=PAGE, preflighted=True),
        id="Chrome, preflight",
    ),
    pytest.param(
        CHROME.replace("fetch", "XMLHttpRequest") + NO_HEADER,
        Draft(url=URL, origin=PAGE),
        id="Chrome, XMLHttpRequest",
    ),
    pytest.param(
        f"index.js:7 {CHROME}{PREFLIGHT}{NO_HEADER}\nindex.js:7  PUT {URL} net::ERR_FAILED",
        Draft(method="PUT", url=URL, origin=PAGE, preflighted=True),
        id="Chrome, with the line of the network",
    ),
    pytest.param(
        f"{CHROME}{NO_HEADER} GET {URL} net::ERR_FAILED 502 (Bad Gateway)",
        Draft(method="GET", url=URL, origin=PAGE),
        id="Chrome, with a status",
    ),
    pytest.param(
        CHROME
        + "Method PATCH is not allowed by Access-Control-Allow-Methods in preflight response.",
        Draft(method="PATCH", url=URL, origin=PAGE, preflighted=True),
        id="Chrome, method",
    ),
    pytest.param(
        CHROME + "Request header field x-trace is not allowed by Access-Control-Allow-Headers in "
        "preflight response.",
        Draft(url=URL, origin=PAGE, headers=(("x-trace", "x"),), preflighted=True),
        id="Chrome, header",
    ),
    pytest.param(
        CHROME + "The value of the 'Access-Control-Allow-Origin' header in the response must not "
        "be the wildcard '*' when the request's credentials mode is 'include'.",
        Draft(url=URL, origin=PAGE, credentials=True),
        id="Chrome, credentials",
    ),
    pytest.param(
        f"Access to fetch at 'https://login.example.org/' (redirected from '{URL}') from origin "
        f"'{PAGE}' has been blocked by CORS policy: {NO_HEADER}",
        Draft(url=URL, origin=PAGE),
        id="Chrome, redirected",
    ),
    pytest.param(
        f"Mixed Content: The page at '{PAGE}/a/b' was loaded over HTTPS, but requested an "
        "insecure resource 'http://api.example.com/x'. This request has been blocked; the content "
        "must be served over HTTPS.",
        Draft(url="http://api.example.com/x", origin=PAGE),
        id="Chrome, mixed content",
    ),
    pytest.param(
        f"Mixed Content: The page at '{PAGE}/' was loaded over HTTPS, but attempted to connect to "
        "the insecure WebSocket endpoint 'ws://api.example.com/x'.",
        Draft(url="ws://api.example.com/x", origin=PAGE),
        id="Chrome, mixed content of a socket",
    ),
    pytest.param(
        "WebSocket connection to 'ws://localhost:5000/x' failed: Error during WebSocket "
        "handshake: Unexpected response code: 403",
        Draft(url="ws://localhost:5000/x"),
        id="Chrome, socket",
    ),
    pytest.param(
        FIREFOX + "CORS header \u2018Access-Control-Allow-Origin\u2019 missing). Status code: 200.",
        Draft(url=URL),
        id="Firefox",
    ),
    pytest.param(
        FIREFOX + "header \u2018x-trace\u2019 is not allowed according to header "
        "\u2018Access-Control-Allow-Headers\u2019 from CORS preflight response).",
        Draft(url=URL, headers=(("x-trace", "x"),), preflighted=True),
        id="Firefox, header",
    ),
    pytest.param(
        FIREFOX + "Credential is not supported if the CORS header "
        "\u2018Access-Control-Allow-Origin\u2019 is \u2018*\u2019).",
        Draft(url=URL, credentials=True),
        id="Firefox, credentials",
    ),
    pytest.param(
        "Firefox can\u2019t establish a connection to the server at wss://api.example.com/x.",
        Draft(url="wss://api.example.com/x"),
        id="Firefox, socket",
    ),
    pytest.param(
        "Blocked loading mixed active content \u201chttp://api.example.com/x\u201d",
        Draft(url="http://api.example.com/x"),
        id="Firefox, mixed content",
    ),
    pytest.param(
        f"Origin {PAGE} is not allowed by Access-Control-Allow-Origin. Status code: 403\n{SAFARI}",
        Draft(url=URL, origin=PAGE),
        id="Safari",
    ),
    pytest.param(
        f"Preflight response is not successful. Status code: 404\n{SAFARI}",
        Draft(url=URL, preflighted=True),
        id="Safari, preflight",
    ),
    pytest.param(
        "Request header field X-Trace is not allowed by Access-Control-Allow-Headers.\n"
        f"XMLHttpRequest cannot load {URL} due to access control checks.",
        Draft(url=URL, headers=(("X-Trace", "x"),)),
        id="Safari, header",
    ),
    pytest.param(
        f"[blocked] The page at {PAGE}/a requested insecure content from "
        "http://api.example.com/x. This content was blocked and must be served over HTTPS.",
        Draft(url="http://api.example.com/x", origin=PAGE),
        id="Safari, mixed content",
    ),
    pytest.param(
        "Quell\u00fcbergreifende (Cross-Origin) Anfrage blockiert: Die Gleiche-Quelle-Regel "
        f"verbietet das Lesen der externen Ressource auf {URL}. (Grund: CORS-Kopfzeile "
        "\u2018Access-Control-Allow-Origin\u2019 fehlt). Statuscode: 200.",
        Draft(url=URL),
        id="Firefox, in German",
    ),
    pytest.param(
        f"Failed to load {URL}: {NO_HEADER} Origin '{PAGE}' is therefore not allowed access.",
        Draft(url=URL, origin=PAGE),
        id="Chrome before 70",
    ),
    pytest.param(
        f"POST {URL} net::ERR_FAILED 200 (OK)",
        Draft(method="POST", url=URL),
        id="Chrome, the line of the network alone",
    ),
]


@pytest.mark.parametrize(("message", "draft"), MESSAGES)
def test_message_is_parsed(message: str, draft: Draft) -> None:
    parsed = parse_message(message)

    assert (parsed, parsed.refused) == (draft, True)


@pytest.mark.parametrize(
    ("message", "hint"),
    [
        ("TypeError: Failed to fetch", "copy the whole message from the browser's console"),
        (
            f"Origin {PAGE} is not allowed by Access-Control-Allow-Origin. Status code: 200",
            "with Safari, copy the line 'Fetch API cannot load ...' too",
        ),
    ],
)
def test_message_without_an_address_is_refused(message: str, hint: str) -> None:
    with pytest.raises(BadParameter, match=hint):
        parse_message(message)


@pytest.mark.parametrize(
    ("draft", "methods", "method", "headers"),
    [
        (Draft(url=URL), ["GET", "HEAD", "POST"], "GET", ()),
        (Draft(url=URL), ["POST"], "POST", ()),
        (Draft(url=URL), [], "GET", ()),
        (Draft(url=URL, preflighted=True), ["GET", "PUT", "DELETE"], "PUT", ()),
        (Draft(url=URL, preflighted=True), ["DELETE", "GET"], "DELETE", ()),
        (
            Draft(url=URL, preflighted=True),
            ["GET", "POST"],
            "POST",
            (("Content-Type", "application/json"),),
        ),
        (Draft(url=URL, preflighted=True), ["GET"], "GET", (("Authorization", "Bearer x"),)),
        (
            Draft(url=URL, headers=(("x-trace", "x"),), preflighted=True),
            ["GET", "PUT"],
            "GET",
            (("x-trace", "x"),),
        ),
        (Draft(method="PATCH", url=URL), ["GET"], "PATCH", ()),
        (Draft(url="ws://localhost:5000/x"), ["POST"], None, ()),
    ],
)
def test_method_that_no_message_names_is_chosen_and_said(
    draft: Draft, methods: list[str], method: str | None, headers: tuple[tuple[str, str], ...]
) -> None:
    chosen = with_likely_method(draft, methods)

    assert (chosen.method, chosen.headers) == (method, headers)
    assert bool(chosen.assumed) is (draft.method is None and method is not None)


def test_message_about_permission_is_no_refusal_of_cors() -> None:
    permission = "Permission was denied for this request to access the `loopback` address space."

    assert not parse_message(CHROME + permission).refused


@pytest.mark.parametrize(
    "part",
    [
        "Access to fetch at '",
        "Access to fetch ",
        "disallows reading the remote resource at a://",
        "The page at https://",
        "Origin a:",
        "GET http://",
        "Method ",
        "header '",
        " ",
        ". (",
    ],
)
def test_message_costs_linear_time(part: str) -> None:
    started = time.process_time()
    with pytest.raises(BadParameter):
        parse_message(part * LONGEST)

    assert time.process_time() - started < 1
