"""What stands beside the verdict: calls that CORS lets through and that fail all the same."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Response, abort

from explain.calls import (
    BOOKS,
    HERE,
    PAGE,
    Setup,
    answering,
    changing,
    codes_of,
    crash,
    explain,
    lines_of,
)

MAY_READ = f"{PAGE} may read the response"
NOT_RUN = (
    "may change something, so no view was run and the status is not the view's; --execute runs it"
)
TOO_LARGE = (
    "the body has more than 10 bytes, and a view that reads it answers 413; send less, or raise "
    "MAX_CONTENT_LENGTH"
)
JSON = ["--content-type", "application/json"]

NOTES: dict[str, tuple[list[str], int | None, list[str], dict[str, Any]]] = {
    "slash missing": (
        ["GET", "/api/slash"],
        200,
        [
            f"{MAY_READ} (status 200)",
            f"/api/slash is redirected (308) to '{HERE}/api/slash/'; call that",
        ],
        {},
    ),
    "slash doubled": (
        ["GET", "/api//slash/"],
        200,
        [
            f"{MAY_READ} (status 200)",
            f"/api//slash/ is redirected (308) to '{HERE}/api/slash/'; call that",
        ],
        {},
    ),
    "redirected to a log-in page that may be read": (
        ["GET", "/api/me"],
        200,
        [
            f"{MAY_READ} (status 200)",
            (
                f"/api/me is redirected (302) to '{HERE}/login?next=/api/me', so the page reads "
                "the log-in page; answer 401 instead (Flask-Login: "
                "@login_manager.unauthorized_handler)"
            ),
        ],
        {"resources": {"/*": {"origins": PAGE}}, "own": {}},
    ),
    "slash missing behind a word of log-in pages": (
        ["GET", "/api/auth/me"],
        200,
        [
            f"{MAY_READ} (status 200)",
            f"/api/auth/me is redirected (308) to '{HERE}/api/auth/me/'; call that",
        ],
        {"views": {"auth/me/": dict}},
    ),
    "redirect without an address": (
        ["GET", "/api/nowhere"],
        302,
        [
            f"{MAY_READ} (status 302)",
            (
                "/api/nowhere answers 302 and names no address in Location, so the page reads the "
                "302 itself; name one, or answer 200"
            ),
        ],
        {"views": {"nowhere": lambda: ("", 302, {"Location": ""})}},
    ),
    "path mistyped": (
        ["GET", "/api/book"],
        404,
        [
            f"{MAY_READ} (status 404)",
            "/api/book is no route of this application (404); the closest is /api/books",
        ],
        {},
    ),
    "path like no other": (
        ["GET", "/api/zzzzzzzzzzzzzzzz"],
        404,
        [
            f"{MAY_READ} (status 404)",
            "/api/zzzzzzzzzzzzzzzz is no route of this application (404); flask routes lists them",
        ],
        {},
    ),
    "slash missing, for a method that the route lacks": (
        ["PROPFIND", "/api/slash"],
        404,
        [
            f"{MAY_READ} (status 404)",
            "/api/slash is no route of this application (404); the closest is /api/slash/",
        ],
        {"environ": {"CORS_ORIGINS": PAGE, "CORS_METHODS": "GET,PROPFIND"}},
    ),
    "nothing found": (
        ["GET", "/api/missing"],
        404,
        [
            f"{MAY_READ} (status 404)",
            "the view of /api/missing found nothing (404); look at its id",
        ],
        {},
    ),
    "method that the route lacks": (
        ["DELETE", "/api/own"],
        405,
        [
            f"{MAY_READ} (status 405)",
            "/api/own does not take DELETE (405); it takes GET, HEAD",
        ],
        {"own": {"origins": PAGE}},
    ),
    "host of somebody else": (
        ["GET", "http://other.example/api/books"],
        400,
        [
            "http://localhost:3000 may read the response (status 400)",
            (
                "the application does not answer to the name other.example (400); add it to "
                "TRUSTED_HOSTS, or call one of its names"
            ),
        ],
        {},
    ),
    "request that is wrong": (
        ["GET", "/api/wrong"],
        400,
        [
            f"{MAY_READ} (status 400)",
            "/api/wrong does not accept the request as it is (400); look at its query and body",
        ],
        {"views": {"wrong": lambda: abort(400)}},
    ),
    "not logged in": (
        ["GET", "/api/private"],
        401,
        [
            f"{MAY_READ} (status 401)",
            (
                "the application wants to know who calls (401), which is no CORS error; log in, or "
                "send the header Authorization"
            ),
        ],
        {},
    ),
    "refused by a view": (
        ["GET", "/api/forbidden"],
        403,
        [
            f"{MAY_READ} (status 403)",
            (
                "/api/forbidden refuses the caller (403), which is no CORS error; look for "
                "permissions, or for a CSRF token that it wants"
            ),
        ],
        {},
    ),
    "body too large": (
        ["POST", BOOKS, *JSON, "--data", '{"name": "too long"}', "--execute"],
        413,
        [f"{MAY_READ} (status 413)", TOO_LARGE],
        {},
    ),
    "body too large, for a view that may read it": (
        ["POST", BOOKS, *JSON, "--data", '{"name": "too long"}'],
        None,
        [MAY_READ, TOO_LARGE, f"POST {NOT_RUN}"],
        {},
    ),
    "body without its type": (
        ["POST", "/api/json", "--data", "{}", "--execute"],
        415,
        [
            f"{MAY_READ} (status 415)",
            (
                "/api/json does not take a body of the type 'text/plain;charset=UTF-8' (415); for "
                "JSON send the header Content-Type: application/json"
            ),
        ],
        {},
    ),
    "write that is not carried out": (
        ["POST", BOOKS],
        None,
        [MAY_READ, f"POST {NOT_RUN}"],
        {},
    ),
    "write of the application's own page": (
        ["POST", f"{HERE}{BOOKS}", "--origin", HERE],
        None,
        [
            "page and application have the same origin, so CORS has no part in it",
            f"POST {NOT_RUN}",
        ],
        {},
    ),
    "header that scripts cannot read": (
        ["GET", "/api/file"],
        200,
        [
            f"{MAY_READ} (status 200)",
            (
                "scripts cannot read Content-Disposition, although developer tools show it; set "
                "CORS_EXPOSE_HEADERS=Content-Disposition"
            ),
        ],
        {},
    ),
    "header that browsers keep": (
        ["GET", BOOKS, "--header", "Cookie: a=b"],
        200,
        [
            f"{MAY_READ} (status 200)",
            "browsers keep Cookie to themselves, whatever a page sets; take it out of the page",
        ],
        {},
    ),
    "authentication that the row keeps out": (
        ["GET", "/api/books", "--header", "Authorization: Basic eDp5"],
        200,
        [
            f"{MAY_READ} (status 200)",
            (
                "the row /api/* takes no credentials, so Authorization of this page does not reach "
                "the view; set CORS_SUPPORTS_CREDENTIALS=true, or send a token of the scheme Bearer"
            ),
        ],
        {},
    ),
    "authentication under a row for everybody": (
        ["GET", "/api/open/x", "--header", "Authorization: Basic eDp5"],
        200,
        [
            f"{MAY_READ} (status 200)",
            (
                "the row /api/open/* takes no credentials, so Authorization of this page does not "
                "reach the view; send a Bearer token"
            ),
        ],
        {},
    ),
    "page of the internet, private network": (
        ["GET", "https://192.168.1.4/api/books"],
        400,
        [
            f"{MAY_READ} (status 400)",
            (
                "a page on the internet calls a private network: Chrome asks the user for "
                "permission, and shows a CORS error if they refuse; headers of the application "
                "cannot prevent that, but pages that are served from a private network are not "
                "asked"
            ),
            (
                "the application does not answer to the name 192.168.1.4 (400); add it to "
                "TRUSTED_HOSTS, or call one of its names"
            ),
        ],
        {},
    ),
    "page of the internet, loopback": (
        ["GET", f"{HERE}{BOOKS}"],
        200,
        [
            f"{MAY_READ} (status 200)",
            (
                "a page on the internet calls this machine: Chrome asks the user for permission, "
                "and shows a CORS error if they refuse; headers of the application cannot prevent "
                "that, but pages that are served from this machine are not asked"
            ),
        ],
        {},
    ),
    "page of the internet on http, loopback": (
        ["GET", f"{HERE}{BOOKS}", "--origin", "http://app.example.com"],
        200,
        [
            "http://app.example.com may read the response (status 200)",
            (
                "a page on the internet calls this machine, and Chrome lets only pages on https do "
                "so; serve the page over https, or from this machine"
            ),
        ],
        {"environ": {"CORS_ORIGINS": "http://app.example.com"}},
    ),
    "extension of Firefox": (
        ["GET", BOOKS, "--origin", "moz-extension://1c5f0a3e-2b5e-4d37-a7ff-7a86c7b8e6f1"],
        200,
        [
            (
                "moz-extension://1c5f0a3e-2b5e-4d37-a7ff-7a86c7b8e6f1 may read the response "
                "(status 200)"
            ),
            (
                "each installation of this extension has another origin; call from its background "
                "script with a host permission, which needs no CORS"
            ),
        ],
        {"resources": {"/api/*": {"origins": "*"}}, "own": {}},
    ),
    "response that a cache may mix up": (
        ["GET", BOOKS],
        200,
        [
            f"{MAY_READ} (status 200)",
            (
                "the response names the page and has no Vary: Origin, so a cache may give it to "
                "another page; let only the application set CORS headers"
            ),
        ],
        {"around": [changing(Vary=None)]},
    ),
    "wildcard that does not cover Authorization": (
        ["GET", BOOKS, "--header", "Authorization"],
        200,
        [
            f"{MAY_READ} (status 200)",
            (
                "the preflight's response lists '*' and not Authorization, which by the standard "
                "is not enough, although Chrome and Firefox accept it; let the application answer, "
                "which lists names"
            ),
        ],
        {"around": [changing(Access_Control_Allow_Headers="*")]},
    ),
    "WebSocket that is not opened": (
        ["GET", "ws://127.0.0.1:5000/api/socket", "--origin", "http://localhost:3000"],
        None,
        [
            "http://localhost:3000 may open the WebSocket",
            (
                "the row /api/* takes no credentials, so cookies of this page do not reach the "
                "view; set CORS_SUPPORTS_CREDENTIALS=true"
            ),
            (
                "a handshake needs a running server, so no view was run; --live --execute opens "
                "the connection"
            ),
        ],
        {"sockets": ["/api/socket"]},
    ),
    "WebSocket of a view that takes no credentials": (
        ["GET", "ws://127.0.0.1:5000/api/socket/own", "--origin", "http://localhost:3000"],
        None,
        [
            "http://localhost:3000 may open the WebSocket",
            (
                "cross_origin on '/api/socket/own' takes no credentials, so cookies of this page "
                "do not reach the view; write supports_credentials=True in cross_origin on "
                "'/api/socket/own'"
            ),
            (
                "a handshake needs a running server, so no view was run; --live --execute opens "
                "the connection"
            ),
        ],
        {"sockets": ["/api/socket/own"], "own": {"origins": "http://localhost:3000"}},
    ),
    "value that the route does not take": (
        ["GET", "/api/things/abc"],
        404,
        [
            f"{MAY_READ} (status 404)",
            (
                "/api/things/abc is no route of this application (404); the closest is "
                "/api/things/<int:number>"
            ),
        ],
        {"routes": ["/api/things/<int:number>", "/api/things/all", "/apx/things/<path:name>"]},
    ),
    "route of a WebSocket": (
        ["GET", "http://127.0.0.1:5000/api/socket", "--origin", "http://localhost:3000"],
        400,
        [
            "http://localhost:3000 may read the response (status 400)",
            (
                "/api/socket is the route of a WebSocket (400); open it with new WebSocket("
                "'ws://127.0.0.1:5000/api/socket')"
            ),
        ],
        {"sockets": ["/api/socket"]},
    ),
    "middleware in front of the policy": (
        ["GET", "/api/books"],
        418,
        [
            f"{MAY_READ} (status 418)",
            (
                "middleware in front of the policy answers /api/books, such as Flask-SocketIO or "
                "a mounted application, so neither rows nor the guard have a part in it"
            ),
        ],
        {"around": [answering("418 X", Access_Control_Allow_Origin="*")]},
    ),
    "body without a type": (
        ["POST", "/api/json", "--execute"],
        415,
        [
            f"{MAY_READ} (status 415)",
            (
                "/api/json does not take a request without a Content-Type (415); for JSON send "
                "the header Content-Type: application/json"
            ),
        ],
        {},
    ),
}


@pytest.mark.parametrize("name", NOTES)
def test_allowed_call_is_told_what_else_fails(name: str) -> None:
    arguments, status, lines, change = NOTES[name]
    origin = [] if "--origin" in arguments else ["--origin", PAGE]
    if "other.example" in arguments[1]:
        origin[1] = "http://localhost:3000"
    verdict = Setup([*arguments, *origin], **change).explain()

    assert (verdict["verdict"], verdict["status"]) == ("ALLOWED", status)
    assert lines_of(verdict) == lines


def test_view_that_crashes_is_named_with_its_line() -> None:
    line = crash.__code__.co_firstlineno + 1
    for arguments in (["GET", "/api/crash"], ["POST", "/api/crash", "--execute"]):
        verdict = Setup([*arguments, "--origin", PAGE]).explain()

        assert lines_of(verdict) == [
            f"{MAY_READ} (status 500)",
            (
                "what answers /api/crash raised RuntimeError: 'the reason' "
                f"({crash.__code__.co_filename}:{line}) (500); mend that, CORS is not at fault"
            ),
        ]


def test_middleware_that_crashes_outside_the_policy_is_named() -> None:
    def crashing(_inner: Any) -> Any:
        def answer(_environ: Any, _start_response: Any) -> Any:
            raise RuntimeError("no database")

        return answer

    verdict = Setup(["GET", BOOKS, "--origin", PAGE], around=[crashing]).explain()

    assert verdict["code"] == "MissingAllowOriginHeader"
    assert verdict["cause"].startswith(
        "middleware outside the policy, or a stream that has a Content-Length, failed with "
        "RuntimeError: 'no database' (" + __file__
    )


def test_middleware_that_crashes_behind_the_policy_is_readable() -> None:
    def crashing(_inner: Any) -> Any:
        def answer(_environ: Any, _start_response: Any) -> Any:
            raise RuntimeError("no database")

        return answer

    verdict = Setup(["GET", BOOKS, "--origin", PAGE], behind=[crashing]).explain()

    assert (verdict["status"], codes_of(verdict)) == (500, ["ServerError"])
    assert "RuntimeError: 'no database'" in verdict["notes"][0]["text"]


@pytest.mark.parametrize(
    ("cookie", "api", "noted"),
    [
        ("session=x; HttpOnly", "https://api.example.org", True),
        ("session=x; SameSite=None; Secure", "https://api.example.org", False),
        ("session=x; HttpOnly", "https://api.example.com", False),
    ],
)
def test_cookie_that_does_not_travel_is_named(cookie: str, api: str, noted: bool) -> None:
    setup = Setup(
        ["GET", f"{api}/api/cookie", "--origin", PAGE, "--credentials"],
        environ={"CORS_ORIGINS": PAGE, "CORS_SUPPORTS_CREDENTIALS": "true"},
        views={"cookie": lambda: Response("x", headers={"Set-Cookie": cookie})},
        config={"TRUSTED_HOSTS": None},
    )
    lines = lines_of(setup.explain())

    assert (
        "the cookie session does not travel to another site; give it SameSite=None and Secure, or "
        "serve page and application on one site" in lines
    ) is noted


def test_header_that_tells_the_reason_in_debug_mode_needs_not_be_exposed() -> None:
    setup = Setup(
        ["GET", BOOKS, "--origin", PAGE, "--header", "Authorization: Basic eDp5"],
        config={"DEBUG": True},
    )

    assert codes_of(setup.explain()) == ["CredentialsRemoved"]


def test_notes_of_a_blocked_call_leave_out_what_the_page_cannot_read() -> None:
    setup = Setup(["GET", "/api/crash", "--origin", "https://evil.example"])

    assert setup.explain()["notes"] == []


def test_method_that_the_route_does_not_take_either_is_noted() -> None:
    setup = Setup(["PURGE", BOOKS, "--origin", PAGE])
    verdict = setup.explain()

    assert verdict["fix"] == "set CORS_METHODS=GET,HEAD,POST,PUT,PATCH,DELETE,PURGE"
    assert [note["text"] for note in verdict["notes"]] == [
        "/api/books does not take PURGE (405); it takes DELETE, GET, HEAD, PATCH, POST, PUT"
    ]
    for taken in ("patch", "OPTIONS"):  # in upper case, and by Flask itself
        setup.arguments[0] = taken
        assert setup.explain()["notes"] == []


def test_crash_of_a_stream_before_its_first_block_is_named() -> None:
    def blocks() -> Iterator[str]:
        raise RuntimeError("no rows")
        yield

    views = {"stream": lambda: Response(blocks())}
    verdict = Setup(["GET", "/api/stream", "--origin", PAGE], views=views).explain()

    assert (verdict["status"], codes_of(verdict)) == (500, ["ServerError"])
    assert "RuntimeError: 'no rows'" in verdict["notes"][0]["text"]


def test_notes_of_a_refused_websocket_are_about_no_cookies() -> None:
    arguments = ["GET", "ws://127.0.0.1:5000/api/books", "--origin", "http://localhost:3000"]

    assert Setup(arguments).explain()["notes"] == []


def test_middleware_that_keeps_rehearsals_away_is_left_out_and_noted() -> None:
    ran: list[str] = []

    def rebuilding(inner: Any) -> Any:
        def answer(environ: dict[str, Any], start_response: Any) -> Any:
            known = {name: value for name, value in environ.items() if "rehearsal" not in name}
            return inner(known, start_response)

        return answer

    def view() -> str:
        ran.append("view")
        return "x"

    setup = Setup(["POST", "/api/act", "--origin", PAGE], views={"act": view}, around=[rebuilding])
    ran_for_get = setup.explain()
    ran.clear()
    verdict = setup.explain()

    assert codes_of(verdict) == ["MiddlewareLeftOut", "NotExecuted"] == codes_of(ran_for_get)
    assert ran == ["view"]  # by a GET, with which the middleware was tried


def test_middleware_behind_the_policy_is_noted_where_it_was_not_run() -> None:
    setup = Setup(["POST", BOOKS, "--origin", PAGE], behind=[changing()])
    assert codes_of(setup.explain()) == ["MiddlewareBehind", "NotExecuted"]

    setup.arguments[1] = "/api/nothing"  # which that middleware may know
    verdict = setup.explain()
    assert (verdict["verdict"], verdict["status"]) == ("ALLOWED", None)
    assert verdict["view"] == {"endpoint": None, "runs": None}


def test_websocket_of_middleware_behind_the_policy_is_for_the_guard_to_decide() -> None:
    arguments = ["GET", "ws://127.0.0.1:5000/socket.io/", "--origin"]
    resources = {"/*": {"origins": "http://localhost:3000"}}
    for origin, verdict in (("http://localhost:3000", "ALLOWED"), (PAGE, "BLOCKED")):
        setup = Setup([*arguments, origin], resources=resources, own={}, behind=[changing()])

        assert setup.explain()["verdict"] == verdict


def test_answer_of_middleware_needs_no_view() -> None:
    setup = Setup(["GET", BOOKS, "--origin", PAGE], behind=[answering("200 OK")])
    verdict = setup.explain()

    assert (verdict["verdict"], verdict["view"]["runs"]) == ("ALLOWED", False)


def test_path_that_no_text_has_is_explained() -> None:
    verdict = Setup(["GET", "/api/%ff%00x", "--origin", PAGE]).explain()

    assert (verdict["verdict"], verdict["status"]) == ("ALLOWED", 404)


def test_middleware_that_answers_outside_the_rows_is_named() -> None:
    around = [answering("404 NOT FOUND")]
    verdict = Setup(["GET", "/elsewhere", "--origin", PAGE], around=around).explain()

    assert verdict["cause"] == (
        "middleware in front of the policy answers /elsewhere itself, with 404"
    )


def test_json_tells_what_a_page_reads() -> None:
    app = Setup([]).build()

    assert explain(app, "GET", "/api/missing", "--origin", PAGE)["status"] == 404
    assert explain(app, "PUT", BOOKS, "--origin", PAGE)["status"] is None
