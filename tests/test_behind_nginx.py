"""The promises of SPEC, section 5, behind a real nginx: https to http, below a prefix.

The tests are those of the policies themselves; what they ask is another server, in front of which
nginx says what the README tells it to.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import test_policies
import test_policies_guard
from conftest import Bake
from http_server import EXTRA_APP
from policies import APP, DEPLOYMENTS, EVIL, Deployment, Serve, readable, use_the_example_row
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

GREETINGS = "/api/v1/greetings"
PREFIX = "/shop"

# Rows of the tests that nginx does not pass on as they are.
ITS_OWN = {
    "no host": "nginx refuses this itself",
    "slash too many": "nginx makes one slash of two",
}


@pytest.fixture(scope="module")
def server(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    fronts: dict[str, Front] = {}

    def server(name: str) -> Front:
        if name not in fronts:
            fronts[name] = start(stack, DEPLOYMENTS[name], bake, tmp_path_factory.mktemp("nginx"))
        return fronts[name]

    with ExitStack() as stack:
        yield server


def start(stack: ExitStack, deployment: Deployment, bake: Bake, folder: Path) -> Front:
    """Start a project's own server, and nginx in front of it."""
    project = bake(**deployment.answers)
    if deployment.row:
        use_the_example_row(project)
    (project.path / "wsgi.py").write_bytes(EXTRA_APP.read_bytes())
    debug = {"FLASK_DEBUG": "1"} if "--debug" in deployment.options else {}
    environ = {"MAX_CONTENT_LENGTH": "1000", "PROXY_HOPS": "1", **debug, **deployment.environ}
    its = stack.enter_context(production(project, environ))
    port = stack.enter_context(reserved_port())
    content = below_a_prefix(readme_location(project))
    upstream = f"upstream api {{ server 127.0.0.1:{its.port}; }}"
    stack.enter_context(nginx(folder, upstream, {port: content}))
    wait_until_ready(its, its.process)
    return Front(port, its.log, PREFIX)


@pytest.fixture(autouse=True)
def passed_on(request: pytest.FixtureRequest) -> None:
    for words, reason in ITS_OWN.items():
        if words in request.node.name:
            pytest.skip(reason)


test_reads = test_policies.test_reads
test_preflights = test_policies.test_preflights
test_the_grant_is_full = test_policies.test_the_grant_is_full_whatever_headers_are_asked_for
test_private_networks_are_not_mentioned = test_policies.test_private_networks_are_not_mentioned
test_options = test_policies.test_any_other_options_request_is_an_ordinary_one
test_request_ids = test_policies.test_request_ids
test_posts = test_policies_guard.test_posts
test_a_refused_page_reaches_no_view = test_policies_guard.test_a_refused_page_reaches_no_view
test_safe_methods_are_not_refused = test_policies_guard.test_safe_methods_are_not_refused


@pytest.mark.parametrize("origin", [APP, EVIL])
def test_every_answer_carries_the_security_headers_once(origin: str, server: Serve) -> None:
    answer = server("mixed").ask("GET", "/api/v1/public/status", {"Origin": origin})
    names = [name.lower() for name, _ in answer.headers]
    assert names.count("cross-origin-resource-policy") == 1
    assert answer["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


def test_links_lead_through_nginx(server: Serve) -> None:
    headers = {"Content-Type": "application/json"}
    answer = server("locked-down").ask("POST", GREETINGS, headers, b'{"name": "Ada"}')
    assert (answer.status, answer["Location"]) == (201, f"{PREFIX}{GREETINGS}?name=Ada")
    answer = server("locked-down").ask("GET", "/api/extra/slash", {"Origin": APP})
    assert (answer.status, answer.cors) == (308, readable(APP))
    assert urlsplit(answer["Location"]).path == f"{PREFIX}/api/extra/slash/"


@pytest.mark.parametrize("size", [1001, 1_500_000], ids=["of the API", "of nginx by default"])
def test_a_page_can_read_that_a_body_is_too_large(size: int, server: Serve) -> None:
    headers = {"Origin": APP, "Content-Type": "application/json"}
    answer = server("locked-down").ask("POST", GREETINGS, headers, b" " * size)
    assert (answer.status, answer.cors) == (413, readable(APP))


def test_a_client_cannot_speak_for_nginx(server: Serve) -> None:
    said = {
        "X-Forwarded-For": "198.51.100.1",
        "X-Forwarded-Host": "127.0.0.1",
        "X-Forwarded-Proto": "gopher",
        "X-Forwarded-Prefix": "//evil.example",
        "X-Request-ID": "spoofed",
    }
    its = server("trusted hosts")
    assert its.ask("GET", GREETINGS, said | {"Host": "evil.example"}).status == 400
    answer = its.ask("GET", "/api/extra/slash", said)
    assert urlsplit(answer["Location"]).path == f"{PREFIX}/api/extra/slash/"
    line = its.log.read_text(encoding="utf-8").splitlines()[-1]
    assert '"request_id": "spoofed", "remote": "127.0.0.1"' in line
