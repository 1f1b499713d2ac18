"""The production server, as the environment says; `python -m` runs this module.

What is wrong stops it before it listens, all of it at once, the application's own variables too.
"""

import ipaddress
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from granian import Granian
from granian.constants import Interfaces

from . import logs
from .environment import ConfigurationError, Environment, whole_number
from .settings import Settings

ENTRY = "wsgi:app"
STOP = (signal.SIGTERM, signal.SIGINT)
PATIENCE = 25  # seconds for what is under way; orchestrators have 30 for all of the stop


@dataclass(frozen=True)
class Server:
    """Where to listen, and how many requests are worked on at a time."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1  # processes
    threads: int = 4  # of each process
    log_format: str = "json"

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Server":
        """Read the variables of the server, and make sure of those of the application.

        Raises ConfigurationError with a line for every problem there is.
        """
        env = Environment(environ)
        server = cls(
            host=env.read("HOST", _address, cls.host),
            port=env.read("PORT", _port, cls.port),
            workers=env.read("WEB_CONCURRENCY", whole_number(1, 256, "processes"), cls.workers),
            threads=env.read("WEB_THREADS", whole_number(1, 256, "threads"), cls.threads),
            log_format=environ.get("LOG_FORMAT", cls.log_format),
        )
        try:
            Settings.from_env(environ)
        except ConfigurationError as error:
            env.problems += error.problems
        if not env.problems:
            env.problems += server.obstacles()
        env.check()
        return server

    def obstacles(self) -> list[str]:
        """Say why nobody could listen there, in a line; none if one can."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            if sys.platform != "win32":  # as the server will: old connections are no obstacle
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                return [
                    f"PORT: '{self.port}' cannot be listened on at {self.host} "
                    f"({error.strerror}); write another, or another HOST"
                ]
        return []

    def serve(self) -> None:
        """Serve until SIGTERM or SIGINT, and then what is under way."""
        _let_signals_reach_workers()
        server = Granian(
            ENTRY,
            address=self.host,
            port=self.port,
            interface=Interfaces.WSGI,
            workers=self.workers,
            blocking_threads=self.threads,
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=PATIENCE,
            log_dictconfig=logs.configuration(self.log_format),
        )
        server.on_startup(lambda: _stop_again_and_again(server))
        server.serve()


def main() -> int:
    """Serve as the process's environment says, and return the exit status."""
    try:
        server = Server.from_env(os.environ)
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201 - logs come with the server
        return 4  # as wsgi.py
    server.serve()
    return 0


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise ValueError(
            "is no IP address; write '127.0.0.1', or '0.0.0.0' for every interface"
        ) from None


def _port(text: str) -> int:
    try:
        return whole_number(1, 65_535, "ports")(text)
    except ValueError:
        raise ValueError("is no port; write 1 to 65535") from None


def _let_signals_reach_workers() -> None:
    """Have a worker that is not ready yet end at once when it is told to.

    A process that is forked forgets the signals that wait for it, and starts with the handlers of
    its parent, which do nothing there: it would go on after a SIGTERM, and be waited for.
    """
    if sys.platform == "win32":
        return

    def start_anew() -> None:
        for number in STOP:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP)

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, STOP),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP),
        after_in_child=start_anew,
    )


def _stop_again_and_again(server: Any) -> None:
    """Tell workers more than once, as one that is just becoming ready may miss it."""

    def remind() -> None:
        while True:
            time.sleep(1)
            for worker in server.wrks:
                worker.terminate()

    def stop(*_: object) -> None:
        server.signal_handler_interrupt()
        threading.Thread(target=remind, daemon=True).start()

    for number in STOP:
        signal.signal(number, stop)


if __name__ == "__main__":
    sys.exit(main())
