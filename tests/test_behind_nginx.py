"""The promises of SPEC, section 5, behind a real nginx: https to http, below a prefix.

The tests are those of the contract; another server answers, with an nginx in front that is
configured as the README says.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pytest

import test_contract
from conftest import Bake
from http_server import OWNER_APP, wait_until
from policies import APP, DEPLOYMENTS, EVIL, Deployed, Deployment, Serve, readable
from production import (
    Front,
    below_a_prefix,
    linux,
    nginx,
    production,
    readme_location,
    reserved_port,
    wait_until_ready,
)

pytestmark = linux
pytest_plugins = ("servers",)

Row = TypeVar("Row", test_contract.Read, test_contract.Preflight, test_contract.Guarded)

GREETINGS = "/api/v1/greetings"
PREFIX = "/shop"
SERVERS = ("locked-down", "mixed")

# What nginx refuses or changes itself, and a page on http, which is no page of this API's own.
OTHERWISE = (
    *("null to no host", "slash too many", "WebSocket", "60,000 commas", "post"),
    *("old browser, own host", "outside, own page"),
)


def rows(table: Mapping[str, Row]) -> pytest.MarkDecorator:
    """Parametrize a test with the rows of the contract that hold here as they are."""
    names = [
        name
        for name, row in table.items()
        if row.server in SERVERS and not any(part in name for part in OTHERWISE)
    ]
    return pytest.mark.parametrize("row", [table[name] for name in names], ids=names)


@pytest.fixture(scope="module")
def server(deployed: Deployed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    fronts: dict[str, Front] = {}

    def server(name: str) -> Front:
        if name not in fronts:
            folder = tmp_path_factory.mktemp("nginx")
            fronts[name] = start(stack, DEPLOYMENTS[name], deployed, folder)
        return fronts[name]

    with ExitStack() as stack:
        yield server


def start(stack: ExitStack, deployment: Deployment, deployed: Deployed, folder: Path) -> Front:
    """Start the image's command, and nginx in front of it."""
    project = deployed(deployment).copy(folder)
    project.write("wsgi.py", OWNER_APP.read_text(encoding="utf-8"))
    environ = {"MAX_CONTENT_LENGTH": "2000", "PROXY_HOPS": "1", **deployment.environ}
    server = stack.enter_context(production(project, environ))
    port = stack.enter_context(reserved_port())
    content = below_a_prefix(readme_location(project))
    stack.enter_context(nginx(folder, [server.port], {port: content}))
    wait_until_ready(server)
    return Front(port, server.log, PREFIX)


@rows(test_contract.READS)
def test_reads(row: test_contract.Read, server: Serve) -> None:
    test_contract.test_reads(row, server)


@rows(test_contract.PREFLIGHTS)
def test_preflights(row: test_contract.Preflight, server: Serve) -> None:
    test_contract.test_preflights(row, server)


@rows(test_contract.GUARDED)
def test_guard(row: test_contract.Guarded, server: Serve) -> None:
    test_contract.test_guard(row, server)


@pytest.mark.parametrize("failing", test_contract.FAILING.values(), ids=test_contract.FAILING)
def test_errors_can_be_read(failing: test_contract.Failing, server: Serve) -> None:
    response = test_contract.fail(failing, server("locked-down"), APP)
    assert (response.cors, response.varies) == (readable(APP), True)


@pytest.mark.parametrize(("scheme", "status"), [("https", 200), ("http", 403)])
def test_a_page_of_the_api_s_own_host(scheme: str, status: int, server: Serve) -> None:
    """Old browsers send no Sec-Fetch-Site, and the network can rewrite a page on http."""
    front = server("locked-down")
    headers = {"Origin": f"{scheme}://127.0.0.1:{front.port}"}
    assert front.ask("POST", "/api/extra/calls", headers).status == status


def test_security_headers_come_once(server: Serve) -> None:
    response = server("mixed").ask("GET", GREETINGS, {"Origin": EVIL})
    names = [name.lower() for name, _ in response.headers]
    assert names.count("content-security-policy") == 1
    assert names.count("x-content-type-options") == 1


def test_links_lead_through_nginx(server: Serve) -> None:
    headers = {"Content-Type": "application/json"}
    response = server("locked-down").ask("POST", GREETINGS, headers, b'{"name": "Ada"}')
    assert (response.status, response["Location"]) == (201, f"{PREFIX}{GREETINGS}?name=Ada")
    response = server("locked-down").ask("GET", "/api/extra/slash", {"Origin": APP})
    assert (response.status, response.cors) == (308, readable(APP))
    assert urlsplit(response["Location"]).path == f"{PREFIX}/api/extra/slash/"


@pytest.mark.parametrize("size", [2001, 1_500_000], ids=["of the API", "of nginx by default"])
def test_a_page_can_read_that_a_body_is_too_large(size: int, server: Serve) -> None:
    headers = {"Origin": APP, "Content-Type": "application/json"}
    for _ in range(5):  # a server that does not read the body resets the connection now and then
        response = server("locked-down").ask("POST", GREETINGS, headers, b" " * size)
        assert (response.status, response.cors) == (413, readable(APP))


STREAM = """

from threading import Event

from flask import Response

asked_again = Event()


@app.get("/api/events")
def stream() -> Response:
    def events():
        yield "data: 1\\n\\n"
        yield f"data: {asked_again.wait(20)}\\n\\n"

    {recipe}


@app.get("/api/again")
def again() -> str:
    asked_again.set()
    return "done"
"""


def test_events_arrive_one_by_one(bake: Bake, tmp_path: Path) -> None:
    project = bake().copy(tmp_path)
    (recipe,) = re.findall(r"`(return Response\(events.*?)`", project.read("README.md"))
    project.write("wsgi.py", project.read("wsgi.py") + STREAM.replace("{recipe}", recipe))
    with ExitStack() as stack:
        environ = {"CORS_ORIGINS": APP, "PROXY_HOPS": "1"}
        server = stack.enter_context(production(project, environ))
        port = stack.enter_context(reserved_port())
        stack.enter_context(nginx(tmp_path, [server.port], {port: readme_location(project)}))
        wait_until_ready(server)
        front = Front(port, server.log)
        connection = front.connection()
        connection.request("GET", "/api/events")
        response = connection.getresponse()
        assert response.readline() == b"data: 1\n"
        assert front.ask("GET", "/api/again").status == 200
        assert response.read() == b"\ndata: True\n\n"
        connection.close()


def test_a_client_cannot_speak_for_nginx(server: Serve) -> None:
    forged = {
        "X-Forwarded-For": "198.51.100.1",
        "X-Forwarded-Host": "127.0.0.1",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Prefix": "//evil.example",
        "X-Request-ID": "forged",
    }
    front = server("trusted hosts")
    assert front.ask("GET", GREETINGS, forged | {"Host": "evil.example"}).status == 400
    response = front.ask("GET", "/api/extra/slash", forged)
    assert urlsplit(response["Location"]).path == f"{PREFIX}/api/extra/slash/"

    def logged() -> list[dict[str, object]]:
        return [json.loads(line) for line in front.lines() if '"forged"' in line]

    wait_until(lambda: len(logged()) == 2)  # a line is written after its answer
    assert {line["remote"] for line in logged()} == {"127.0.0.1"}
