"""A generated project in production: its own server, and an nginx in front that terminates TLS."""

import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from itertools import count
from pathlib import Path
from typing import IO

import pytest

from conftest import Project
from http_server import Server, environ_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="devices, mounts and ports are Linux's")

Process = subprocess.Popen[bytes]

# What the README tells an operator to say; nginx needs the rest to run anywhere, as anybody.
NGINX = """
daemon off;
master_process off; # one process, which is us
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {upstream}
    {servers}
}}
"""
TLS = """
    server {{
        listen 127.0.0.1:{port} ssl reuseport;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/key.pem;
        {content}
    }}
"""

_numbers = count()


@dataclass(frozen=True)
class Running(Server):
    """The server of a project, and its process."""

    process: Process

    def lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()

    def wait_for(self, words: str) -> None:
        """Wait until the log has these words."""
        deadline = time.monotonic() + 30
        while words not in self.log.read_text(encoding="utf-8"):
            assert self.process.poll() is None, self.log.read_text(encoding="utf-8")
            assert time.monotonic() < deadline
            time.sleep(0.002)


@dataclass(frozen=True)
class Front(Server):
    """An nginx, asked by its clients."""

    prefix: str = ""

    def connection(self) -> HTTPConnection:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return HTTPSConnection("127.0.0.1", self.port, timeout=20, context=context)

    def target(self, path: str) -> str:
        return self.prefix + path


@contextmanager
def reserved_port() -> Iterator[int]:
    """Keep a port from everybody but servers that share it, as Granian and nginx can."""
    with socket.socket() as holder:
        if hasattr(socket, "SO_REUSEPORT"):
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


@contextmanager
def production(
    project: Project,
    environ: Mapping[str, str],
    *,
    command: Sequence[str] = (),
    around: Sequence[str] = (),
    output: IO[bytes] | None = None,
) -> Iterator[Running]:
    """Run the server of a project, or a command in its place, until the block ends."""
    with reserved_port() as port:
        log = project.path / f"production-{next(_numbers)}.log"
        own = ("-m", f"{project.package}.server")
        with log.open("wb") as lines:
            process = subprocess.Popen(
                [*around, sys.executable, *(it.format(port=port) for it in command or own)],
                cwd=project.path,
                env=environ_of(project, **{"PORT": str(port), **environ}),
                stdin=subprocess.DEVNULL,
                stdout=output or lines,
                stderr=output or subprocess.STDOUT,
            )
        try:
            yield Running(port, log, process)
        finally:
            stop(process)


@contextmanager
def nginx(folder: Path, upstream: str, servers: Mapping[int, str]) -> Iterator[Process]:
    """Run nginx: what to say at each TLS port, and the servers that `http://api` stands for."""
    path = shutil.which("nginx", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if not path and sys.platform == "linux" and "CI" in os.environ:
        raise AssertionError("nginx is not installed")
    if not path:
        pytest.skip("nginx is not installed")
    certificate(folder)
    said = "".join(
        TLS.format(port=port, folder=folder, content=content) for port, content in servers.items()
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, upstream=upstream, servers=said))
    process = subprocess.Popen([path, "-p", folder, "-e", "stderr", "-c", configuration])
    try:
        for port in servers:
            wait_until_open(port, process)
        yield process
    finally:
        stop(process)


def certificate(folder: Path) -> None:
    """Write a key, and a certificate that nobody has signed."""
    subject = ("-subj", "/CN=api.test", "-addext", "subjectAltName=DNS:*.test,IP:127.0.0.1")
    kind = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-days", "2")
    names = ("-keyout", folder / "key.pem", "-out", folder / "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", *kind, *subject, *names], check=True, capture_output=True
    )


def readme_location(project: Project) -> str:
    """Return what the README says to nginx."""
    text = project.read("README.md")
    _, _, rest = text.partition("```nginx\n")
    location, _, _ = rest.partition("```")
    return location.replace("http://127.0.0.1:8000", "http://api")


def readme_upstream(project: Project, ports: Sequence[int]) -> str:
    """Return what the README says to an nginx that has several instances behind it."""
    text = project.read("README.md")
    _, _, rest = text.partition("```nginx\nupstream ")
    upstream, _, _ = rest.partition("```")
    for number, port in enumerate(ports):
        assert f"127.0.0.1:{8000 + number}" in upstream
        upstream = upstream.replace(f"127.0.0.1:{8000 + number}", f"127.0.0.1:{port}")
    assert ":80" not in upstream
    return f"upstream {upstream}"


def below_a_prefix(location: str) -> str:
    """Change it as the README says."""
    for old, new in {
        "location / {": "location /shop/ {",
        "proxy_pass http://api;": "proxy_pass http://api/;",
        'X-Forwarded-Prefix ""': "X-Forwarded-Prefix /shop",
    }.items():
        assert old in location
        location = location.replace(old, new)
    return location


def wait_until_ready(server: Server, process: Process) -> None:
    wait_until_open(server.port, process)
    assert server.ask("GET", "/readyz").status == 200


def wait_until_open(port: int, process: Process) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, "it did not start"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        else:
            return


def stop(process: Process) -> int:
    """End a process that a test has started, and return with which status it went."""
    process.terminate()
    try:
        return process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError("it did not stop") from None
