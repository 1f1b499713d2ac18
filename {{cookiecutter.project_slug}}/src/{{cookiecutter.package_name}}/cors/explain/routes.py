"""What the application has routes for."""

from difflib import get_close_matches

from flask import Flask
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound


def is_unknown(app: Flask, path: str, method: str) -> bool:
    """Whether no route is at a path as it is, though one for other methods may be.

    What has a slash missing is redirected for the methods of its route, and unknown to others.
    """
    try:
        app.url_map.bind("localhost").match(path, method)
    except NotFound:
        return True
    except HTTPException:
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
