"""The WSGI middleware around an application and behind its policy, as far as objects show it."""

from collections.abc import Iterable
from functools import partial
from types import FunctionType, MethodType, ModuleType
from typing import NamedTuple

from flask import Flask
from flask.sansio.scaffold import Scaffold
from werkzeug.local import LocalProxy
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

from ._decorator import content
from ._extension import state_of
from ._layer import Layer
from ._table import covers

MOST = 500  # objects that are looked at behind `app.wsgi_app`


class Link(NamedTuple):
    """A WSGI application behind another one."""

    application: object
    outside: bool  # whether it stands in front of the policy
    prefix: str  # the path at which DispatcherMiddleware mounts it


def links_from(first: object) -> list[Link]:
    """Return the WSGI applications from one inwards, as far as they hold each other.

    Flask applications themselves are left out.
    """
    application = first.wsgi_app if isinstance(first, Flask) else first
    found = [Link(application, outside=True, prefix="")]
    known = {id(application)}
    for link in found:
        outside = link.outside and not isinstance(link.application, Layer)
        for prefix, one in _held_by(link.application):
            if id(one) not in known and _is_application(one):
                known.add(id(one))
                found.append(Link(one, outside, link.prefix + prefix))
        if len(found) > MOST:
            break
    return found


def mounts_in(links: Iterable[Link]) -> list[str]:
    """Return the paths at which dispatchers hand requests to other applications."""
    return [
        f"{link.prefix}{mount}"
        for link in links
        if isinstance(link.application, DispatcherMiddleware)
        for mount in link.application.mounts
    ]


def takes_prefixes(app: Flask) -> bool:
    """Return whether a proxy may name a prefix in X-Forwarded-Prefix, which no address shows."""
    links = (link.application for link in links_from(app))
    return any(isinstance(one, ProxyFix) and one.x_prefix for one in links)


def mount_of(app: Flask) -> str:
    """Return the path at which middleware such as DispatcherMiddleware mounts the application."""
    layer = state_of(app).layer
    links = links_from(app)
    return next((link.prefix for link in links if link.application is layer), "")


def links_behind(app: Flask) -> list[Link]:
    """Return the WSGI applications behind the policy, whose prefixes are those that it sees."""
    return links_from(state_of(app).layer.application)


def is_behind_policy(app: Flask) -> bool:
    """Return whether there is middleware between the policy and the application."""
    return getattr(state_of(app).layer.application, "__self__", None) is not app


def mounted_beside(app: Flask, path: str) -> str:
    """Return where an application is mounted in front of the policy, if it takes a path."""
    found = set(mounts_in(link for link in links_from(app) if link.outside))
    found.discard(mount_of(app))
    return max((mount for mount in found if is_below(path, mount)), key=len, default="")


def is_below(path: str, prefix: str) -> bool:
    """Whether a path is a prefix, or below it."""
    return covers("/" + prefix.strip("/"), path)


def _held_by(holder: object) -> list[tuple[str, object]]:
    """Return what a WSGI application holds, each with the path at which it is mounted."""
    held: list[object] = [getattr(holder, "__wrapped__", None)]
    if isinstance(holder, MethodType):
        held.append(holder.__self__)
    elif isinstance(holder, partial):
        held += (holder.func, *holder.args, *holder.keywords.values())
    elif isinstance(holder, FunctionType):
        held += map(content, holder.__closure__ or ())
    else:
        held += getattr(holder, "__dict__", {}).values()
        slots = [name for cls in type(holder).__mro__ for name in getattr(cls, "__slots__", ())]
        held += [getattr(holder, name, None) for name in slots]
    tables = [one for one in held if isinstance(one, dict)]
    mounted = [(path, one) for table in tables for path, one in table.items()]
    return [
        *(("", one) for one in held),
        *((path if str(path).startswith("/") else "", one) for path, one in mounted),
    ]


def _is_application(one: object) -> bool:
    if isinstance(one, type | ModuleType | Scaffold | LocalProxy):
        return False
    return callable(one)
