"""Any table, routes and request, against a model of the promises that shares no code with them."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from flask_cors_policy import CORS, cross_origin
from helpers import EVIL, PARTNER, TRUSTED

OWN = "http://localhost"
SAFE = ("GET", "HEAD", "OPTIONS")
UNASKED = ("GET", "HEAD", "POST")  # what browsers send without a preflight
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE"]


@dataclass(frozen=True)
class Row:
    """A row of the table, as it is written."""

    base: str
    origins: tuple[str, ...]  # ("*",) for any
    methods: tuple[str, ...]
    for_methods: tuple[str, ...]
    credentials: bool

    def options(self) -> dict[str, Any]:
        written: dict[str, Any] = {
            "origins": list(self.origins),
            "methods": self.methods,
            "expose_headers": "ETag",
            "supports_credentials": self.credentials,
        }
        return written | ({"for_methods": self.for_methods} if self.for_methods else {})

    def covers(self, path: str, method: str) -> bool:
        below = path == self.base or path.startswith(f"{self.base}/")
        return below and (not self.for_methods or method in self.for_methods)

    def trusts(self, origin: str) -> bool:
        return self.origins == ("*",) or origin in self.origins


@dataclass(frozen=True)
class Sent:
    """A request."""

    method: str
    path: str
    origin: str | None
    announced: str | None
    site: str | None

    def headers(self) -> dict[str, str]:
        named = {
            "Origin": self.origin,
            "Access-Control-Request-Method": self.announced,
            "Sec-Fetch-Site": self.site,
            "Cookie": "session=x",
        }
        return {name: value for name, value in named.items() if value is not None}


@dataclass(frozen=True)
class Expected:
    """The promises for a request."""

    status: int
    ran: bool
    cors: dict[str, str]
    varies: bool
    cookie: bool = False


def expected(rows: list[Row], sent: Sent) -> Expected:
    """Work out the promises, one after the other, as the documentation has them."""
    preflight = bool(sent.method == "OPTIONS" and sent.origin and sent.announced)
    method = sent.announced if preflight and sent.announced else sent.method
    covering = [row for row in rows if row.covers(sent.path, method)]
    row = max(covering, key=lambda row: (len(row.base), bool(row.for_methods)), default=None)
    trusted = row is not None and row.trusts(sent.origin or "")
    listed = row is not None and method in row.methods
    cors: dict[str, str] = {}
    if row is not None and trusted and (listed or method not in UNASKED):
        anyone = row.origins == ("*",)
        cors["Access-Control-Allow-Origin"] = "*" if anyone else str(sent.origin)
        if row.credentials:
            cors["Access-Control-Allow-Credentials"] = "true"
        if not preflight:
            cors["Access-Control-Expose-Headers"] = "ETag"
        elif listed:
            cors["Access-Control-Allow-Methods"] = ", ".join(row.methods)
            cors["Access-Control-Allow-Headers"] = "Authorization, Content-Type"
            cors["Access-Control-Max-Age"] = "7200"
    varies = row is not None and (row.origins != ("*",) or sent.method == "OPTIONS")
    if preflight and row is not None:
        return Expected(204, ran=False, cors=cors, varies=True)
    own = sent.site in ("same-origin", "none") if sent.site else sent.origin in (None, OWN)
    unsafe = sent.method not in SAFE
    if unsafe and not own and not (trusted and listed):
        return Expected(403, ran=False, cors=cors, varies=varies)
    crossing = not own and (sent.origin is not None or unsafe)
    kept_out = row is not None and not row.credentials  # the cookie, from pages of other origins
    return Expected(
        200, ran=True, cors=cors, varies=varies or kept_out, cookie=not (crossing and kept_out)
    )


def some(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Return some of the values, in their order."""
    chosen = st.sets(st.sampled_from(values), min_size=1)
    return chosen.map(lambda one: tuple(value for value in values if value in one))


# What the rows of one path are limited to; an empty limit is none.
LIMITS: list[tuple[tuple[str, ...], ...]] = [
    ((),),
    (("GET", "HEAD"),),
    (("GET",), ("POST", "PUT")),
    (("PUT",), ()),
]


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    """Draw a table without contradictions."""
    rows: list[Row] = []
    for base in draw(st.lists(st.sampled_from(["", "/api", "/api/x"]), unique=True, min_size=1)):
        for limit in draw(st.sampled_from(LIMITS)):
            origins = draw(st.just(("*",)) | some([TRUSTED, PARTNER]))
            methods = draw(some(list(limit) or METHODS))
            credentials = draw(st.booleans()) and origins != ("*",)
            rows.append(Row(base, origins, methods, limit, credentials))
    return rows


requests = st.builds(
    Sent,
    method=st.sampled_from([*METHODS, "OPTIONS", "PROPFIND"]),
    path=st.sampled_from(["/", "/api", "/api/x", "/api/x/y", "/apix", "/api/xy", "/other"]),
    origin=st.sampled_from([None, TRUSTED, PARTNER, EVIL, "null", OWN, TRUSTED.upper()]),
    announced=st.sampled_from([None, *METHODS, "put", "PROPFIND"]),
    site=st.sampled_from([None, "same-origin", "same-site", "cross-site", "none", "other"]),
)


def application(rows: list[Row]) -> Flask:
    """Build an application whose one view takes every path and method."""
    app = Flask("example", static_folder=None)

    @app.before_request
    def answer() -> dict[str, bool]:
        from flask import request

        return {"ran": True, "cookie": "session" in request.cookies}

    resources: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        resources.setdefault(f"{row.base}/*", []).append(row.options())
    CORS(resources=resources).init_app(app, {})
    return app


@settings(max_examples=100)
@given(rows=tables(), sent=st.lists(requests, min_size=1, max_size=30))
def test_promises_hold_for_any_table_and_any_request(rows: list[Row], sent: list[Sent]) -> None:
    client = application(rows).test_client(use_cookies=False)
    for one in sent:
        promised = expected(rows, one)
        response = client.open(one.path, method=one.method, headers=one.headers())
        found = [
            (name, value) for name, value in response.headers if name.startswith("Access-Control")
        ]
        assert response.status_code == promised.status, one
        assert sorted(found) == sorted(promised.cors.items()), one
        assert response.headers.getlist("Vary") == ["Origin"] * promised.varies, one
        if promised.ran and one.method != "HEAD":
            assert response.get_json() == {"ran": True, "cookie": promised.cookie}, one


# --- routes with policies of their own ----------------------------------------------------------

ROUTES = [
    *("/api/x", "/api/x/", "/api/<name>", "/api/<int:name>", "/api/<path:name>", "/<path:name>"),
    *("/api/x/<name>", "/api/pre<name>", "/<name>/x", "/api/\xe9/<name>", "/api/x/<any(a,b):name>"),
]
PATHS = [
    *("/api/x", "/api/x/", "/api//x", "//api/x", "/api/7", "/api/y", "/api/y/z", "/api/x/a"),
    *("/api/x/a/", "/api/x//a", "/api/prex", "/other/x", "/api/\xe9/1", "/API/x", "/api/../x"),
]

views = st.lists(
    st.tuples(
        st.sampled_from(ROUTES),
        st.sampled_from([("GET",), ("POST",), ("GET", "POST"), ("PUT",)]),
        # The origins of its own policy, None without one, and "row" for one that leaves them out.
        st.sampled_from([None, "row", (TRUSTED,), (PARTNER,), ("*",), ()]),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=100)
@given(
    views=views,
    origins=st.sampled_from([(TRUSTED,), ("*",), ()]),
    sent=st.lists(
        st.tuples(
            st.sampled_from(PATHS),
            st.sampled_from(["GET", "POST", "PUT", "HEAD", "post"]),
            st.sampled_from([TRUSTED, PARTNER, EVIL]),
        ),
        min_size=1,
        max_size=30,
    ),
)
def test_whatever_view_runs_its_own_policy_let_the_page_in(
    views: list[tuple[str, tuple[str, ...], Any]],
    origins: tuple[str, ...],
    sent: list[tuple[str, str, str]],
) -> None:
    app = Flask("example", static_folder=None)
    for number, (route, methods, own) in enumerate(views):

        def view(number: int = number, **_: object) -> str:
            return str(number)

        options: dict[str, Any] = {} if own == "row" else {"origins": own}
        decorated = view if own is None else cross_origin(**options)(view)
        app.add_url_rule(route, str(number), decorated, methods=methods)
    CORS(resources={"/*": {"origins": origins}}).init_app(app, {})
    client = app.test_client()
    for path, method, origin in sent:
        wsgi = {"PATH_INFO": path.encode().decode("latin-1")}
        response = client.open(
            "/", method=method, headers={"Origin": origin}, environ_overrides=wsgi
        )
        if response.status_code != 200 or method == "HEAD":
            continue
        own = views[int(response.text)][2]
        trusting = origins if own in (None, "row") else own
        trusted = trusting == ("*",) or origin in trusting
        assert trusted or method == "GET"
        expected = "*" if trusting == ("*",) else origin
        allowed = response.headers.get("Access-Control-Allow-Origin")
        assert allowed == (expected if trusted else None)
