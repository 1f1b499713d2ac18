"""Who is calling: a user, by a session in a cookie that no script can read."""

import logging
import secrets
from functools import wraps
from threading import Semaphore
from typing import Annotated, Any

from flask import Blueprint, Flask, abort, current_app, g, request, session
from limits import RateLimitItemPerMinute
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter
from pydantic import BaseModel, Field
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests
from werkzeug.security import check_password_hash

from . import users
from .database import db
from .openapi import View, operation

PER_ACCOUNT = RateLimitItemPerMinute(5)
PER_ADDRESS = RateLimitItemPerMinute(60)  # whole offices share one
HASHING = Semaphore(2)  # each takes 32 MB
REDIS = {"socket_timeout": 2, "socket_connect_timeout": 2}  # seconds
CHALLENGE = WWWAuthenticate("cookie", None, 'realm="api"')  # no browser opens a dialogue for it

bp = Blueprint("auth", __name__, url_prefix="/auth")
logger = logging.getLogger(__name__)


class Credentials(BaseModel):
    """What a user logs in with."""

    email: Annotated[str, Field(max_length=254, pattern=users.EMAIL)]
    password: Annotated[str, Field(max_length=1000)]


class Me(BaseModel):
    """Who is logged in."""

    email: str


def init_app(app: Flask, storage_uri: str) -> None:
    """Bind the cookie of sessions to this host (RFC 6265bis, section 4.1.3.2)."""
    storage = storage_from_string(storage_uri, wrap_exceptions=True, **REDIS)
    app.cli.add_command(users.group)
    app.extensions["throttle"] = SlidingWindowCounterRateLimiter(storage)
    cookie = "session" if app.debug else "__Host-session"
    app.config.from_mapping(
        PERMANENT_SESSION_LIFETIME=12 * 60 * 60,  # seconds after the login
        SESSION_COOKIE_NAME=cookie,
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    scheme = {"type": "apiKey", "in": "cookie", "name": cookie}
    app.extensions["security_schemes"] = {"session": scheme}


def login_required(view: View) -> View:
    """Answer 401 unless a user is logged in, who is `g.user` in the view."""

    @wraps(view)
    def protected(**arguments: Any) -> Any:
        user = db.get(users.User, session["user"]) if "user" in session else None
        if user is None or not secrets.compare_digest(session["key"], user.session_key):
            abort(401, "Log in first.", www_authenticate=CHALLENGE)
        g.user = user
        return view(**arguments)

    vars(protected)["security"] = {"session": []}
    return protected


@bp.post("/login")
@operation(problems=(401, 429, 503))
def log_in(body: Credentials) -> Me:
    """Open a session, which a cookie keeps."""
    count(PER_ADDRESS, "address", request.remote_addr or "")
    count(PER_ACCOUNT, "account", body.email.lower())
    user = users.find(body.email)
    known = user.password_hash if user else f"{users.METHOD}$salt$none"  # takes as long to compare
    with HASHING:
        correct = check_password_hash(known, body.password)
    if not correct or user is None:
        abort(401, "The e-mail address or the password is wrong.", www_authenticate=CHALLENGE)
    session.clear()
    session.permanent = True
    session.update(user=user.id, key=user.session_key)
    return Me(email=user.email)


@bp.post("/logout")
@operation(204)
def log_out() -> None:
    """Forget the session."""
    session.clear()


@bp.get("/me")
@login_required
@operation()
def show_me() -> Me:
    """Show who is logged in."""
    return Me(email=g.user.email)


def count(limit: RateLimitItemPerMinute, *of: str) -> None:
    """Count an attempt, or answer 429 after as many as the limit allows."""
    limiter: SlidingWindowCounterRateLimiter = current_app.extensions["throttle"]
    try:
        if not limiter.hit(limit, *of):
            raise TooManyRequests("There were too many attempts.", retry_after=60)
    except StorageError as error:
        logger.warning("Attempts to log in cannot be counted, so none is made: %s", error)
        raise ServiceUnavailable("Attempts cannot be counted.", retry_after=5) from error
