"""The production server, as the environment says; `python -m` runs this module.

What is wrong stops it before it listens, all of it at once, the application's own variables too.
"""

import errno
import ipaddress
import logging.config
import multiprocessing
import os
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

from granian import Granian
from granian.constants import Interfaces

from . import logs, shutdown
from .cors import check_views
from .environment import ConfigurationError, Environment, whole_number
from .settings import Settings

ENTRY = "wsgi:app"
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
        env.check()
        return server

    def check_address(self) -> None:
        """Raise ConfigurationError if nobody could listen there."""
        if problem := self._obstacle():
            raise ConfigurationError([problem])

    def _obstacle(self) -> str:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        with socket.socket(family) as probe:
            if sys.platform != "win32":  # as the server will: old connections are no obstacle
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            try:
                probe.bind((self.host, self.port))
            except OSError as error:
                if error.errno in (errno.EADDRNOTAVAIL, errno.EINVAL):
                    return (
                        f"HOST: '{self.host}' is no address of this machine; "
                        "write '127.0.0.1', or '0.0.0.0' for all"
                    )
                return self._taken(error.strerror or str(error))
        with socket.socket(family) as probe:  # one like this would share it, and half the requests
            probe.settimeout(1)
            if probe.connect_ex((self.host, self.port)) == 0:
                return self._taken("another server listens there")
        return ""

    def _taken(self, reason: str) -> str:
        return (
            f"PORT: '{self.port}' cannot be listened on at {self.host} ({reason}); "
            "write another, or another HOST"
        )

    def serve(self) -> None:
        """Serve until SIGTERM or SIGINT, and then what is under way."""
        shutdown.prepare_workers()
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
        server.on_startup(lambda: shutdown.handle_signals(server))
        server.serve()


def main() -> int:
    """Serve as the process's environment says, and return the exit status."""
    # As the first process of a container it would not be ended by a signal that nobody handles.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        server = Server.from_env(os.environ)
        server.check_address()
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201 - logs come with the server
        return 4  # as wsgi.py
    logging.config.dictConfig(logs.configuration(server.log_format))
    if status := rehearse():
        return status
    server.serve()
    return 0


def rehearse() -> int:
    """Start the application as a worker will, and return 0, or the exit status if it cannot.

    So a fault that only shows there, such as in what a view says about CORS, is told once, before
    anybody listens. A process of its own leaves nothing behind for the workers.
    """
    ways = multiprocessing.get_all_start_methods()
    context: Any = multiprocessing.get_context("fork" if "fork" in ways else None)
    process = context.Process(target=_start)
    process.start()
    try:
        process.join()
    finally:
        process.kill()
    return process.exitcode or 0


def _start() -> NoReturn:
    module, _, name = ENTRY.partition(":")
    status = 0
    try:
        check_views(getattr(import_module(module), name))
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201 - as wsgi.py
        status = 4
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else 1
    except BaseException:  # noqa: BLE001 - whatever it is, a worker would raise it too
        traceback.print_exc()
        status = 1
    os._exit(status)  # whatever threads the application has begun


def _address(text: str) -> str:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        address = None
    if address is None or address.is_multicast:
        raise ValueError("is no IP address to listen on; write '127.0.0.1', or '0.0.0.0' for all")
    return str(address)


def _port(text: str) -> int:
    try:
        return whole_number(1, 65_535, "ports")(text)
    except ValueError:
        raise ValueError("is no port; write 1 to 65535") from None


if __name__ == "__main__":
    sys.exit(main())
