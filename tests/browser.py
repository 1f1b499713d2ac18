"""A Chromium of this machine, and pages of any origin in it."""

import atexit
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, Error, Frame, Page, Playwright, sync_playwright

from conftest import IN_CI

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = """
--disable-background-networking --disable-component-update --disable-gpu --disable-quic
--disable-sync --no-first-run
""".split()

FETCH = """async ([url, init, form]) => {
    if (form) {
        init.body = new FormData();
        for (const [name, text] of Object.entries(form)) init.body.append(name, new Blob([text]));
    }
    try {
        const response = await fetch(url, init);
        const headers = Object.fromEntries(response.headers);
        const {status, type, redirected} = response;
        return {status, type, redirected, headers, text: await response.text()};
    } catch (error) {
        return {blocked: String(error)};
    }
}"""


@dataclass(frozen=True)
class Fetched:
    """What a page can read of a response; no status if the browser has blocked it."""

    status: int | None
    text: str = ""
    type: str = ""
    redirected: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)


@cache
def driver() -> Playwright:
    """Start Playwright, of which a process can have one at a time."""
    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """Start the browser, in which every name below .test is this machine."""
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    try:
        browser = driver().chromium.launch(
            executable_path=path,
            channel=None if path else "chrome",
            args=[
                *QUIET,
                *arguments,
                *(["--no-sandbox"] if root else []),
                "--host-resolver-rules=MAP *.test 127.0.0.1",
            ],
        )
    except Error as error:
        if path or IN_CI:
            raise
        pytest.skip(f"No Chromium or Chrome was found ({str(error).splitlines()[0]})")
    yield browser
    browser.close()


class Blank(BaseHTTPRequestHandler):
    """Serves an empty page, whatever the host and the path."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "15")
        self.end_headers()
        self.wfile.write(b"<!doctype html>")

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def blank_pages() -> Iterator[int]:
    """Serve empty pages and yield their port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def fetch(
    page: Page | Frame, url: str, *, form: Mapping[str, str] | None = None, **init: object
) -> Fetched:
    """Fetch from within a page; `form` becomes the files of a multipart body."""
    result = page.evaluate(FETCH, [url, init, form])
    return Fetched(None) if "blocked" in result else Fetched(**result)


def sandboxed(page: Page) -> Frame:
    """Add a frame without an origin, whose requests carry `Origin: null`."""
    page.evaluate(
        """() => {
            const frame = document.createElement("iframe");
            frame.sandbox = "allow-scripts allow-forms";
            frame.srcdoc = "<!doctype html>";
            const loaded = new Promise((resolve) => { frame.onload = resolve; });
            document.body.append(frame);
            return loaded;
        }"""
    )
    return page.frames[-1]


def submit_form(page: Page | Frame, url: str, kind: str) -> None:
    """Submit a form into a frame, as a hostile page does, and wait for its answer."""
    page.evaluate(
        """([url, kind]) => {
            const frame = document.createElement("iframe");
            frame.name = url;
            document.body.append(frame);
            const form = document.createElement("form");
            Object.assign(form, {method: "post", action: url, enctype: kind, target: url});
            form.innerHTML = '<input name="a" value="b">';
            document.body.append(form);
            const loaded = new Promise((resolve) => { frame.onload = resolve; });
            form.submit();
            return loaded;
        }""",
        [url, kind],
    )


def embed(page: Page, element: str, url: str) -> bool:
    """Load a URL into an element such as `img`, and return whether it loaded."""
    loaded: bool = page.evaluate(
        """([name, url]) => {
            const element = document.createElement(name);
            element.src = url;
            const done = new Promise((resolve) => {
                element.onload = () => resolve(true);
                element.onerror = () => resolve(false);
            });
            document.body.append(element);
            return done;
        }""",
        [element, url],
    )
    return loaded


def read_events(page: Page, url: str, *, number: int) -> list[str]:
    """Return the first events of a stream; none if the browser refuses it."""
    events: list[str] = page.evaluate(
        """([url, number]) => new Promise((resolve) => {
            const events = [], source = new EventSource(url);
            const end = () => { source.close(); resolve(events); };
            source.onmessage = (event) => { if (events.push(event.data) === number) end(); };
            source.onerror = end;
        })""",
        [url, number],
    )
    return events


def handshake(page: Page, url: str) -> int:
    """Open a WebSocket to a server without any, and return the status of its response."""
    errors: list[str] = []
    page.once(
        "websocket",
        lambda socket: socket.once("socketerror", lambda error: errors.append(error)),
    )
    page.evaluate(
        """(url) => new Promise((resolve) => {
            new WebSocket(url).onerror = resolve;
        }).then(() => undefined)""",
        url,
    )
    wait_until(page, lambda: bool(errors))
    return int(re.findall("[0-9]+", errors[0])[-1])


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """Let the browser go on until a condition holds, at most for a minute."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)
