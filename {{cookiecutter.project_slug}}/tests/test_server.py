import os
import socket

import pytest

import {{ cookiecutter.package_name }} as package
from {{ cookiecutter.package_name }}.server import Server

from .calls import ENVIRON
from .test_wsgi import start

ADDRESS = "is no IP address to listen on; write '127.0.0.1', or '0.0.0.0' for all"

REFUSED = [
    ("HOST", "", "'' is empty; write '127.0.0.1', or '0.0.0.0' for all"),
    ("HOST", "localhost", f"'localhost' {ADDRESS}"),
    ("HOST", "224.0.0.1", f"'224.0.0.1' {ADDRESS}"),
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


def obstacle(**environ: str) -> str:
    with pytest.raises(package.ConfigurationError) as error:
        Server.from_env(ENVIRON | environ).check_address()
    (line,) = error.value.problems
    return line


def free_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return str(server.getsockname()[1])


@pytest.mark.parametrize(("name", "value", "problem"), REFUSED)
def test_a_wrong_value_is_refused(name: str, value: str, problem: str) -> None:
    assert problems(**ENVIRON | {name: value}) == (f"{name}: {problem}",)


def test_what_is_wrong_with_the_application_is_told_with_it() -> None:
    lines = problems(**ENVIRON | {"CORS_ORIGINS": "null", "PORT": "http", "PROXY_HOPS": "x"})

    assert [line.partition(":")[0] for line in lines] == ["PORT", "CORS_ORIGINS", "PROXY_HOPS"]


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        line = obstacle(PORT=port)

    assert line.startswith(f"PORT: '{port}' cannot be listened on at 127.0.0.1 (")


def test_an_address_of_another_machine_is_refused() -> None:
    assert obstacle(HOST="192.0.2.1", PORT=free_port()) == (
        "HOST: '192.0.2.1' is no address of this machine; write '127.0.0.1', or '0.0.0.0' for all"
    )


def test_the_environment_says_where_and_how() -> None:
    port = free_port()
    environ = {"HOST": "0.0.0.0", "PORT": port, "WEB_CONCURRENCY": "3", "WEB_THREADS": "8"}

    assert Server.from_env(ENVIRON | environ) == Server("0.0.0.0", int(port), 3, 8)


def test_a_wrong_environment_stops_the_start_with_a_line_for_each_problem() -> None:
    result = start(["-m", Server.__module__], ENVIRON | {"PORT": "http", "CORS_ORIGINS": "null"})

    assert (result.returncode, result.stdout) == (4, "")
    assert [line.partition(":")[0] for line in result.stderr.splitlines()] == [
        "PORT",
        "CORS_ORIGINS",
    ]


def test_a_server_that_would_share_the_port_is_found() -> None:
    with socket.socket() as other:
        if hasattr(socket, "SO_REUSEPORT"):
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        line = obstacle(PORT=port)

    assert line.startswith(f"PORT: '{port}' cannot be listened on at 127.0.0.1 (")


@pytest.mark.skipif(os.name == "nt", reason="the patch reaches forks only")
def test_a_wrong_view_stops_the_start_before_anybody_listens() -> None:
    """`create_app()` finds it, as views are no part of the environment."""
    code = (
        f"import flask_cors\nfrom {package.__name__} import api, server\n"
        "view = flask_cors.cross_origin()(lambda: 'x')\n"
        "api.init_app = lambda app: app.add_url_rule('/api/x', 'x', view)\n"
        "if __name__ == '__main__':\n    raise SystemExit(server.main())\n"
    )
    result = start(["-c", code], ENVIRON | {"PORT": free_port()})

    assert (result.returncode, result.stdout) == (4, "")
    assert "Listening" not in result.stderr
    told = [line for line in result.stderr.splitlines() if not line.startswith("{")]  # the log
    assert [line.partition(":")[0] for line in told] == ["cross_origin on 'x'"]
