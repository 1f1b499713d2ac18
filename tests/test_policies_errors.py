"""Errors have the same CORS headers as successes, and are problems (SPEC, sections 5 and 6)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from http_server import Answer, Server
from policies import APP, EVIL, Serve, readable

pytest_plugins = ("projects",)

GREETINGS = "/api/v1/greetings"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Failing:
    """A request that fails, and what its answer has to say besides."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    said: Mapping[str, str] = field(default_factory=dict)

    def ask(self, server: Server, origin: str) -> Answer:
        return server.ask(self.method, self.path, {"Origin": origin, **self.headers}, self.body)


ERRORS = {
    "400, malformed JSON": Failing("POST", GREETINGS, 400, JSON, b"{"),
    "400, no JSON at all": Failing("POST", GREETINGS, 400, JSON, b""),
    "400, JSON in another encoding": Failing("POST", GREETINGS, 400, JSON, b'{"name": "\xe9"}'),
    "400, JSON with NaN": Failing("POST", GREETINGS, 400, JSON, b'{"name": NaN}'),
    "401": Failing("GET", "/api/before_request/1", 401, said={"WWW-Authenticate": "Bearer"}),
    "403": Failing("GET", "/api/extra/abort/403", 403),
    "404": Failing("GET", "/api/nothing", 404),
    "404, /api itself": Failing("GET", "/api", 404),
    "404, HEAD": Failing("HEAD", "/api/nothing", 404),
    "405": Failing("DELETE", GREETINGS, 405),
    "409": Failing("GET", "/api/extra/abort/409", 409),
    "413": Failing("POST", GREETINGS, 413, JSON, b'{"name": "%s"}' % (b"x" * 1000)),
    "413, announced": Failing("POST", GREETINGS, 413, {**JSON, "Content-Length": "9999"}, b"{}"),
    "415, a form": Failing(
        "POST",
        GREETINGS,
        415,
        {"Content-Type": "application/x-www-form-urlencoded"},
        b"name=Ada",
    ),
    "415, text": Failing("POST", GREETINGS, 415, {"Content-Type": "text/plain"}, b'{"name": "x"}'),
    "415, no type": Failing("POST", GREETINGS, 415, {}, b'{"name": "x"}'),
    "415, JSON as a parameter": Failing(
        "POST",
        GREETINGS,
        415,
        {"Content-Type": "text/plain; application/json"},
        b'{"name": "x"}',
    ),
    "415, a view that reads no body": Failing(
        "POST", "/api/extra/calls", 415, {"Content-Type": "text/plain"}, b"x"
    ),
    "422": Failing("POST", GREETINGS, 422, JSON, b'{"name": 5}'),
    "422, not an object": Failing("POST", GREETINGS, 422, JSON, b"[]"),
    "429": Failing("GET", "/api/extra/limited", 429, said={"Retry-After": "60"}),
    "500": Failing("GET", "/api/extra/crash", 500),
    "503": Failing("GET", "/api/extra/abort/503", 503),
}
# What a page of another origin gets to cause: the guard refuses it the others.
READ_ERRORS = {name: it for name, it in ERRORS.items() if it.method in ("GET", "HEAD")}


def assert_problem(failing: Failing, answer: Answer) -> None:
    assert answer.status == failing.status
    assert answer["Content-Type"] == "application/problem+json"
    assert {name: answer[name] for name in failing.said} == failing.said
    if failing.status == 405:
        allowed = {it.strip() for it in answer["Allow"].split(",")}
        assert allowed == {"GET", "HEAD", "OPTIONS", "POST"}
    if failing.method != "HEAD":
        problem = answer.json
        assert problem["status"] == failing.status
        assert problem["title"]
        assert problem["detail"]
        assert problem["type"] == "about:blank"
        assert problem["request_id"] == answer["X-Request-ID"]


@pytest.mark.parametrize("name", ["locked-down", "debug"])
@pytest.mark.parametrize("failing", ERRORS.values(), ids=ERRORS.keys())
def test_a_trusted_page_may_read_the_error(failing: Failing, name: str, server: Serve) -> None:
    answer = failing.ask(server(name), APP)
    assert_problem(failing, answer)
    assert answer.cors == readable(APP)
    assert answer.varies


@pytest.mark.parametrize("failing", ERRORS.values(), ids=ERRORS.keys())
def test_with_credentials(failing: Failing, server: Serve) -> None:
    answer = failing.ask(server("locked-down with credentials"), APP)
    assert answer.status == failing.status
    assert answer.cors == readable(APP, credentials=True)


@pytest.mark.parametrize("failing", ERRORS.values(), ids=ERRORS.keys())
def test_any_page_may_read_the_error_under_permissive(failing: Failing, server: Serve) -> None:
    answer = failing.ask(server("permissive"), EVIL)
    assert_problem(failing, answer)
    assert answer.cors == readable("*")


@pytest.mark.parametrize("name", ["locked-down", "mixed with credentials", "debug"])
@pytest.mark.parametrize("failing", READ_ERRORS.values(), ids=READ_ERRORS.keys())
def test_another_page_may_not(failing: Failing, name: str, server: Serve) -> None:
    answer = failing.ask(server(name), EVIL)
    assert_problem(failing, answer)
    assert answer.cors == {}
    assert answer.varies


def test_too_deeply_nested_json(server: Serve) -> None:
    deep = b"[" * 400_000
    answer = server("large bodies").ask("POST", GREETINGS, {"Origin": APP, **JSON}, deep)
    assert answer.status == 400
    assert answer.cors == readable(APP)


def test_a_chunked_body_that_is_too_large(server: Serve) -> None:
    headers = {"Origin": APP, "Transfer-Encoding": "chunked", **JSON}
    body = b"800\r\n" + b" " * 2048 + b"\r\n0\r\n\r\n"
    answer = server("locked-down").ask("POST", GREETINGS, headers, body)
    assert (answer.status, answer.cors) == (413, readable(APP))


def test_a_redirect_can_be_read(server: Serve) -> None:
    answer = server("locked-down").ask("GET", "/api/extra/slash", {"Origin": APP})
    assert (answer.status, answer.cors) == (308, readable(APP))
    assert answer["Location"].endswith("/api/extra/slash/")


def test_a_crash_says_nothing_in_production(server: Serve) -> None:
    answer = server("locked-down").ask("GET", "/api/extra/crash", {"Origin": APP})
    assert "traceback" not in answer.json
    assert b"on purpose" not in answer.body
    assert "ZeroDivisionError: on purpose" in server("locked-down").log.read_text("utf-8")


def test_a_crash_carries_its_traceback_in_debug_mode(server: Serve) -> None:
    answer = server("debug").ask("GET", "/api/extra/crash", {"Origin": APP})
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json["traceback"][-1] == "ZeroDivisionError: on purpose\n"
    assert answer.cors == readable(APP)


# What it is: the server, and the host that is asked for.
HOSTS = {
    "host not trusted": ("trusted hosts", "evil.example"),
    "host like a trusted one": ("trusted hosts", "evilexample.com"),
    "host with a label of 64 characters": ("locked-down", "a" * 64),
    "host with an empty label": ("locked-down", "a..b"),
}


@pytest.mark.parametrize(("name", "host"), HOSTS.values(), ids=HOSTS.keys())
@pytest.mark.parametrize("path", [GREETINGS, "/api/nothing", "/api/v1/greetings/open"])
def test_a_host_that_is_not_ours(name: str, host: str, path: str, server: Serve) -> None:
    answer = server(name).ask("GET", path, {"Host": host, "Origin": APP})
    assert answer.status == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json["request_id"] == answer["X-Request-ID"]
    assert answer.varies
    assert server(name).preflight(path, "GET", {"Host": host, "Origin": EVIL}).status in (204, 400)
    assert server(name).ask("POST", path, {"Host": host, "Origin": EVIL}).status in (400, 403)


@pytest.mark.parametrize("host", ["127.0.0.1:1", "api.example.com", "example.com"])
def test_a_host_that_is_ours(host: str, server: Serve) -> None:
    answer = server("trusted hosts").ask("GET", GREETINGS, {"Host": host, "Origin": APP})
    assert (answer.status, answer.cors) == (200, readable(APP))


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health(path: str, server: Serve) -> None:
    for name in ("locked-down", "permissive"):
        answer = server(name).ask("GET", path, {"Origin": APP})
        assert (answer.status, answer.cors) == (200, {})


def test_greetings(server: Serve) -> None:
    answer = server("locked-down").ask("GET", f"{GREETINGS}?name=Ada")
    assert (answer.status, answer.json["name"]) == (200, "Ada")
    answer = server("locked-down").ask("POST", GREETINGS, JSON, '{"name": "Zoë"}'.encode())
    assert (answer.status, answer.json["name"]) == (201, "Zoë")
    assert answer["Location"].endswith(f"{GREETINGS}?name=Zo%C3%AB")
