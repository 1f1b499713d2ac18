"""What a browser makes of the headers and cookies that are no CORS, over https and across sites."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Browser, Page

from browser import blank_pages, chromium, fetch
from conftest import Bake, Project
from production import (
    linux,
    nginx,
    production,
    readme_location,
    reserved_port,
    wait_until_ready,
)

pytestmark = linux

GREETINGS = "/api/v1/greetings"
STATUS = "/api/v1/public/status"

# The site is what stands in front of .test: the first two are one.
API, SIBLING, OTHER, EVIL = "api.shop.test", "app.shop.test", "other.test", "evil.test"

VIEWS = """

from flask import session


@app.get("/api/login")
def log_in() -> str:
    session["user"] = "ada"
    return "welcome"


@app.get("/api/me")
def me() -> str:
    return session.get("user", "nobody")
"""
PAGES = """
    location = /page {
        default_type text/html;
        return 200 "<!doctype html>";
    }
    location = /isolated {
        default_type text/html;
        add_header Cross-Origin-Embedder-Policy require-corp;
        add_header Cross-Origin-Opener-Policy same-origin;
        return 200 "<!doctype html>";
    }
"""

Open = Callable[[str, str], Page]


@pytest.fixture(scope="module")
def project(bake: Bake) -> Project:
    project = bake(cors_policy="mixed", cors_supports_credentials=True)
    with (project.path / "wsgi.py").open("a", encoding="utf-8") as wsgi:
        wsgi.write(VIEWS)
    return project


@contextmanager
def served(project: Project, folders: pytest.TempPathFactory, *trusted: str) -> Iterator[int]:
    """Serve the API and pages of any name over https, and yield the port."""
    with ExitStack() as stack:
        port = stack.enter_context(reserved_port())
        environ = {
            "CORS_ORIGINS": ",".join(f"https://{it}:{port}" for it in trusted),
            "TRUSTED_HOSTS": f"{API},127.0.0.1",
            "SECRET_KEY": "k" * 32,
            "PROXY_HOPS": "1",
        }
        its = stack.enter_context(production(project, environ))
        wait_until_ready(its, its.process)
        upstream = f"upstream api {{ server 127.0.0.1:{its.port}; }}"
        servers = {port: PAGES + readme_location(project)}
        stack.enter_context(nginx(folders.mktemp("nginx"), upstream, servers))
        yield port


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # As browsers are becoming: without cookies of third parties, unless they are partitioned.
    with chromium("--test-third-party-cookie-phaseout") as browser:
        yield browser


@pytest.fixture(scope="module")
def port(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with served(project, tmp_path_factory, SIBLING, OTHER) as port:
        yield port


@pytest.fixture
def open_page(browser: Browser, port: int) -> Iterator[Open]:
    with browser.new_context(ignore_https_errors=True) as context:

        def open_page(host: str, path: str = "/page") -> Page:
            page = context.new_page()
            page.goto(f"https://{host}:{port}{path}")
            return page

        yield open_page


READ, SHOWN, BLOCKED = ("cors", 200), ("opaque", 0), ("", None)

# What it is: the page, its path, the path of the API, the mode, and what the page gets.
CASES: dict[str, tuple[str, str, str, str, tuple[str, int | None]]] = {
    "trusted page reads": (OTHER, "/page", GREETINGS, "cors", READ),
    "trusted page that isolates itself reads": (OTHER, "/isolated", GREETINGS, "cors", READ),
    "any page reads what is public": (EVIL, "/page", STATUS, "cors", READ),
    "any page that isolates itself reads what is public": (EVIL, "/isolated", STATUS, "cors", READ),
    "any page embeds what is public": (EVIL, "/page", STATUS, "no-cors", SHOWN),
    "any page that isolates itself embeds what is public": (
        EVIL,
        "/isolated",
        STATUS,
        "no-cors",
        SHOWN,
    ),
    "page of the same site embeds": (SIBLING, "/page", GREETINGS, "no-cors", SHOWN),
    "page of the same site that isolates itself embeds": (
        SIBLING,
        "/isolated",
        GREETINGS,
        "no-cors",
        SHOWN,
    ),
    "page of another site embeds": (EVIL, "/page", GREETINGS, "no-cors", BLOCKED),
    "page of another site embeds an error": (EVIL, "/page", "/api/none", "no-cors", BLOCKED),
    "page of another site embeds a probe": (EVIL, "/page", "/healthz", "no-cors", BLOCKED),
}


@pytest.mark.parametrize(("host", "own", "path", "mode", "gets"), CASES.values(), ids=CASES.keys())
def test_embedding(
    host: str,
    own: str,
    path: str,
    mode: str,
    gets: tuple[str, int | None],
    open_page: Open,
    port: int,
) -> None:
    got = fetch(open_page(host, own), f"https://{API}:{port}{path}", mode=mode)
    assert (got.type, got.status) == gets


@pytest.mark.parametrize("path", [GREETINGS, STATUS, "/api/none"])
def test_no_page_frames_an_answer(path: str, open_page: Open, port: int) -> None:
    page = open_page(SIBLING, "/page")
    page.evaluate(
        """(url) => {
            const frame = document.createElement("iframe");
            frame.src = url;
            const loaded = new Promise((resolve) => { frame.onload = resolve; });
            document.body.append(frame);
            return loaded;
        }""",
        f"https://{API}:{port}{path}",
    )
    assert page.frames[-1].url == "chrome-error://chromewebdata/"


def test_no_page_runs_an_answer(open_page: Open, port: int) -> None:
    result = open_page(SIBLING, "/page").evaluate(
        """(url) => {
            const script = document.createElement("script");
            script.src = url;
            const done = new Promise((resolve) => {
                script.onload = () => resolve("run");
                script.onerror = () => resolve("refused");
            });
            document.body.append(script);
            return done;
        }""",
        f"https://{API}:{port}{GREETINGS}",
    )
    assert result == "refused"


def test_an_answer_that_is_opened_itself_loads_nothing(open_page: Open) -> None:
    page = open_page(API, GREETINGS)
    assert page.evaluate("fetch('/api/v1/greetings').then(() => 1, () => 0)") == 0


def log_in(page: Page, base: str) -> str:
    """Log in, and return who the API takes the page's user for then."""
    assert fetch(page, f"{base}/api/login", credentials="include").text == "welcome"
    return fetch(page, f"{base}/api/me", credentials="include").text


def test_a_session_of_a_front_end_on_another_site(open_page: Open, port: int) -> None:
    base = f"https://{API}:{port}"
    page = open_page(OTHER, "/page")
    assert log_in(page, base) == "ada"
    (cookie,) = page.context.cookies()
    assert (cookie["sameSite"], cookie["secure"], cookie["httpOnly"]) == ("None", True, True)
    # It is a session of that site alone.
    me = fetch(open_page(SIBLING, "/page"), f"{base}/api/me", credentials="include")
    assert me.text == "nobody"
    assert log_in(open_page(SIBLING, "/page"), base) == "ada"


def test_a_session_of_a_front_end_on_the_same_site(
    project: Project, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with (
        served(project, tmp_path_factory, SIBLING) as port,
        browser.new_context(ignore_https_errors=True) as context,
    ):
        page = context.new_page()
        page.goto(f"https://{SIBLING}:{port}/page")
        assert log_in(page, f"https://{API}:{port}") == "ada"
        (cookie,) = context.cookies()
        assert (cookie["sameSite"], cookie["secure"], cookie["httpOnly"]) == ("Lax", True, True)


def test_a_session_in_development(project: Project, browser: Browser) -> None:
    environ = {
        "CORS_ORIGINS": "http://localhost:*",
        "TRUSTED_HOSTS": "localhost,127.0.0.1",
        "SECRET_KEY": "k" * 32,
    }
    with (
        production(project, environ) as its,
        blank_pages() as pages,
        browser.new_context() as context,
    ):
        wait_until_ready(its, its.process)
        page = context.new_page()
        page.goto(f"http://localhost:{pages}")
        assert log_in(page, f"http://localhost:{its.port}") == "ada"
        (cookie,) = context.cookies()
        assert (cookie["sameSite"], cookie["secure"]) == ("Lax", False)
