"""A generated project in production: the image's own command, and an nginx that terminates TLS."""

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import IO

import pytest

import dockerfile
from conftest import IN_CI, Project
from http_server import Server, environ_of, new_log, wait_until

linux = pytest.mark.skipif(sys.platform != "linux", reason="devices, mounts and ports are Linux's")

Process = subprocess.Popen[bytes]
BIN = Path(sys.executable).parent

# The rest of a configuration around what the README says about nginx.
NGINX = """
daemon off;
master_process off; # one process, which a test can stop
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


@dataclass(frozen=True)
class Running(Server):
    """The server of a project, and its process."""

    process: Process


@dataclass(frozen=True)
class Front(Server):
    """An nginx, as its clients call it."""

    prefix: str = ""

    def connection(self) -> HTTPConnection:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without the system's authorities
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)

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


def image(project: Project) -> tuple[dict[str, str], list[str]]:
    """Return the environment and the command of the image that the Dockerfile describes."""
    environ: dict[str, str] = {}
    command: list[str] = []
    for name, rest in dockerfile.instructions(project.read("Dockerfile")):
        if name == "FROM":
            environ = {}
        elif name == "ENV":
            environ |= dockerfile.pairs(rest)
        elif name == "CMD":
            command = json.loads(rest)
    environ["PATH"] = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    return environ, command


@contextmanager
def production(
    project: Project,
    environ: Mapping[str, str],
    *,
    port: int | None = None,
    command: Sequence[str] = (),
    output: IO[bytes] | None = None,
) -> Iterator[Running]:
    """Run the command of the project's image, or another one, until the block ends."""
    with reserved_port() as free:
        port = port or free
        log = new_log(project)
        own, usual = image(project)
        local = {"GRANIAN_HOST": "127.0.0.1", "PORT": str(port)}
        with log.open("wb") as lines:
            process = subprocess.Popen(
                [word.format(port=port) for word in command or usual],
                cwd=project.path,
                env=environ_of(project, **own | local | dict(environ)),
                stdin=subprocess.DEVNULL,
                stdout=output or lines,
                stderr=output or subprocess.STDOUT,
            )
        try:
            yield Running(port, log, process)
        finally:
            stop(process)


@contextmanager
def nginx(folder: Path, ports: Sequence[int], servers: Mapping[int, str]) -> Iterator[Process]:
    """Run nginx: the ports of the API's instances, and the content of each server by its port."""
    path = shutil.which("nginx", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if not path and sys.platform == "linux" and IN_CI:
        raise AssertionError("nginx is not installed")
    if not path:
        pytest.skip("nginx is not installed")
    certificate(folder)
    # max_fails: a refused connection must not keep nginx from the next instance for ten seconds.
    instances = " ".join(f"server 127.0.0.1:{port} max_fails=0;" for port in ports)
    tls = "".join(
        TLS.format(port=port, folder=folder, content=content) for port, content in servers.items()
    )
    upstream = f"upstream api {{ {instances} }}"
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, upstream=upstream, servers=tls))
    with (folder / "error.log").open("wb") as errors:
        process = subprocess.Popen(
            [path, "-p", folder, "-e", "stderr", "-c", configuration], stderr=errors
        )
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
    """Return what the README says about nginx, for the instances that `http://api` stands for."""
    _, _, rest = project.read("README.md").partition("```nginx\n")
    location, _, _ = rest.partition("```")
    return location.replace("proxy_pass http://127.0.0.1:8000", "proxy_pass http://api")


def below_a_prefix(location: str) -> str:
    """Change it as its comment says."""
    for old, new in {
        "location / {": "location /shop/ {",
        "proxy_pass http://api;": "proxy_pass http://api/;",
        'X-Forwarded-Prefix "";': 'X-Forwarded-Prefix "/shop";',
    }.items():
        assert location.count(old) == 1
        location = location.replace(old, new)
    return location


def wait_until_ready(server: Running) -> None:
    wait_until_open(server.port, server.process)
    assert server.ask("GET", "/readyz").status == 200


def wait_until_open(port: int, process: Process) -> None:
    def is_open() -> bool:
        assert process.poll() is None, "it did not start"
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    wait_until(is_open)


def stop(process: Process) -> int:
    """End a process that a test has started, and return its exit status."""
    process.terminate()
    try:
        return process.wait(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise AssertionError("it did not stop") from None
