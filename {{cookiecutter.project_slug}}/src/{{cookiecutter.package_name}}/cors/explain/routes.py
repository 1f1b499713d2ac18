"""What the application has routes for."""

from difflib import get_close_matches

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound
from werkzeug.routing import RequestRedirect


def is_unknown(app: Flask, path: str) -> bool:
    """Whether no route answers a path, whatever the method."""
    try:
        app.url_map.bind("localhost").match(path, "GET")
    except NotFound:
        return True
    except (HTTPException, RequestRedirect):
        pass
    return False


def methods_of(app: Flask, path: str) -> list[str]:
    """Return the methods that a path answers."""
    try:
        app.url_map.bind("localhost").match(path, "-")
    except MethodNotAllowed as error:
        return sorted(set(error.valid_methods or ()) - {"OPTIONS"})
    except HTTPException:
        pass
    return []


def closest(app: Flask, path: str) -> str | None:
    """Return the route that is spelt most like a path, if one is."""
    known = [route.rule for route in app.url_map.iter_rules()]
    found = get_close_matches(path, known, n=1, cutoff=0.6)
    return found[0] if found else None
