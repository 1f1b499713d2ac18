"""The routes of an application: where a path is called, and what a mistyped one may mean."""

import os
import re
from collections.abc import Iterator
from difflib import get_close_matches

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import RequestRedirect
from werkzeug.test import create_environ

from .._middleware import is_below, mount_of
from .._views import router_for
from .address import is_local, is_loopback
from .probe import Place

PORT = "5000"  # of `flask run`
ALIKE = 0.6  # of the letters of two paths
LONGEST = 200  # letters of a path that are compared


def closest(app: Flask, place: Place, *, websocket: bool = False) -> str | None:
    """Return where a path is a route, or else the route that is spelt most like it, if one is."""
    if mount := mount_of(app):
        kind = _is_websocket(app, *_main_server(app), place.path)
        if kind is websocket and not is_below(place.path, mount):
            return f"{mount}{place.path}"
    for scheme, host in _servers_of_routes(app):
        if _is_websocket(app, scheme, host, place.path) is websocket:
            address = f"{scheme}://{host}{place.path}"
            return address.replace("http", "ws", 1) if websocket else address
    path = place.path[:LONGEST]
    rules = [route.rule for route in app.url_map.iter_rules() if route.websocket is websocket]
    known = {_filled(rule, path): rule for rule in rules}
    found = get_close_matches(path, known, n=1, cutoff=ALIKE)
    if not found or known[found[0]] == path:
        return None
    return f"{place.prefix}{known[found[0]]}"


def possible_prefix(app: Flask, place: Place) -> str | None:
    """Return the beginning of a path behind which it is a route."""
    adapter = app.url_map.bind_to_environ(
        place.environ, subdomain=None if app.url_map.host_matching else ""
    )
    segments = place.path.split("/")[1:]
    for number in range(1, min(len(segments), 8)):
        try:
            route, _ = adapter.match("/" + "/".join(segments[number:]), "GET", return_rule=True)
        except HTTPException:
            continue
        if not route.rule.startswith("/<path:"):
            return "/" + "/".join(segments[:number])
    return None


def base_of(app: Flask, path: str, prefix: str | None = None) -> str:
    """Return the server at which a path is called, as the beginning of an address.

    It is the first server that has a route there: the one of the settings, or one of those that
    routes are limited to. Where no server has, it is the first.
    """
    path, _, _ = path.partition("?")
    servers = dict.fromkeys((_main_server(app), *_servers_of_routes(app)))
    prefix = (mount_of(app) if prefix is None else prefix).rstrip("/")
    found = [(scheme, host, _is_websocket(app, scheme, host, path)) for scheme, host in servers]
    scheme, host, websocket = next((one for one in found if one[2] is not None), found[0])
    if websocket:
        scheme = scheme.replace("http", "ws")
    return f"{scheme}://{host}{'' if is_below(path, prefix) else prefix}"


def _filled(rule: str, path: str) -> str:
    """Return a route with the segments of a path in place of its variables, if it is like it."""
    own, theirs = rule.split("/"), path.split("/")
    if len(own) != len(theirs) or own[:2] != theirs[:2]:
        return rule
    return "/".join(b if "<" in a else a for a, b in zip(own, theirs, strict=True))


def _main_server(app: Flask) -> tuple[str, str]:
    if name := app.config["SERVER_NAME"]:
        return _scheme(app, name), name
    port = os.environ.get("FLASK_RUN_PORT", PORT)
    names = [name.lstrip(".") for name in app.config["TRUSTED_HOSTS"] or ("127.0.0.1",)]
    local = next(
        (name for name in ("127.0.0.1", *names) if name in names and is_loopback(name)), None
    )
    return ("http", f"{local}:{port}") if local else ("https", names[0])


def _servers_of_routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Return the servers to which routes are limited, with a letter for each variable part."""
    _, main = _main_server(app)
    for route in app.url_map.iter_rules():
        host = route.host if app.url_map.host_matching else None
        if app.subdomain_matching and route.subdomain:
            host = f"{route.subdomain}.{main}"
        if host:
            name = re.sub("<[^>]*>", "x", host)
            yield _scheme(app, name), name


def _scheme(app: Flask, host: str) -> str:
    """Return the scheme of a server, which is https on the internet, unless it has a port."""
    preferred: str = app.config["PREFERRED_URL_SCHEME"]
    return preferred if ":" in host or is_local(host) else "https"


def _is_websocket(app: Flask, scheme: str, host: str, path: str) -> bool | None:
    """Return whether a path is a WebSocket route of a server; None where it is no route of it."""
    try:
        adapter = router_for(app, create_environ(path, f"{scheme}://{host}"))
    except (HTTPException, ValueError):  # the host is none of the application's, or no host
        return None
    # A handshake is a GET, so a route for other methods says nothing about WebSockets.
    for method, websocket, found in (
        ("GET", True, ()),
        ("--", False, (MethodNotAllowed, RequestRedirect)),
    ):
        try:
            adapter.match(method=method, websocket=websocket)
        except HTTPException as error:
            if not isinstance(error, found):
                continue
        return websocket
    return None
