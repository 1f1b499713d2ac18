"""The middleware around an application and behind its policy, as far as it can be seen."""

from collections.abc import Iterator

from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from flask_cors_policy._extension import state_of

DEEPEST = 20  # of middleware in middleware

# The attributes in which middleware keeps what it wraps.
_NAMES = ("app", "wsgi_app", "application", "_app")


def takes_prefixes(app: Flask) -> bool:
    """Return whether a proxy may name a prefix in X-Forwarded-Prefix, which no address shows."""
    return any(isinstance(one, ProxyFix) and one.x_prefix for _, one in _layers(app.wsgi_app))


def mount_of(app: Flask) -> str:
    """Return the path at which middleware such as DispatcherMiddleware mounts the application."""
    layer = state_of(app).layer
    return next((prefix for prefix, one in _layers(app.wsgi_app) if one is layer), "")


def is_behind_policy(app: Flask) -> bool:
    """Return whether there is middleware between the policy and the application."""
    return getattr(state_of(app).layer.application, "__self__", None) is not app


def _layers(outermost: object) -> Iterator[tuple[str, object]]:
    """Return each layer of middleware with the prefix at which it is mounted."""
    waiting: list[tuple[str, object, int]] = [("", outermost, 0)]
    for prefix, one, depth in waiting:
        yield prefix, one
        if depth == DEEPEST:
            continue
        if isinstance(one, DispatcherMiddleware):
            waiting += [(f"{prefix}{path}", mount, depth + 1) for path, mount in one.mounts.items()]
        inner = (vars(one).get(name) for name in _NAMES if hasattr(one, "__dict__"))
        found = next((layer for layer in inner if callable(layer)), None)
        if found is not None and not isinstance(found, Flask):
            waiting.append((prefix, found, depth + 1))
