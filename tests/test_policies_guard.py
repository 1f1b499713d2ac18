"""The cross-origin guard (SPEC, section 5): who may not change anything, and does not."""

from collections.abc import Mapping

import pytest

from http_server import Server
from policies import APP, EVIL, LOCAL, PARTNER, PREVIEW, READER, SIBLING, Serve, readable

pytest_plugins = ("projects",)

CALLS = "/api/extra/calls"
SITE = "Sec-Fetch-Site"
OWN = "<own>"  # stands for the host and port of the server

PASSES, REFUSED = True, False

# What it is: the server, the path, the headers, and if the request gets through.
POSTS: dict[str, tuple[str, str, Mapping[str, str], bool]] = {
    "neither header: no browser": ("locked-down", CALLS, {}, PASSES),
    "site: same-origin": ("locked-down", CALLS, {SITE: "same-origin"}, PASSES),
    "site: same-origin, whatever Origin says": (
        "locked-down",
        CALLS,
        {SITE: "same-origin", "Origin": EVIL},
        PASSES,
    ),
    "site: none, typed by the user": ("locked-down", CALLS, {SITE: "none"}, PASSES),
    "site: cross-site without Origin": ("locked-down", CALLS, {SITE: "cross-site"}, REFUSED),
    "site: same-site without Origin": ("locked-down", CALLS, {SITE: "same-site"}, REFUSED),
    "site: cross-site, another origin": (
        "locked-down",
        CALLS,
        {SITE: "cross-site", "Origin": EVIL},
        REFUSED,
    ),
    "site: cross-site, a trusted origin": (
        "locked-down",
        CALLS,
        {SITE: "cross-site", "Origin": APP},
        PASSES,
    ),
    "site: same-site, a sibling": (
        "locked-down",
        CALLS,
        {SITE: "same-site", "Origin": SIBLING},
        REFUSED,
    ),
    "site: same-site, a trusted origin": (
        "locked-down",
        CALLS,
        {SITE: "same-site", "Origin": PREVIEW},
        PASSES,
    ),
    "site: cross-site, its own host in Origin": (
        "locked-down",
        CALLS,
        {SITE: "cross-site", "Origin": f"http://{OWN}"},
        REFUSED,
    ),
    "site: cross-site, null": (
        "locked-down",
        CALLS,
        {SITE: "cross-site", "Origin": "null"},
        REFUSED,
    ),
    "site: a word that is none of these": ("locked-down", CALLS, {SITE: "Same-Origin"}, REFUSED),
    "old browser: another origin": ("locked-down", CALLS, {"Origin": EVIL}, REFUSED),
    "old browser: a trusted origin": ("locked-down", CALLS, {"Origin": APP}, PASSES),
    "old browser: any port of a trusted host": ("locked-down", CALLS, {"Origin": LOCAL}, PASSES),
    "old browser: null": ("locked-down", CALLS, {"Origin": "null"}, REFUSED),
    "old browser: the own host": ("locked-down", CALLS, {"Origin": f"http://{OWN}"}, PASSES),
    "old browser: the own host behind TLS": (
        "locked-down",
        CALLS,
        {"Origin": f"https://{OWN}"},
        PASSES,
    ),
    "old browser: another port of the own host": (
        "locked-down",
        CALLS,
        {"Origin": "http://127.0.0.1:1"},
        REFUSED,
    ),
    "old browser: no port": ("locked-down", CALLS, {"Origin": "http://127.0.0.1"}, REFUSED),
    "old browser: the own host and more": (
        "locked-down",
        CALLS,
        {"Origin": f"http://{OWN}.evil.example"},
        REFUSED,
    ),
    "old browser: the own host behind a userinfo": (
        "locked-down",
        CALLS,
        {"Origin": f"http://evil@{OWN}"},
        REFUSED,
    ),
    "old browser: the own host without a scheme": ("locked-down", CALLS, {"Origin": OWN}, REFUSED),
    "old browser: a trusted origin and more": (
        "locked-down",
        CALLS,
        {"Origin": f"{APP}.evil.example"},
        REFUSED,
    ),
    "old browser: capitals": ("locked-down", CALLS, {"Origin": APP.upper()}, REFUSED),
    "old browser: two origins": ("locked-down", CALLS, {"Origin": f"{APP} {EVIL}"}, REFUSED),
    "old browser: the own host with an underscore": (
        "locked-down",
        CALLS,
        {"Host": "my_api:8000", "Origin": "http://my_api:8000"},
        PASSES,
    ),
    "old browser: null to a host with an underscore": (
        "locked-down",
        CALLS,
        {"Host": "my_api:8000", "Origin": "null"},
        REFUSED,
    ),
    "old browser: null to a port that is none": (
        "locked-down",
        CALLS,
        {"Host": "localhost:99999", "Origin": "null"},
        REFUSED,
    ),
    "old browser: null to no host": ("locked-down", CALLS, {"Host": "", "Origin": "null"}, REFUSED),
    "old browser: an IPv6 host": (
        "locked-down",
        CALLS,
        {"Host": "[::1]:8000", "Origin": "http://[::1]:8000"},
        PASSES,
    ),
    "for nobody: an origin": ("locked-down for nobody", CALLS, {"Origin": APP}, REFUSED),
    "for nobody: no browser": ("locked-down for nobody", CALLS, {}, PASSES),
    "for nobody: the own host": (
        "locked-down for nobody",
        CALLS,
        {"Origin": f"http://{OWN}"},
        PASSES,
    ),
    "mixed: another origin": ("mixed", CALLS, {"Origin": EVIL}, REFUSED),
    "mixed, public: another origin": (
        "mixed",
        "/api/v1/public/status",
        {"Origin": EVIL},
        REFUSED,
    ),
    "mixed with a list, public: of the list of readers": (
        "mixed with a list",
        "/api/v1/public/status",
        {"Origin": READER},
        REFUSED,
    ),
    "mixed, public: a trusted origin": (
        "mixed",
        "/api/v1/public/status",
        {"Origin": APP},
        PASSES,
    ),
    "permissive: any origin": ("permissive", CALLS, {SITE: "cross-site", "Origin": EVIL}, PASSES),
    "permissive: null": ("permissive", CALLS, {"Origin": "null"}, PASSES),
    "permissive: no Origin": ("permissive", CALLS, {SITE: "cross-site"}, PASSES),
    "permissive, outside /api: any origin": ("permissive", "/hook", {"Origin": EVIL}, REFUSED),
    "permissive with a list: another": ("permissive with a list", CALLS, {"Origin": EVIL}, REFUSED),
    "permissive with a list: of the list": (
        "permissive with a list",
        CALLS,
        {"Origin": APP},
        PASSES,
    ),
    "outside /api: another origin": ("locked-down", "/hook", {"Origin": EVIL}, REFUSED),
    "outside /api: cross-site without Origin": (
        "locked-down",
        "/hook",
        {SITE: "cross-site"},
        REFUSED,
    ),
    "outside /api: a trusted origin": ("locked-down", "/hook", {"Origin": APP}, PASSES),
    "outside /api: no browser": ("locked-down", "/hook", {}, PASSES),
    "an unknown path": ("locked-down", "/api/nothing", {"Origin": EVIL}, REFUSED),
    "an unknown path outside /api": ("locked-down", "/nothing", {"Origin": EVIL}, REFUSED),
    "debug mode": ("debug", CALLS, {"Origin": EVIL}, REFUSED),
    "row of one's own: its origin, although it lists no POST": (
        "row of one's own",
        "/api/v1/reports/2026",
        {"Origin": PARTNER},
        PASSES,
    ),
    "row of one's own: an origin of the wider row": (
        "row of one's own",
        "/api/v1/reports/2026",
        {"Origin": APP},
        REFUSED,
    ),
}


def with_own(headers: Mapping[str, str], server: Server) -> dict[str, str]:
    return {name: value.replace(OWN, f"127.0.0.1:{server.port}") for name, value in headers.items()}


@pytest.mark.parametrize(("name", "path", "headers", "passes"), POSTS.values(), ids=POSTS.keys())
def test_posts(
    name: str, path: str, headers: Mapping[str, str], passes: bool, server: Serve
) -> None:
    its = server(name)
    before = its.ask("GET", CALLS).json["calls"]
    answer = its.ask("POST", path, with_own(headers, its))
    assert (answer.status != 403) == passes
    if path == CALLS:
        assert answer.status == (200 if passes else 403)
        assert its.ask("GET", CALLS).json["calls"] == before + passes


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("site", ["cross-site", "same-site", ""])
def test_a_refused_page_reaches_no_view(method: str, site: str, server: Serve) -> None:
    its = server("locked-down")
    before = its.ask("GET", CALLS).json["calls"]
    headers = {"Origin": SIBLING} | ({SITE: site} if site else {})
    answer = its.ask(method, CALLS, headers)
    assert its.ask("GET", CALLS).json["calls"] == before
    assert answer.status == 403
    assert (answer.cors, answer.varies) == ({}, True)
    detail = answer.json["detail"]
    assert repr(SIBLING) in detail
    assert "CORS_ORIGINS" in detail
    assert method in detail


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_safe_methods_are_not_refused(method: str, server: Serve) -> None:
    headers = {"Origin": EVIL, SITE: "cross-site"}
    assert server("locked-down").ask(method, CALLS, headers).status == 200


@pytest.mark.parametrize("method", ["PROPFIND", "QUERY", "post"])
def test_any_other_method_is(method: str, server: Serve) -> None:
    assert server("locked-down").ask(method, CALLS, {"Origin": EVIL}).status == 403


def test_the_row_of_ones_own_is_named(server: Serve) -> None:
    answer = server("row of one's own").ask("POST", "/api/v1/reports/1", {"Origin": EVIL})
    assert "cors/policy.py '/api/v1/reports/*'" in answer.json["detail"]


def test_a_method_that_the_row_does_not_list_has_no_cors_headers(server: Serve) -> None:
    answer = server("row of one's own").ask("POST", "/api/v1/reports/1", {"Origin": PARTNER})
    assert (answer.status, answer.cors, answer.varies) == (404, {}, True)
    answer = server("narrow").ask("POST", CALLS, {"Origin": APP})
    assert (answer.status, answer.cors, answer.varies) == (200, {}, True)


def test_a_method_that_has_to_be_listed_leaves_the_answer_readable(server: Serve) -> None:
    """The browser has asked before; that the answer can be read harms nobody."""
    answer = server("row of one's own").ask("DELETE", "/api/v1/reports/1", {"Origin": PARTNER})
    assert (answer.status, answer.cors) == (404, readable(PARTNER, credentials=True))


def test_a_trusted_page_reads_what_it_did(server: Serve) -> None:
    answer = server("locked-down").ask("DELETE", CALLS, {"Origin": APP})
    assert (answer.status, answer.cors, answer.varies) == (200, readable(APP), True)


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"]
)
def test_no_form_reaches_a_view(kind: str, server: Serve) -> None:
    """These are what a page can send without a preflight."""
    its = server("permissive")
    before = its.ask("GET", CALLS).json["calls"]
    answer = its.ask("POST", CALLS, {"Origin": EVIL, "Content-Type": kind}, b"a=b")
    assert answer.status == 415
    assert its.ask("GET", CALLS).json["calls"] == before


def test_a_long_origin_is_not_shown_in_full(server: Serve) -> None:
    answer = server("locked-down").ask("POST", CALLS, {"Origin": f"https://{'a' * 5000}.example"})
    assert answer.status == 403
    assert len(answer.body) < 1000
