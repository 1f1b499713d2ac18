"""Flask's session from front ends on the same site and on another one, over https in Chromium."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browser import chromium, fetch
from conftest import Bake, Project
from http_server import OWNER_APP
from production import (
    linux,
    nginx,
    production,
    readme_location,
    reserved_port,
    wait_until_ready,
)

pytestmark = linux

# The site is the label in front of .test: the first two are of one site.
API, SIBLING, OTHER = "api.shop.test", "app.shop.test", "other.test"
PAGE = """
    location = /page {
        default_type text/html;
        return 200 "<!doctype html>";
    }
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # As browsers are becoming: without third parties' cookies, unless they are partitioned.
    with chromium("--test-third-party-cookie-phaseout") as browser:
        yield browser


@contextmanager
def served(project: Project, folder: Path) -> Iterator[int]:
    """Serve the API and pages of any name over https, and yield the port."""
    with ExitStack() as stack:
        port = stack.enter_context(reserved_port())
        environ = {
            "CORS_ORIGINS": f"https://{SIBLING}:{port},https://{OTHER}:{port}",
            "TRUSTED_HOSTS": f"{API},127.0.0.1",
            "SECRET_KEY": "k" * 32,
            "PROXY_HOPS": "1",
        }
        server = stack.enter_context(production(project, environ))
        wait_until_ready(server)
        servers = {port: PAGE + readme_location(project)}
        stack.enter_context(nginx(folder, [server.port], servers))
        yield port


def user_after_login(browser: Browser, host: str, port: int) -> str:
    """Log in from a page on a host, and return the user of its next request."""
    with browser.new_context(ignore_https_errors=True) as context:
        page = context.new_page()
        page.goto(f"https://{host}:{port}/page")
        base = f"https://{API}:{port}/api/extra"
        assert fetch(page, f"{base}/login", credentials="include").text == "welcome"
        cookies = context.cookies()
        assert all(cookie["secure"] and cookie["httpOnly"] for cookie in cookies)
        return fetch(page, f"{base}/me", credentials="include").text


def test_sessions(bake: Bake, browser: Browser, tmp_path: Path) -> None:
    """The default fits the API's own site; the README's setting fits another one, too."""
    project = bake(cors_supports_credentials=True).copy(tmp_path)
    project.write("wsgi.py", OWNER_APP.read_text(encoding="utf-8"))
    with served(project, tmp_path) as port:
        assert user_after_login(browser, SIBLING, port) == "ada"
        assert user_after_login(browser, OTHER, port) == "nobody"
    follow_the_readme(project)
    with served(project, tmp_path) as port:
        assert user_after_login(browser, SIBLING, port) == "ada"
        assert user_after_login(browser, OTHER, port) == "ada"


def follow_the_readme(project: Project) -> None:
    """Set in `create_app()` what the README names for a session for another site."""
    (line,) = re.findall(r"(?m)^\| a session for another site \|(.*)\|$", project.read("README.md"))
    settings = re.findall(r"`(SESSION_COOKIE_\w+)=([^`]+)`", line)
    assert len(settings) == 2
    name = f"src/{project.package}/__init__.py"
    text = project.read(name)
    assignments = "".join(f"    app.config['{key}'] = {value}\n" for key, value in settings)
    assert text.count("    return app\n") == 1
    project.write(name, text.replace("    return app\n", f"{assignments}    return app\n"))
