"""A Chromium that sends requests from pages on any origin, and tells how each of them ended."""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

if not os.environ.get("CI"):  # where nothing may be skipped
    pytest.importorskip("playwright.sync_api")
from playwright.sync_api import Browser, CDPSession, Frame, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--ignore-certificate-errors",
)
PAGES = (80, 443, 3000, 3001)  # ports at which every name has a page
SANDBOX = "<!doctype html><iframe sandbox='allow-scripts' srcdoc='<p>x'></iframe>"

# All requests of a page, a few at a time; for each its number and the status, or null.
PERFORM = """async (requests) => {
  const queue = [...requests], ended = {};
  const bodies = {
    form: () => { const form = new FormData(); form.append("file", new Blob(["x"])); return form; },
    image: () => new Blob(["x"], { type: "image/png" }),
    query: () => new URLSearchParams({ a: "b" }),
    bytes: () => new Uint8Array([120]),
  };
  const open = (url) => new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => { resolve(101); socket.close(); };
    socket.onerror = () => resolve(null);
  });
  const send = async (request) => {
    if (request.url.startsWith("ws")) return open(request.url);
    const options = { ...request.options, cache: "no-store" };
    if (options.body in bodies) options.body = bodies[options.body]();
    const response = await fetch(request.url, options);
    response.body?.cancel();
    return response.status;
  };
  const work = async () => {
    for (let request; (request = queue.shift()); ) {
      ended[request.number] = await send(request).catch(() => null);
    }
  };
  await Promise.all(Array.from({ length: 8 }, work));
  return ended;
}"""


def find() -> str:
    """Return the browser; without one skip, or fail where tests must not be skipped."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"none of {NAMES} is installed")
    return str(path)


def certificate(folder: Path) -> SSLContext:
    """Make a certificate that no browser trusts, unless it is told to."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    command += ["-nodes", "-subj", "/CN=test", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = SANDBOX.encode() if self.path == "/sandbox" else b"<!doctype html><p>x"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class _Quiet(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        pass


@contextmanager
def served(server: Any) -> Iterator[int]:
    """Run a server in a thread; give its port."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def serve_pages(stack: ExitStack, tls: SSLContext | None) -> int:
    """Serve an empty page, whatever the name."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    return stack.enter_context(served(server))


def serve_app(stack: ExitStack, app: Any, tls: SSLContext | None) -> int:
    """Serve an application, whatever the name."""
    server = make_server(
        "127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, ssl_context=tls
    )
    server.daemon_threads = True  # type: ignore[attr-defined]  # some bodies have no end
    return stack.enter_context(served(server))


@contextmanager
def running(folder: Path) -> Iterator[Browser]:
    """Run a browser that finds a page at the usual ports of any name."""
    with ExitStack() as stack:
        path = find()
        plain = serve_pages(stack, None)
        pages = {443: serve_pages(stack, certificate(folder))}
        rules = [f"MAP *:{port} 127.0.0.1:{pages.get(port, plain)}" for port in PAGES]
        rules.append(
            "MAP *.example 127.0.0.1,MAP *.example.com 127.0.0.1,MAP example.com 127.0.0.1"
        )
        driver = stack.enter_context(sync_playwright())
        flags = [*FLAGS, f"--host-resolver-rules={','.join(rules)}"]
        browser = driver.chromium.launch(executable_path=path, args=flags)
        stack.callback(browser.close)
        yield browser


class Tab:
    """A tab that goes from page to page, and knows what became of their requests."""

    def __init__(self, browser: Browser) -> None:
        self._context = browser.new_context(ignore_https_errors=True, bypass_csp=True)
        self._tab = self._context.new_page()
        self._failures: dict[int, str] = {}
        self._listen(self._tab)

    def perform(
        self, page: str, requests: list[dict[str, Any]]
    ) -> dict[int, tuple[str, int | None]]:
        """Send requests from a page; return ALLOWED or a code, and the status, of each."""
        self._tab.goto(page, wait_until="load")
        frame = self._tab.frames[-1]  # the page, or the sandbox in it
        if frame != self._tab.main_frame:
            self._listen(frame)
        ended = frame.evaluate(PERFORM, requests)
        self._tab.wait_for_timeout(50)  # for the last of the events
        seen: dict[int, tuple[str, int | None]] = {}
        for request in requests:
            number = request["number"]
            status = ended[str(number)]
            code = self._failures.get(number, "not told") if status is None else "ALLOWED"
            seen[number] = (code, status)
        return seen

    def _listen(self, target: Page | Frame) -> None:
        listen(self._context.new_cdp_session(target), self._failures.__setitem__)


def listen(session: CDPSession, failed: Callable[[int, str], None]) -> None:
    """Report the number, in which its query ends, and the error of every request that fails."""
    numbers: dict[str, int] = {}

    def sent(event: dict[str, Any]) -> None:
        number = event["request"]["url"].rpartition("n=")[2]
        numbers.setdefault(event["requestId"], int(number) if number.isdecimal() else -1)

    def ended(event: dict[str, Any]) -> None:
        if event["type"] == "Preflight":  # the request that it was for fails too
            return
        status = event.get("corsErrorStatus") or {}
        code = status.get("corsError") or event.get("blockedReason") or event["errorText"]
        failed(numbers.get(event["requestId"], -1), code)

    session.on("Network.requestWillBeSent", sent)
    session.on("Network.loadingFailed", ended)
    session.send("Network.enable")
