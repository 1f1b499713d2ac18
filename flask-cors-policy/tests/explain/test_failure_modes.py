"""Every way in which CORS fails people, the whole message, and what following its fix leads to."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from flask import abort
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from explain.calls import BOOKS, HERE, PAGE, Setup, Wsgi, answering, changing

LOCAL = "http://localhost:3000"
LEAVE_OUT = "leave out credentials: 'include' in the page (axios: withCredentials)"
LET_THROUGH = (
    "let OPTIONS requests that have Access-Control-Request-Method through to the application"
)
ALONE = "let only the application set it: take the CORS headers out of the proxy or middleware"
GUARDED = "; the request was refused with 403 before any view"

OWN_PAGE = "call it from a page of the application's own origin"
READS = {"/api/*": {"origins": "*", "for_methods": ["GET"]}}

Mend = Callable[[Setup], object]


def mounting(inner: Wsgi) -> Wsgi:
    return DispatcherMiddleware(
        inner, dict.fromkeys(("/admin", "/metrics"), answering("200 OK")(inner))
    )


def leave() -> None:
    raise SystemExit(3)


EXIT_LINE = leave.__code__.co_firstlineno + 1


@dataclass
class Mode:
    """A failure: its call, code, cause and fix, and how that is followed if it is no command."""

    arguments: list[str]
    code: str
    cause: str
    fix: str
    change: dict[str, Any] = field(default_factory=dict)  # of the usual setup
    mend: Mend | None = None
    origin: str = PAGE

    def setup(self) -> Setup:
        change = copy.deepcopy(self.change)
        return Setup([*self.arguments, "--origin", self.origin], **change)


def in_turn(*mends: Mend) -> Mend:
    def mend(setup: Setup) -> None:
        for one in mends:
            one(setup)

    return mend


def follow(fix: str) -> Mend:
    return lambda setup: setup.follow(fix)


def move_outside(setup: Setup) -> None:
    setup.around += setup.behind
    setup.behind.clear()


def clear(setup: Setup) -> None:
    setup.around.clear()


def replace_view(name: str, view: Callable[[], Any]) -> Mend:
    return lambda setup: setup.views.__setitem__(name, view)


def call(url: str, origin: str | None = None) -> Mend:
    def mend(setup: Setup) -> None:
        setup.arguments[1] = url
        if origin:
            setup.arguments[setup.arguments.index("--origin") + 1] = origin

    return mend


MODES = {
    "another port": Mode(
        ["GET", BOOKS],
        "MissingAllowOriginHeader",
        "the row /api/* does not trust http://localhost:3001",
        "add http://localhost:3001 to CORS_ORIGINS; you have http://localhost:3000, which differs "
        "in the port",
        origin="http://localhost:3001",
    ),
    "another name of this machine": Mode(
        ["PUT", BOOKS],
        "PreflightMissingAllowOriginHeader",
        "the row /api/* does not trust http://127.0.0.1:3000",
        "add http://127.0.0.1:3000 to CORS_ORIGINS; you have http://localhost:3000, the same "
        "machine by another name, which to a browser is another origin",
        origin="http://127.0.0.1:3000",
    ),
    "another scheme, and the guard": Mode(
        ["POST", BOOKS],
        "MissingAllowOriginHeader",
        f"the row /api/* does not trust http://app.example.com{GUARDED}",
        "add http://app.example.com to CORS_ORIGINS; you have https://app.example.com, which "
        "differs in the scheme",
        origin="http://app.example.com",
    ),
    "no origin is trusted": Mode(
        ["GET", BOOKS],
        "MissingAllowOriginHeader",
        f"the row /api/* does not trust {PAGE}",
        f"write {PAGE} in CORS_ORIGINS, in place of 'none'",
        {"environ": {"CORS_ORIGINS": "none"}},
    ),
    "apex under a wildcard": Mode(
        ["GET", BOOKS],
        "MissingAllowOriginHeader",
        "the row /api/* does not trust https://preview.example.com",
        "add https://preview.example.com to CORS_ORIGINS; you have https://*.preview.example.com, "
        "which covers the names below preview.example.com and not preview.example.com itself",
        origin="https://preview.example.com",
    ),
    "origin of an application": Mode(
        ["GET", BOOKS],
        "MissingAllowOriginHeader",
        "the row /api/* does not trust capacitor://localhost",
        "add capacitor://localhost to CORS_ORIGINS",
        origin="capacitor://localhost",
    ),
    "hidden origin": Mode(
        ["GET", BOOKS],
        "MissingAllowOriginHeader",
        "the row /api/* does not trust a page that hides its origin ('null')",
        "serve the page over http or https and add the origin it then has to CORS_ORIGINS, or, if "
        "it is a form of another site, let it come back with GET; 'null' is any local file, "
        "sandboxed frame, cross-origin redirect or form without a referrer",
        origin="null",
        mend=in_turn(
            call(BOOKS, "http://localhost:8080"),
            follow("add http://localhost:8080 to CORS_ORIGINS"),
        ),
    ),
    "view with a policy of its own": Mode(
        ["GET", "/api/own"],
        "MissingAllowOriginHeader",
        f"cross_origin on 'own' does not trust {PAGE}",
        f"add {PAGE} to the origins of cross_origin on 'own'",
    ),
    "redirected to a log-in page": Mode(
        ["GET", "/api/me"],
        "MissingAllowOriginHeader",
        f"/api/me is redirected to {HERE}/login?next=/api/me, a log-in page, which no page of "
        "another origin can read",
        "answer 401 in place of that redirect, which the page can read (Flask-Login: "
        "@login_manager.unauthorized_handler)",
        mend=replace_view("me", lambda: abort(401)),
    ),
    "redirected elsewhere": Mode(
        ["GET", "/api/away"],
        "MissingAllowOriginHeader",
        "/api/away is redirected to https://elsewhere.example.org/, which cannot be called from "
        "here and is taken not to trust a page that hides its origin ('null'), as the browser "
        "then calls itself",
        "let the page call https://elsewhere.example.org/ itself, or ask both with --live",
        mend=replace_view("away", lambda: "no redirect"),  # test_live.py asks both
    ),
    "redirected to another port": Mode(
        ["GET", "/api/port"],
        "MissingAllowOriginHeader",
        "/api/port is redirected to http://127.0.0.1:5001/api/books, another origin, and the "
        "browser then sends the origin 'null', which could be anybody",
        "answer without the redirect, or let the page call http://127.0.0.1:5001/api/books itself",
        {"views": {"port": lambda: ("", 302, {"Location": "http://127.0.0.1:5001/api/books"})}},
        mend=call("http://127.0.0.1:5001/api/books"),
    ),
    "password in a redirect": Mode(
        ["GET", "/api/secret"],
        "RedirectContainsCredentials",
        "the application redirects to https://***@api.example.com, an address with a user name or "
        "password",
        "redirect to the address without them",
        mend=replace_view("secret", lambda: ("", 302, {"Location": "/api/books"})),
    ),
    "redirect to no web address": Mode(
        ["GET", "/api/mail"],
        "CorsDisabledScheme",
        "the application redirects to 'mailto:a@example.com', which is no http address",
        "redirect to http or https only",
        mend=replace_view("mail", lambda: ("", 302, {"Location": "/api/books"})),
    ),
    "redirect to no address": Mode(
        ["GET", "/api/broken"],
        "InvalidResponse",
        "the application answers with 'a redirect to no address (http://a b/)'",
        "redirect to a valid address",
        {"views": {"broken": lambda: ("", 302, {"Location": "http://a b/"})}},
        mend=replace_view("broken", lambda: ("", 302, {"Location": "/api/books"})),
    ),
    "redirects in a circle": Mode(
        ["GET", "/api/circle"],
        "TooManyRedirects",
        "the application redirects in a circle",
        f"let {HERE}/api/circle answer without a redirect",
        mend=replace_view("circle", lambda: "x"),
    ),
    "credentials under a row for everybody": Mode(
        ["GET", "/api/open/x", "--credentials"],
        "WildcardOriginNotAllowed",
        "the row /api/open/* is open to every page ('*'), and browsers keep such responses from "
        "requests with credentials",
        f"{LEAVE_OUT}, or serve the call from a row that lists its origins",
    ),
    "credentials not taken": Mode(
        ["GET", BOOKS, "--credentials"],
        "InvalidAllowCredentials",
        "the row /api/* takes no credentials (cookies, HTTP authentication)",
        f"{LEAVE_OUT}, or set CORS_SUPPORTS_CREDENTIALS=true",
    ),
    "credentials not taken by a view": Mode(
        ["GET", "/api/own", "--credentials"],
        "InvalidAllowCredentials",
        "cross_origin on 'own' takes no credentials (cookies, HTTP authentication)",
        f"{LEAVE_OUT}, or write supports_credentials=True in cross_origin on 'own'",
        {"own": {"origins": PAGE, "supports_credentials": False}},
    ),
    "path mistyped outside the rows": Mode(
        ["GET", "/ap/books"],
        "MissingAllowOriginHeader",
        "/ap/books is no route of this application, and no row covers it",
        "call /api/books",
    ),
    "path mistyped outside the rows, of a page that is not trusted": Mode(
        ["GET", "/ap/books", "--header", "baggage"],
        "PreflightMissingAllowOriginHeader",
        "/ap/books is no route of this application, and no row covers it",
        "call /api/books; then add http://localhost:3001 to CORS_ORIGINS; you have "
        "http://localhost:3000, which differs in the port; leave baggage out of the page's "
        "request, or set CORS_ALLOW_HEADERS=Authorization,Content-Type,baggage",
        origin="http://localhost:3001",
    ),
    "path mistyped outside the rows, like one without a row": Mode(
        ["GET", "/outsid"],
        "MissingAllowOriginHeader",
        "/outsid is no route of this application, and no row covers it",
        f"call /outside; then add the row '/outside/*': {{'origins': '{PAGE}'}} to resources",
    ),
    "path outside the rows": Mode(
        ["GET", "/outside"],
        "MissingAllowOriginHeader",
        "no row covers /outside, so no other origin may use it",
        "call it from a page of the application's own origin, or add the row '/outside/*': "
        f"{{'origins': '{PAGE}'}} to resources",
        mend=follow(f"add the row '/outside/*': {{'origins': '{PAGE}'}} to resources"),
    ),
    "hidden origin outside the rows": Mode(
        ["POST", "/outside"],
        "MissingAllowOriginHeader",
        f"no row covers /outside, so no other origin may use it{GUARDED}",
        "call it from a page of the application's own origin, or serve the page over http or https "
        "and add a row that trusts its origin, or, if it is a form of another site, let it come "
        "back with GET",
        origin="null",
        mend=in_turn(
            call("/outside", PAGE),
            follow(f"add the row '/outside/*': {{'origins': '{PAGE}'}} to resources"),
        ),
    ),
    "method outside the rows of a path": Mode(
        ["POST", "/outside"],
        "MissingAllowOriginHeader",
        f"no row covers POST of /outside, so no other origin may use it{GUARDED}",
        "call it from a page of the application's own origin, or add "
        f"{{'origins': '{PAGE}', 'for_methods': ('POST',)}} to resources['/outside/*'], which may "
        "be a list of rows",
        {
            "resources": {
                "/api/*": {"origins": "none"},
                "/outside/*": {"origins": "*", "for_methods": ["GET"]},
            }
        },
        mend=follow(
            f"add {{'origins': '{PAGE}', 'for_methods': ('POST',)}} to resources['/outside/*'], "
            "which may be a list of rows"
        ),
    ),
    "path of one thing outside the rows": Mode(
        ["GET", "/things/3"],
        "MissingAllowOriginHeader",
        "no row covers /things/3, so no other origin may use it",
        "call it from a page of the application's own origin, or add the row '/things/*': "
        f"{{'origins': '{PAGE}'}} to resources",
        {"routes": ["/things/<int:number>"]},
        mend=follow(f"add the row '/things/*': {{'origins': '{PAGE}'}} to resources"),
    ),
    "path outside the rows, from the application's own pages": Mode(
        ["POST", "/outside"],
        "MissingAllowOriginHeader",
        f"no row covers /outside, so no other origin may use it{GUARDED}",
        "call it from a page of the application's own origin, or add the row '/outside/*': "
        f"{{'origins': '{PAGE}'}} to resources",
        mend=call("/outside", HERE),
    ),
    "path outside the rows, with much else": Mode(
        ["PROPFIND", "/outside", "--credentials", "--header", "baggage"],
        "PreflightMissingAllowOriginHeader",
        "no row covers /outside, so no other origin may use it",
        "call it from a page of the application's own origin, or add the row '/outside/*': "
        f"{{'origins': '{PAGE}', 'methods': ('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', "
        "'PROPFIND'), 'allow_headers': ('Authorization', 'Content-Type', 'baggage'), "
        "'supports_credentials': True} to resources",
    ),
    "path outside the rows, which inherit little": Mode(
        ["POST", "/outside", "--content-type", "application/json", "--header", "baggage"],
        "PreflightMissingAllowOriginHeader",
        "no row covers /outside, so no other origin may use it",
        f"{OWN_PAGE}, or add the row '/outside/*': {{'origins': '{PAGE}', 'methods': ('GET', "
        "'POST'), 'allow_headers': ('baggage', 'Content-Type')} to resources",
        {
            "environ": {
                "CORS_ORIGINS": "none",
                "CORS_METHODS": "GET",
                "CORS_ALLOW_HEADERS": "baggage",
            }
        },
    ),
    "path outside the rows, which inherit enough": Mode(
        ["PROPFIND", "/outside", "--header", "baggage", "--credentials"],
        "PreflightMissingAllowOriginHeader",
        "no row covers /outside, so no other origin may use it",
        f"{OWN_PAGE}, or add the row '/outside/*': {{'origins': '{PAGE}'}} to resources",
        {
            "environ": {
                "CORS_ORIGINS": PAGE,
                "CORS_METHODS": "PROPFIND",
                "CORS_ALLOW_HEADERS": "baggage",
                "CORS_SUPPORTS_CREDENTIALS": "true",
            }
        },
    ),
    "path outside the rows, with a method in lower case": Mode(
        ["patch", "/outside"],
        "PreflightMissingAllowOriginHeader",
        "no row covers /outside, so no other origin may use it",
        f"{OWN_PAGE}, or add the row '/outside/*': {{'origins': '{PAGE}'}} to resources; write "
        "method: 'PATCH' in the page",
    ),
    "path outside the rows, with a header of responses": Mode(
        ["GET", "/outside", "--header", "Access-Control-Allow-Origin"],
        "PreflightMissingAllowOriginHeader",
        "no row covers /outside, so no other origin may use it",
        f"{OWN_PAGE}, or add the row '/outside/*': {{'origins': '{PAGE}'}} to resources; take "
        "Access-Control-Allow-Origin out of the page's request",
    ),
    "path outside the rows, with a method that no row can list": Mode(
        ["OPTIONS", "/outside"],
        "PreflightMissingAllowOriginHeader",
        "no row covers /outside, so no other origin may use it",
        f"{OWN_PAGE}, or call a method that the application has; flask cors show lists them",
        mend=call("/outside", HERE),
    ),
    "method outside the rows of a view that lists origins": Mode(
        ["PUT", "/api/own"],
        "PreflightMissingAllowOriginHeader",
        "no row covers PUT of /api/own, so no other origin may use it",
        f"{OWN_PAGE}, or add {{'origins': 'none', 'for_methods': ('PUT',)}} to "
        f"resources['/api/*'], which may be a list of rows; add {PAGE} to the origins of "
        "cross_origin on 'own'",
        {"resources": READS},
    ),
    "method outside the rows of a view that lists methods and headers": Mode(
        ["PUT", "/api/own", "--header", "baggage"],
        "PreflightMissingAllowOriginHeader",
        "no row covers PUT of /api/own, so no other origin may use it",
        f"{OWN_PAGE}, or add {{'origins': '{PAGE}', 'for_methods': ('PUT',), 'allow_headers': "
        "('Authorization', 'Content-Type', 'baggage')} to resources['/api/*'], which may be a "
        "list of rows; write methods=('GET', 'PUT') in cross_origin on 'own'; leave baggage out "
        "of the page's request, or write allow_headers=('baggage',) in cross_origin on 'own'",
        {"resources": READS, "own": {"methods": "GET", "allow_headers": "none"}},
    ),
    "method outside the rows of a view that takes no credentials": Mode(
        ["PUT", "/api/own", "--credentials"],
        "PreflightMissingAllowOriginHeader",
        "no row covers PUT of /api/own, so no other origin may use it",
        f"{OWN_PAGE}, or add {{'origins': '{PAGE}', 'for_methods': ('PUT',), "
        "'supports_credentials': True} to resources['/api/*'], which may be a list of rows; "
        f"{LEAVE_OUT}, or take supports_credentials out of cross_origin on 'own'",
        {"resources": READS, "own": {"supports_credentials": False}},
    ),
    "mounted at a prefix": Mode(
        ["PUT", "/shop/api/books"],
        "PreflightMissingAllowOriginHeader",
        "/shop/api/books is no route of this application, and no row covers it",
        "if the application is mounted at /shop, ask with --prefix /shop; otherwise call "
        "/api/books",
        mend=follow("ask with --prefix /shop"),
    ),
    "mounted elsewhere by middleware": Mode(
        ["GET", f"{HERE}{BOOKS}"],
        "MissingAllowOriginHeader",
        "middleware in front of the policy answers /api/books itself, with 404",
        "call /shop/api/books",
        {
            "around": [
                lambda inner: DispatcherMiddleware(
                    answering("404 NOT FOUND")(inner), {"/shop": inner}
                )
            ]
        },
        origin=LOCAL,
    ),
    "path changed behind the policy": Mode(
        ["PUT", "/shop/api/books"],
        "PreflightMissingAllowOriginHeader",
        "middleware behind the policy changes the path from /shop/api/books to /api/books, and no "
        "row covers the first",
        "add that middleware after CORS(...), so that the policy sees the changed path",
        {
            "behind": [
                lambda inner: DispatcherMiddleware(
                    answering("404 NOT FOUND")(inner), {"/shop": inner}
                )
            ]
        },
        mend=move_outside,
    ),
    "header not listed": Mode(
        ["GET", BOOKS, "--header", "X-Trace"],
        "HeaderDisallowedByPreflightResponse",
        "the row /api/* does not list the header X-Trace",
        "leave X-Trace out of the page's request, or set "
        "CORS_ALLOW_HEADERS=Authorization,Content-Type,X-Trace",
    ),
    "three headers not listed": Mode(
        [
            "GET",
            BOOKS,
            *("--header", "baggage", "--header", "sentry-trace", "--header", "traceparent"),
        ],
        "HeaderDisallowedByPreflightResponse",
        "the row /api/* does not list the headers baggage, sentry-trace, traceparent",
        "leave baggage, sentry-trace, traceparent out of the page's request, or set "
        "CORS_ALLOW_HEADERS=Authorization,Content-Type,baggage,sentry-trace,traceparent",
    ),
    "header not listed in a row of its own": Mode(
        ["PUT", "/api/narrow/x", "--header", "Authorization"],
        "HeaderDisallowedByPreflightResponse",
        "the row /api/narrow/* does not list the header Authorization",
        "leave Authorization out of the page's request, or write 'allow_headers': "
        "('Authorization',) in resources['/api/narrow/*']",
    ),
    "header of responses in a request": Mode(
        ["GET", BOOKS, "--header", "Access-Control-Allow-Origin: *"],
        "HeaderDisallowedByPreflightResponse",
        "the row /api/* does not list Access-Control-Allow-Origin, a header of responses with "
        "which no page can grant itself anything",
        "take Access-Control-Allow-Origin out of the page's request",
    ),
    "header that no row can list": Mode(
        ["GET", BOOKS, "--header", "X*Y"],
        "HeaderDisallowedByPreflightResponse",
        "the row /api/* does not list the header X*Y",
        "leave X*Y out of the page's request",
    ),
    "method in lower case": Mode(
        ["patch", BOOKS],
        "MethodDisallowedByPreflightResponse",
        "the row /api/* does not list 'patch' (methods are exact: browsers correct the case of "
        "GET, HEAD, POST, PUT, DELETE and OPTIONS only)",
        "write method: 'PATCH' in the page",
    ),
    "method in lower case, with a row of its own": Mode(
        ["patch", BOOKS],
        "MethodDisallowedByPreflightResponse",
        "the row /api/* does not list 'patch' (methods are exact: browsers correct the case of "
        "GET, HEAD, POST, PUT, DELETE and OPTIONS only)",
        "write method: 'PATCH' in the page; add https://app.example.com to the origins of "
        "resources['/api/*'][0]",
        {"resources": {"/api/*": [{"origins": LOCAL, "for_methods": "PATCH"}, {"origins": PAGE}]}},
    ),
    "method in lower case that is not listed": Mode(
        ["search", BOOKS],
        "MethodDisallowedByPreflightResponse",
        "the row /api/* does not list 'search' (methods are exact: browsers correct the case of "
        "GET, HEAD, POST, PUT, DELETE and OPTIONS only)",
        "write method: 'SEARCH' in the page and set "
        "CORS_METHODS=GET,HEAD,POST,PUT,PATCH,DELETE,SEARCH",
    ),
    "method not listed": Mode(
        ["PROPFIND", BOOKS],
        "MethodDisallowedByPreflightResponse",
        "the row /api/* does not list PROPFIND",
        "set CORS_METHODS=GET,HEAD,POST,PUT,PATCH,DELETE,PROPFIND",
    ),
    "method not listed in a row of its own": Mode(
        ["PATCH", "/api/narrow/x"],
        "MethodDisallowedByPreflightResponse",
        "the row /api/narrow/* does not list PATCH",
        "write 'methods': ('PUT', 'PATCH') in resources['/api/narrow/*']",
    ),
    "safelisted method not listed": Mode(
        ["GET", "/api/narrow/x"],
        "MissingAllowOriginHeader",
        "the row /api/narrow/* does not list GET",
        "write 'methods': ('PUT', 'GET') in resources['/api/narrow/*']",
    ),
    "safelisted write not listed": Mode(
        ["POST", "/api/narrow/x"],
        "MissingAllowOriginHeader",
        f"the row /api/narrow/* does not list POST{GUARDED}",
        "write 'methods': ('PUT', 'POST') in resources['/api/narrow/*']",
    ),
    "preflight by hand": Mode(
        ["OPTIONS", BOOKS],
        "MethodDisallowedByPreflightResponse",
        "the row /api/* does not list OPTIONS, which is the method of preflights",
        "call a method that the application has; flask cors show lists them",
        mend=lambda setup: setup.arguments.__setitem__(0, "PUT"),
    ),
    "everything at once": Mode(
        ["search", BOOKS, "--credentials", "--header", "baggage", "--header", "traceparent"],
        "PreflightMissingAllowOriginHeader",
        "the row /api/* does not trust http://localhost:3001, takes no credentials (cookies, HTTP "
        "authentication), does not list 'search' (methods are exact: browsers correct the case of "
        "GET, HEAD, POST, PUT, DELETE and OPTIONS only) and does not list the headers baggage, "
        "traceparent",
        "add http://localhost:3001 to CORS_ORIGINS; you have http://localhost:3000, which differs "
        f"in the port; {LEAVE_OUT}, or set CORS_SUPPORTS_CREDENTIALS=true; write method: 'SEARCH' "
        "in the page and set CORS_METHODS=GET,HEAD,POST,PUT,PATCH,DELETE,SEARCH; leave baggage, "
        "traceparent out of the page's request, or set "
        "CORS_ALLOW_HEADERS=Authorization,Content-Type,baggage,traceparent",
        origin="http://localhost:3001",
    ),
    "mixed content": Mode(
        ["GET", "http://api.example.com/api/books"],
        "MixedContent",
        "a page on https may not call http://api.example.com/api/books: the browser sends nothing",
        "serve the application over https and call https://api.example.com/api/books",
        mend=call("https://api.example.com/api/books"),
    ),
    "mixed content, and much else": Mode(
        ["PROPFIND", "http://api.example.com/api/books", "--credentials"],
        "MixedContent",
        "a page on https may not call http://api.example.com/api/books: the browser sends nothing",
        "serve the application over https and call https://api.example.com/api/books; then add "
        f"https://evil.example to CORS_ORIGINS; {LEAVE_OUT}, or set "
        "CORS_SUPPORTS_CREDENTIALS=true; set CORS_METHODS=GET,HEAD,POST,PUT,PATCH,DELETE,PROPFIND",
        origin="https://evil.example",
    ),
    "mixed content of the application's own page": Mode(
        ["GET", "http://api.example.com/outside"],
        "MixedContent",
        "a page on https may not call http://api.example.com/outside: the browser sends nothing",
        "serve the application over https and call https://api.example.com/outside",
        origin="https://api.example.com",
    ),
    "redirect to http behind a TLS proxy": Mode(
        ["GET", "https://api.example.com/api/http"],
        "MixedContent",
        "the application redirects to http://api.example.com/api/books, and a page on https may "
        "not follow to http: behind a TLS proxy it does not know that it is called over https",
        "let the proxy send X-Forwarded-Proto and the application believe it (werkzeug's "
        "ProxyFix), or call the address that does not redirect",
        mend=call("https://api.example.com/api/books"),
    ),
    "authentication in front of the policy": Mode(
        ["PUT", BOOKS],
        "PreflightInvalidStatus",
        "the preflight is answered 401: something in front of the policy answers it, such as "
        "authentication; browsers never send credentials with a preflight",
        LET_THROUGH,
        {"around": [answering("401 UNAUTHORIZED", Access_Control_Allow_Origin=PAGE)]},
        mend=clear,
    ),
    "authentication in front of the policy, without a header": Mode(
        ["PUT", BOOKS],
        "PreflightMissingAllowOriginHeader",
        "middleware in front of the policy answers /api/books itself, with 401",
        "let it pass the request on to the application",
        {"around": [answering("401 UNAUTHORIZED")]},
        mend=clear,
    ),
    "redirected preflight": Mode(
        ["PUT", BOOKS],
        "PreflightDisallowedRedirect",
        "the preflight is redirected to 'https://api.example.com/x', and browsers follow no "
        "redirect there",
        "call that address itself, or let whatever redirects it (proxy, middleware) leave OPTIONS "
        "requests alone",
        {"around": [answering("307 TEMPORARY REDIRECT", Location="https://api.example.com/x")]},
        mend=clear,
    ),
    "credentials spelt otherwise": Mode(
        ["GET", BOOKS, "--credentials"],
        "InvalidAllowCredentials",
        "Access-Control-Allow-Credentials is 'True' and has to be 'true'",
        ALONE,
        {
            "environ": {"CORS_ORIGINS": PAGE, "CORS_SUPPORTS_CREDENTIALS": "true"},
            "around": [changing(Access_Control_Allow_Credentials="True")],
        },
        mend=clear,
    ),
    "wildcard of something else": Mode(
        ["GET", BOOKS, "--credentials"],
        "WildcardOriginNotAllowed",
        "the response is open to every page ('*'), which this project's policy does not say, and "
        "browsers keep such responses from requests with credentials",
        ALONE,
        {
            "environ": {"CORS_ORIGINS": PAGE, "CORS_SUPPORTS_CREDENTIALS": "true"},
            "around": [changing(Access_Control_Allow_Origin="*")],
        },
        mend=clear,
    ),
    "two layers": Mode(
        ["GET", BOOKS],
        "MultipleAllowOriginValues",
        f"Access-Control-Allow-Origin is set twice: '{PAGE}, *'",
        f"{ALONE} (nginx: the add_header lines)",
        {"around": [changing(Access_Control_Allow_Origin=f"{PAGE}, *")]},
        mend=clear,
    ),
    "preflight of another server": Mode(
        ["PUT", BOOKS],
        "MethodDisallowedByPreflightResponse",
        "the preflight's response does not list 'PUT', although this project's policy does: "
        "something else gave it",
        f"{LET_THROUGH}, and let only the application set CORS headers",
        {"around": [changing(Access_Control_Allow_Methods=None)]},
        mend=clear,
    ),
    "malformed list of methods": Mode(
        ["PUT", BOOKS],
        "InvalidAllowMethodsPreflightResponse",
        "the preflight's response has a malformed list of methods or headers",
        ALONE,
        {"around": [changing(Access_Control_Allow_Methods="GET PUT")]},
        mend=clear,
    ),
    "malformed list of headers": Mode(
        ["PUT", BOOKS],
        "InvalidAllowHeadersPreflightResponse",
        "the preflight's response has a malformed list of methods or headers",
        ALONE,
        {"around": [changing(Access_Control_Allow_Headers="X-A;X-B")]},
        mend=clear,
    ),
    "response for another page": Mode(
        ["GET", BOOKS],
        "AllowOriginMismatch",
        "the response is meant for 'https://other.example' and not for https://app.example.com: a "
        "cache gave it to the wrong page, or something in front of the application sets a fixed "
        "value",
        f"{ALONE}; caches have to respect Vary: Origin",
        {"around": [changing(Access_Control_Allow_Origin="https://other.example")]},
        mend=clear,
    ),
    "value that is no origin": Mode(
        ["GET", BOOKS],
        "InvalidAllowOriginValue",
        "Access-Control-Allow-Origin is 'app.example.com', which is no origin",
        ALONE,
        {"around": [changing(Access_Control_Allow_Origin="app.example.com")]},
        mend=clear,
    ),
    "header removed": Mode(
        ["GET", BOOKS],
        "MissingAllowOriginHeader",
        "the policy lets https://app.example.com read the response, but its header was taken off "
        "on the way out",
        "let no middleware outside the policy remove Access-Control-Allow-Origin",
        {"around": [changing(Access_Control_Allow_Origin=None)]},
        mend=clear,
    ),
    "header removed from a page that is not trusted either": Mode(
        ["GET", BOOKS],
        "AllowOriginMismatch",
        "the response is meant for 'https://other.example' and not for http://localhost:3001: a "
        "cache gave it to the wrong page, or something in front of the application sets a fixed "
        "value",
        f"{ALONE}; caches have to respect Vary: Origin; then add http://localhost:3001 to "
        "CORS_ORIGINS; you have http://localhost:3000, which differs in the port",
        {"around": [changing(Access_Control_Allow_Origin="https://other.example")]},
        origin="http://localhost:3001",
        mend=in_turn(
            clear,
            follow("add http://localhost:3001 to CORS_ORIGINS"),
        ),
    ),
    "error of a gateway": Mode(
        ["GET", BOOKS],
        "MissingAllowOriginHeader",
        "middleware in front of the policy answers /api/books itself, with 502",
        "let it pass the request on to the application",
        {"around": [answering("502 BAD GATEWAY", Server="nginx")]},
        mend=clear,
    ),
    "application mounted in front of the policy": Mode(
        ["POST", "/admin/users"],
        "MissingAllowOriginHeader",
        "an application that is mounted at /admin answers /admin/users, in front of the policy",
        "mount it before CORS(...), so that the policy is around it; then add the row '/admin/*': "
        f"{{'origins': '{PAGE}'}} to resources",
        {"around": [mounting]},
        mend=in_turn(
            lambda setup: setup.behind.append(setup.around.pop()),
            follow(f"add the row '/admin/*': {{'origins': '{PAGE}'}} to resources"),
        ),
    ),
    "path of middleware behind the policy": Mode(
        ["GET", "/metrics/all"],
        "MissingAllowOriginHeader",
        "no row covers /metrics/all, which is no route of this application: middleware behind the "
        "policy, such as Flask-SocketIO, may answer it",
        f"add the row '/metrics/all/*': {{'origins': '{PAGE}'}} to resources",
        {"behind": [mounting]},
    ),
    "WebSocket of middleware behind the policy": Mode(
        ["GET", "ws://127.0.0.1:5000/admin/users"],
        "RefusedByGuard",
        "no row covers /admin/users; a handshake has no preflight, so it was refused with 403 "
        "before any view",
        f"add the row '/admin/users/*': {{'origins': '{LOCAL}'}} to resources",
        {"behind": [mounting]},
        origin=LOCAL,
    ),
    "view that ends the worker": Mode(
        ["GET", "/api/exit"],
        "MissingAllowOriginHeader",
        f"what answers /api/exit ended with SystemExit: '3' ({__file__}:{EXIT_LINE}), which ends "
        "the worker of a server without a response",
        "let it return a response, or raise another exception",
        {"views": {"exit": leave}},
        mend=replace_view("exit", dict),
    ),
    "another server on the port": Mode(
        ["GET", BOOKS],
        "MissingAllowOriginHeader",
        "macOS's AirPlay receiver answered, which listens on the ports 5000 and 7000",
        "run the application on another port, such as 8000, and call that",
        {"around": [answering("403 FORBIDDEN", Server="AirTunes/870.14.1")]},
        mend=clear,
    ),
    "another server on the port, preflight": Mode(
        ["POST", BOOKS, "--content-type", "application/json"],
        "PreflightMissingAllowOriginHeader",
        "macOS's AirPlay receiver answered, which listens on the ports 5000 and 7000",
        "run the application on another port, such as 8000, and call that",
        {"around": [answering("403 FORBIDDEN", Server="AirTunes/870.14.1")]},
        mend=clear,
    ),
    "WebSocket of a page that is not trusted": Mode(
        ["GET", "ws://127.0.0.1:5000/api/socket"],
        "RefusedByGuard",
        "the row /api/* does not trust http://localhost:3001; a handshake has no preflight, so it "
        "was refused with 403 before any view",
        "add http://localhost:3001 to CORS_ORIGINS; you have http://localhost:3000, which differs "
        "in the port",
        {"sockets": ["/api/socket"]},
        origin="http://localhost:3001",
    ),
    "WebSocket of a view with a policy of its own": Mode(
        ["GET", "ws://127.0.0.1:5000/api/socket/own"],
        "RefusedByGuard",
        f"cross_origin on '/api/socket/own' does not trust {LOCAL}; a handshake has no preflight, "
        "so it was refused with 403 before any view",
        f"add {LOCAL} to the origins of cross_origin on '/api/socket/own'",
        {"sockets": ["/api/socket/own"]},
        origin=LOCAL,
    ),
    "WebSocket outside the rows": Mode(
        ["GET", "ws://127.0.0.1:5000/socket"],
        "RefusedByGuard",
        "no row covers /socket; a handshake has no preflight, so it was refused with 403 before "
        "any view",
        f"add the row '/socket/*': {{'origins': '{LOCAL}'}} to resources",
        {"sockets": ["/socket"]},
        origin=LOCAL,
    ),
    "WebSocket under a row that does not list GET": Mode(
        ["GET", "ws://127.0.0.1:5000/api/narrow/socket"],
        "RefusedByGuard",
        "the row /api/narrow/* does not list GET; a handshake has no preflight, so it was refused "
        "with 403 before any view",
        "write 'methods': ('PUT', 'GET') in resources['/api/narrow/*']",
        {"sockets": ["/api/narrow/socket"]},
    ),
    "WebSocket to another route": Mode(
        ["GET", "ws://127.0.0.1:5000/api/books"],
        "WebSocketRefused",
        "/api/books is no WebSocket route of this application (400)",
        "add a WebSocket route (Flask-Sock: @sock.route)",
        origin=LOCAL,
        mend=in_turn(
            lambda setup: setup.sockets.append("/api/socket"),
            call("ws://127.0.0.1:5000/api/socket"),
        ),
    ),
    "WebSocket mistyped, of a page that is not trusted": Mode(
        ["GET", "ws://127.0.0.1:5000/api/sockets"],
        "RefusedByGuard",
        "the row /api/* does not trust http://localhost:3001, and /api/sockets is no WebSocket "
        "route of this application; a handshake has no preflight, so it was refused with 403 "
        "before any view",
        "call /api/socket; then add http://localhost:3001 to CORS_ORIGINS; you have "
        "http://localhost:3000, which differs in the port",
        {"sockets": ["/api/socket"]},
        origin="http://localhost:3001",
        mend=in_turn(
            follow("call /api/socket"),
            follow("add http://localhost:3001 to CORS_ORIGINS"),
        ),
    ),
    "WebSocket mistyped, of a view with a policy of its own": Mode(
        ["GET", "ws://127.0.0.1:5000/api/socket/ow"],
        "WebSocketRefused",
        "/api/socket/ow is no WebSocket route of this application (404)",
        f"call /api/socket/own; then add {LOCAL} to the origins of cross_origin on "
        "'/api/socket/own'",
        {"sockets": ["/api/socket/own"]},
        origin=LOCAL,
        mend=in_turn(
            call("ws://127.0.0.1:5000/api/socket/own"),
            follow(f"add {LOCAL} to the origins of cross_origin on '/api/socket/own'"),
        ),
    ),
    "WebSocket of middleware such as Flask-SocketIO": Mode(
        ["GET", "ws://127.0.0.1:5000/socket.io/"],
        "WebSocketRefused",
        "middleware in front of the policy answers /socket.io/ with 400, such as Flask-SocketIO; "
        "the guard does not see it",
        f"let that middleware accept {LOCAL} (Flask-SocketIO: cors_allowed_origins)",
        {
            "around": [
                lambda inner: DispatcherMiddleware(
                    inner, {"/socket.io": answering("400 BAD REQUEST")(inner)}
                )
            ]
        },
        origin=LOCAL,
        mend=lambda setup: setup.around.append(
            lambda inner: DispatcherMiddleware(
                inner, {"/socket.io": answering("101 SWITCHING PROTOCOLS")(inner)}
            )
        ),
    ),
    "port that browsers block": Mode(
        ["GET", "http://127.0.0.1:6000/api/books"],
        "UnsafePort",
        "browsers block port 6000 (Fetch standard, port blocking), so the browser sends nothing",
        "serve the application at another port and call http://127.0.0.1:8000/api/books",
    ),
    "port that browsers block, of a page that is not trusted": Mode(
        ["PUT", "http://127.0.0.1:0/api/books"],
        "UnsafePort",
        "browsers block port 0 (Fetch standard, port blocking), so the browser sends nothing",
        "serve the application at another port and call http://127.0.0.1:8000/api/books; then add "
        "http://app.example.org to CORS_ORIGINS",
        origin="http://app.example.org",
    ),
    "redirected to a port that browsers block": Mode(
        ["GET", "/api/port"],
        "UnsafePort",
        "the application redirects to http://127.0.0.1:6000/api/books, and browsers block port "
        "6000 (Fetch standard, port blocking)",
        "redirect to an address with another port",
        {"views": {"port": lambda: ("", 302, {"Location": "http://127.0.0.1:6000/api/books"})}},
        mend=replace_view("port", lambda: ("", 302, {"Location": "/api/books"})),
    ),
    "header set twice": Mode(
        ["GET", BOOKS, *(("--header", f"Accept-Language: {'a' * 100}") * 2)],
        "HeaderDisallowedByPreflightResponse",
        "the row /api/* does not list the header Accept-Language",
        "leave Accept-Language out of the page's request, or set "
        "CORS_ALLOW_HEADERS=Authorization,Content-Type,Accept-Language",
    ),
    "WebSocket without TLS": Mode(
        ["GET", "ws://api.example.com/api/socket"],
        "MixedContent",
        "a page on https may not call ws://api.example.com/api/socket: the browser sends nothing",
        "serve the application over https and call wss://api.example.com/api/socket",
        {"sockets": ["/api/socket"]},
        mend=call("wss://api.example.com/api/socket"),
    ),
    "WebSocket behind a proxy": Mode(
        ["GET", "ws://127.0.0.1:5000/api/socket"],
        "WebSocketRefused",
        "middleware in front of the policy answers /api/socket with 426, such as Flask-SocketIO; "
        "the guard does not see it",
        f"let that middleware accept {PAGE} (Flask-SocketIO: cors_allowed_origins)",
        {"sockets": ["/api/socket"], "around": [answering("426 UPGRADE REQUIRED")]},
        mend=clear,
    ),
}


@pytest.mark.parametrize("name", MODES)
def test_failure_has_a_cause_and_a_fix(name: str) -> None:
    mode = MODES[name]
    verdict = mode.setup().explain()

    assert [verdict["code"], verdict["cause"], verdict["fix"]] == [mode.code, mode.cause, mode.fix]


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("name", MODES)
def test_fix_followed_once_ends_in_allowed(name: str, last: bool) -> None:
    mode = MODES[name]
    setup = mode.setup()
    if mode.mend:
        mode.mend(setup)
    else:
        setup.follow(mode.fix, last=last)
    verdict = setup.explain()

    assert (verdict["verdict"], verdict["code"], verdict["fix"]) == ("ALLOWED", None, None)
