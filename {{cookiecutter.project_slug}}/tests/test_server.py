import socket

import pytest

import {{ cookiecutter.package_name }} as package
from {{ cookiecutter.package_name }}.server import Server

from .calls import ENVIRON
from .test_wsgi import start

ADDRESS = "is no IP address; write '127.0.0.1', or '0.0.0.0' for every interface"

REFUSED = [
    ("HOST", "", "'' is empty; write '127.0.0.1', or '0.0.0.0' for every interface"),
    ("HOST", "localhost", f"'localhost' {ADDRESS}"),
    ("PORT", "", "'' is empty; write 1 to 65535"),
    ("PORT", "0", "'0' is no port; write 1 to 65535"),
    ("PORT", "http", "'http' is no port; write 1 to 65535"),
    ("WEB_CONCURRENCY", "", "'' is empty; write 1 to 256"),
    ("WEB_CONCURRENCY", "auto", "'auto' is not a whole number of processes; write 1 to 256"),
    ("WEB_THREADS", "0", "'0' is out of range; write 1 to 256 threads"),
]


def problems(**environ: str) -> tuple[str, ...]:
    with pytest.raises(package.ConfigurationError) as error:
        Server.from_env(environ)
    return error.value.problems


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


@pytest.mark.parametrize(("name", "value", "problem"), REFUSED)
def test_a_wrong_value_is_refused(name: str, value: str, problem: str) -> None:
    assert problems(**ENVIRON | {name: value}) == (f"{name}: {problem}",)


def test_what_is_wrong_with_the_application_is_told_with_it() -> None:
    lines = problems(CORS_ORIGINS="null", PORT="http", PROXY_HOPS="x")

    assert [line.partition(":")[0] for line in lines] == ["PORT", "CORS_ORIGINS", "PROXY_HOPS"]


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        (line,) = problems(**ENVIRON | {"PORT": port})

    assert line.startswith(f"PORT: '{port}' cannot be listened on at 127.0.0.1 (")


def test_the_environment_says_where_and_how() -> None:
    port = free_port()
    environ = {"HOST": "0.0.0.0", "PORT": port, "WEB_CONCURRENCY": "3", "WEB_THREADS": "8"}

    assert Server.from_env(ENVIRON | environ) == Server("0.0.0.0", int(port), 3, 8)


def test_a_wrong_environment_stops_the_start_with_a_line_for_each_problem() -> None:
    result = start(["-m", Server.__module__], {"PORT": "http", "CORS_ORIGINS": "null"})

    assert (result.returncode, result.stdout) == (4, "")
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == [
        "PORT",
        "CORS_ORIGINS",
    ]
