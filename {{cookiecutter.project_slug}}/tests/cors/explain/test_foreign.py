"""What something in front of the application does to its answers, as far as that can be seen."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.cors.row import Row

from ...calls import SPECIMENS, TRUSTED, app_with
from .calls import explain, lines_of

ALLOW_ORIGIN = "Access-Control-Allow-Origin"
GRANT = {ALLOW_ORIGIN: TRUSTED, "Access-Control-Allow-Credentials": "true"}

Fields = Mapping[str, str | None]
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def answering(status: str, fields: Fields) -> Callable[[Wsgi], Wsgi]:
    """Answer in the application's place."""

    def middleware(inner: Wsgi) -> Wsgi:
        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
            start_response(status, list(fields.items()))
            return []

        return answer

    return middleware


def changing(changes: Fields) -> Callable[[Wsgi], Wsgi]:
    """Change headers on the way out; None takes one off."""

    def middleware(inner: Wsgi) -> Wsgi:
        def changed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            def start(status: str, fields: list[tuple[str, str]], *rest: Any) -> Any:
                both = {**dict[str, str | None](fields), **changes}
                kept = [(name, value) for name, value in both.items() if value is not None]
                return start_response(status, kept, *rest)

            return inner(environ, start)

        return changed

    return middleware


def crashing(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Fail before the application is asked."""
    raise RuntimeError("no database")


SEEN = [
    pytest.param(
        answering("401 Unauthorized", GRANT),
        "PUT",
        "PreflightInvalidStatus",
        [
            "the preflight is answered 401: something in front of the application refuses it, "
            "such as authentication; browsers never send credentials with a preflight",
            "let OPTIONS requests that have Access-Control-Request-Method through to the "
            "application",
        ],
        id="3 authentication in front of the application",
    ),
    pytest.param(
        answering("401 Unauthorized", {}),
        "PUT",
        "PreflightMissingAllowOriginHeader",
        [
            "the preflight is answered 401: something in front of the application refuses it, "
            "such as authentication; browsers never send credentials with a preflight",
            "let OPTIONS requests that have Access-Control-Request-Method through to the "
            "application",
        ],
        id="3 authentication in front of the application, no header",
    ),
    pytest.param(
        answering("307 Temporary Redirect", {"Location": "https://api.example.com/x"}),
        "PUT",
        "PreflightDisallowedRedirect",
        [
            "the preflight is redirected to 'https://api.example.com/x', and browsers follow no "
            "redirect there",
            "call that address itself, or let whatever redirects it (proxy, middleware) leave "
            "OPTIONS requests alone",
        ],
        id="4 redirected preflight",
    ),
    pytest.param(
        changing({"Access-Control-Allow-Credentials": "True"}),
        "GET",
        "InvalidAllowCredentials",
        [
            "Access-Control-Allow-Credentials is 'True' and has to be 'true'",
            "let only the application set it: take the CORS headers out of the proxy or middleware",
        ],
        id="5 credentials spelt otherwise",
    ),
    pytest.param(
        changing({ALLOW_ORIGIN: f"{TRUSTED}, *"}),
        "GET",
        "MultipleAllowOriginValues",
        [
            "two layers add Access-Control-Allow-Origin: 'https://app.example.com, *'",
            "let only the application set it: take the CORS headers out of the proxy or "
            "middleware (nginx: the add_header lines)",
        ],
        id="8 two layers",
    ),
    pytest.param(
        changing({"Access-Control-Allow-Headers": None, "Access-Control-Allow-Methods": None}),
        "PUT",
        "MethodDisallowedByPreflightResponse",
        [
            "the preflight's answer does not list PUT, although this project's policy does: "
            "something in front of the application gave it",
            "let OPTIONS requests through to the application, and let only the application set "
            "CORS headers",
        ],
        id="9 preflight of another server",
    ),
    pytest.param(
        changing({"Access-Control-Allow-Methods": "GET PUT"}),
        "PUT",
        "InvalidAllowMethodsPreflightResponse",
        [
            "the preflight's answer has a malformed list of methods or headers",
            "let only the application set it: take the CORS headers out of the proxy or middleware",
        ],
        id="9 malformed list of methods",
    ),
    pytest.param(
        changing({"Access-Control-Allow-Headers": "X-A;X-B"}),
        "PUT",
        "InvalidAllowHeadersPreflightResponse",
        [
            "the preflight's answer has a malformed list of methods or headers",
            "let only the application set it: take the CORS headers out of the proxy or middleware",
        ],
        id="9 malformed list of headers",
    ),
    pytest.param(
        answering("502 Bad Gateway", {"Server": "nginx"}),
        "GET",
        "MissingAllowOriginHeader",
        [
            "the answer 502 carries no X-Request-ID: something in front of the application gave "
            "it (middleware, a proxy, a gateway)",
            "find it by that status; its limits and timeouts should be wider than the "
            "application's, so that the application answers",
        ],
        id="11 error of a gateway",
    ),
    pytest.param(
        answering("403 Forbidden", {"Server": "AirTunes/870.14.1"}),
        "GET",
        "MissingAllowOriginHeader",
        [
            "macOS's AirPlay receiver answered, which listens on the ports 5000 and 7000",
            "run the API on another port, such as 8000, and call that",
        ],
        id="14 another server on the port",
    ),
    pytest.param(
        changing({ALLOW_ORIGIN: "https://other.example"}),
        "GET",
        "AllowOriginMismatch",
        [
            "the answer is meant for 'https://other.example' and not for "
            "https://app.example.com: a cache gave it to the wrong page, or something in front "
            "of the application sets a fixed value",
            "let only the application set it: take the CORS headers out of the proxy or "
            "middleware; caches have to respect Vary: Origin",
        ],
        id="16 answer for another page",
    ),
    pytest.param(
        changing({"Vary": None}),
        "GET",
        "ALLOWED",
        [
            "https://app.example.com may read the answer (status 200)",
            "the answer names the page and has no Vary: Origin, so a cache may give it to "
            "another page; let only the application set CORS headers",
        ],
        id="16 answer that a cache may mix up",
    ),
    pytest.param(
        changing({ALLOW_ORIGIN: None}),
        "GET",
        "MissingAllowOriginHeader",
        [
            "the policy lets https://app.example.com read the answer, but its header was taken "
            "off on the way out",
            "let nothing behind the application remove Access-Control-Allow-Origin (middleware)",
        ],
        id="11 header taken off",
    ),
    pytest.param(
        changing({ALLOW_ORIGIN: "app.example.com"}),
        "GET",
        "InvalidAllowOriginValue",
        [
            "Access-Control-Allow-Origin is 'app.example.com', which is no origin",
            "let only the application set it: take the CORS headers out of the proxy or middleware",
        ],
        id="2 value that is no origin",
    ),
]


@pytest.mark.parametrize(("middleware", "method", "code", "lines"), SEEN)
def test_the_whole_message(
    middleware: Callable[[Wsgi], Wsgi], method: str, code: str, lines: list[str]
) -> None:
    app = app_with(Row("/api/*", origins=TRUSTED, supports_credentials=True))
    app.wsgi_app = middleware(app.wsgi_app)  # type: ignore[assignment,method-assign]
    answer = explain(app, method, SPECIMENS, "--origin", TRUSTED, "--credentials")

    assert (answer["code"] or answer["verdict"]) == code
    assert lines_of(answer) == lines


def test_1_a_failure_that_no_error_handler_sees() -> None:
    app = app_with()
    app.wsgi_app = crashing  # type: ignore[method-assign]

    assert lines_of(explain(app, "GET", SPECIMENS, "--origin", TRUSTED)) == [
        "the application failed with RuntimeError: 'no database' "
        f"({__file__}:{crashing.__code__.co_firstlineno + 2}) where no error handler sees it, so "
        "the server sends a bare 500",
        "raise it inside of a view or catch it in the middleware; Flask's errors keep their CORS "
        "headers",
    ]


def test_9_a_wildcard_that_does_not_cover_authorization() -> None:
    app = app_with()
    lists = {"Access-Control-Allow-Headers": "*"}
    app.wsgi_app = changing(lists)(app.wsgi_app)  # type: ignore[assignment,method-assign]
    words = ["GET", SPECIMENS, "--origin", TRUSTED, "--header", "Authorization"]

    assert lines_of(explain(app, *words)) == [
        "https://app.example.com may read the answer (status 200)",
        "the preflight's answer lists '*' and not Authorization, which by the standard is not "
        "enough, although Chrome and Firefox take it; let the application answer, which lists "
        "names",
    ]
