"""The services of compose.yaml, started without containers: its nginx, its API and its page."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Page

from browser import chromium
from conftest import Bake, Project
from http_server import Response, Server, serve
from production import reserved_port, stop, wait_until_open

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")

pytestmark = pytest.mark.skipif(not NGINX, reason="nginx is not installed")

MAIN = """
daemon off;
{user}
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    {temporary}
    types {{ text/html html; }}
    include {folder}/default.conf;
}}
"""
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@contextmanager
def nginx(project: Project, folder: Path, ports: dict[str, int]) -> Iterator[None]:
    """Run the nginx of compose.yaml, its ports and its folder those of this machine."""
    pages = folder / "pages"
    shutil.copytree(project.path / "deploy" / "compose" / "front-end", pages)
    index = pages / "index.html"
    index.write_text(moved(index.read_text(encoding="utf-8"), ports), encoding="utf-8")
    own = project.read("deploy/compose/nginx.conf").replace("api:8000", f"127.0.0.1:{ports['api']}")
    own = own.replace("/usr/share/nginx/html", str(pages))
    for name in ("8000", "8080"):
        own = own.replace(f"listen {name};", f"listen 127.0.0.1:{ports[name]} reuseport;")
    (folder / "default.conf").write_text(own, encoding="utf-8")
    temporary = "\n    ".join(f"{kind}_temp_path {folder}/{kind};" for kind in TEMPORARY)
    user = "user root;" if os.geteuid() == 0 else ""
    main = MAIN.format(folder=folder, user=user, temporary=temporary)
    (folder / "nginx.conf").write_text(main, encoding="utf-8")
    command = [str(NGINX), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    process = subprocess.Popen(command)
    try:
        for port in (ports["8000"], ports["8080"]):
            wait_until_open(port, process)
        yield
    finally:
        stop(process)


def moved(text: str, ports: dict[str, int]) -> str:
    for port in ("8000", "8080"):
        text = text.replace(f"localhost:{port}", f"localhost:{ports[port]}")
        text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{ports[port]}")
    return text


@contextmanager
def up(project: Project, folder: Path) -> Iterator[dict[str, int]]:
    """Start both services, and yield the ports that stand for those of compose.yaml."""
    service = yaml.safe_load(project.read("compose.yaml"))["services"]["api"]
    with reserved_port() as api, reserved_port() as front_end:
        ports = {"8000": api, "8080": front_end}
        environ = {key: moved(value, ports) for key, value in service["environment"].items()}
        with (
            serve(project, **environ) as server,
            nginx(project, folder, ports | {"api": server.port}),
        ):
            yield ports


@pytest.fixture(scope="module", params=["locked-down", "permissive"])
def running(
    request: pytest.FixtureRequest, bake: Bake, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, dict[str, int]]]:
    folder = tmp_path_factory.mktemp("compose")
    with up(bake(cors_policy=request.param), folder) as ports:
        yield request.param, ports


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page()


@pytest.mark.parametrize("button", ["Read: GET", "Write: POST"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_page_shows_cors_at_work(
    host: str, button: str, running: tuple[str, dict[str, int]], page: Page
) -> None:
    policy, ports = running
    origin = f"http://{host}:{ports['8080']}"
    page.goto(origin)
    assert page.locator("#page").inner_text() == origin
    page.get_by_role("button", name=button).click()
    page.wait_for_selector("#result.allowed, #result.blocked")
    text = page.locator("#result").inner_text()
    outcome = page.locator("#result").get_attribute("class")
    method = button.split()[1]
    if policy == "permissive" or host == "localhost":
        assert outcome == "allowed"
        assert text.startswith(f"{method} from {origin}: allowed\n\n20")
        assert "Hello, Ada!" in text
    else:
        assert outcome == "blocked"
        assert f"it does not trust {origin}: add it to CORS_ORIGINS" in text


def test_what_is_too_large_is_refused_by_the_api(running: tuple[str, dict[str, int]]) -> None:
    _, ports = running
    response = post(ports, f"http://localhost:{ports['8080']}", b" " * 1_100_000)
    assert response.status == 413
    assert response["Access-Control-Allow-Origin"]
    assert response["Content-Type"] == "application/problem+json"


def test_its_own_origin_is_trusted(running: tuple[str, dict[str, int]]) -> None:
    """A page on the API's own origin needs no CORS: nginx hands on Host with its port."""
    _, ports = running
    response = post(ports, f"http://localhost:{ports['8000']}", b'{"name": "Ada"}')
    assert response.status == 201


def post(ports: dict[str, int], origin: str, body: bytes) -> Response:
    host = {"Host": f"localhost:{ports['8000']}", "Origin": origin}
    headers = host | {"Content-Type": "application/json"}
    return Server(ports["8000"], Path()).ask("POST", "/api/v1/greetings", headers, body)
