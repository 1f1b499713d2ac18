"""A WebSocket as the README of a project advises it: Flask-Sock under gunicorn, behind nginx."""

import json
import re

import pytest

from conftest import Bake
from http_server import Server
from production import (
    Front,
    linux,
    nginx,
    production,
    readme_location,
    reserved_port,
    stop,
    wait_until_ready,
)

ORIGIN = "https://app.example.com"
VIEW = """

{imported}


@Sock(app).route("/api/echo")
def echo(connection):
    connection.send(connection.receive())
"""
GUNICORN = (
    *("python", "-m", "gunicorn", "--threads", "100", "--bind", "127.0.0.1:{port}"),
    *("--reuse-port", "--no-control-socket", "wsgi:app"),
)
HANDSHAKE = """\
GET /api/echo HTTP/1.1\r
Host: 127.0.0.1\r
Origin: {origin}\r
Connection: Upgrade\r
Upgrade: websocket\r
Sec-WebSocket-Version: 13\r
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
\r
"""
# RFC 6455, section 5.7: a text, which clients mask, here with zeros.
SENT, RECEIVED = b"\x81\x85\x00\x00\x00\x00hello", b"\x81\x05hello"


def call(server: Server, origin: str) -> bytes:
    """Return what the server answers to a handshake, and to a message once the socket is open."""
    opened = server.connection()
    opened.connect()
    with opened.sock as connection:
        connection.sendall(HANDSHAKE.format(origin=origin).encode())
        answer = connection.recv(65536)
        if answer.startswith(b"HTTP/1.1 101 "):
            connection.sendall(SENT)
            answer += b"".join(iter(lambda: connection.recv(65536), b""))
        return answer


@linux
def test_a_websocket_serves_trusted_pages_and_ends_without_an_error(
    bake: Bake, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("websocket")
    project = bake().copy(folder)
    (recipe,) = re.findall(r"^\| a WebSocket \| (.*) \|$", project.read("README.md"), re.MULTILINE)
    (imported,) = re.findall(r"`(from flask_sock .*?)`", recipe)
    (settings,) = re.findall(r"`(proxy_http_version .*?)`", recipe)
    location = readme_location(project).replace("proxy_pass ", f"{settings}\n    proxy_pass ")
    project.write("wsgi.py", project.read("wsgi.py") + VIEW.replace("{imported}", imported))
    environ = {"CORS_ORIGINS": ORIGIN, "PROXY_HOPS": "1"}
    with (
        production(project, environ, command=GUNICORN) as server,
        reserved_port() as port,
        nginx(folder, [server.port], {port: location}),
    ):
        wait_until_ready(server)
        trusted, refused = call(server, ORIGIN), call(server, "https://evil.example")
        proxied = call(Front(port, server.log), ORIGIN)
        assert stop(server.process) == 0

    for answer in (trusted, proxied):
        assert answer.startswith(b"HTTP/1.1 101 ")
        assert RECEIVED in answer, "the view did not get the message"
    assert refused.startswith(b"HTTP/1.1 403 ")
    logged = [json.loads(line) for line in server.lines() if line.startswith("{")]
    assert [line["status"] for line in logged if line.get("path") == "/api/echo"] == [101, 403, 101]
    assert "Traceback" not in "\n".join(server.lines())
