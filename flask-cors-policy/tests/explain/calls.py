"""How the tests explain calls: applications to call, the command, and fixes to follow."""

import ast
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, abort, redirect, request

from flask_cors_policy import CORS, Variable, cross_origin

PAGE = "https://app.example.com"
HERE = "http://127.0.0.1:5000"  # where paths are called
BOOKS = "/api/books"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Middleware = Callable[[Wsgi], Wsgi]


def explain(app: Flask, *arguments: str, **more: Any) -> dict[str, Any]:
    """Return the answer of the command as data; its exit status has to fit."""
    result = app.test_cli_runner().invoke(args=["cors", "explain", *arguments, "--json"], **more)
    assert result.exit_code in (0, 1), result.output
    verdict: dict[str, Any] = json.loads(result.stdout)
    assert result.exit_code == (0 if verdict["verdict"] == "ALLOWED" else 1)
    return verdict


def lines_of(verdict: dict[str, Any]) -> list[str]:
    """Return what a reader is told: cause, fix and notes."""
    told = [verdict["cause"], verdict["fix"], *(note["text"] for note in verdict["notes"])]
    return [line for line in told if line]


def codes_of(verdict: dict[str, Any]) -> list[str]:
    """Return the codes of the notes."""
    return [note["code"] for note in verdict["notes"]]


def crash() -> str:
    raise RuntimeError("the reason")


def read_body() -> str:
    return str(len(request.get_data()))


def want_json() -> Any:
    return request.get_json()


def answering(status: str, **fields: str) -> Middleware:
    """Return middleware that answers in the application's place."""

    def middleware(_inner: Wsgi) -> Wsgi:
        def answer(_environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
            start_response(
                status, [(name.replace("_", "-"), value) for name, value in fields.items()]
            )
            return []

        return answer

    return middleware


def changing(**changes: str | None) -> Middleware:
    """Return middleware that changes headers on the way out; None removes one."""
    new = {name.replace("_", "-"): value for name, value in changes.items()}

    def middleware(inner: Wsgi) -> Wsgi:
        def changed(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            def start(status: str, fields: list[tuple[str, str]], *rest: Any) -> Any:
                both = {**dict[str, str | None](fields), **new}
                kept = [(name, value) for name, value in both.items() if value is not None]
                return start_response(status, kept, *rest)

            return inner(environ, start)

        return changed

    return middleware


@dataclass
class Setup:
    """An application as a test wants it, and a call; fixes change both."""

    arguments: list[str]
    environ: dict[str, str] = field(
        default_factory=lambda: {
            "CORS_ORIGINS": f"{PAGE},https://*.preview.example.com,http://localhost:3000"
        }
    )
    resources: dict[str, Any] = field(
        default_factory=lambda: {
            "/api/*": {"origins": Variable("CORS_ORIGINS")},
            "/api/open/*": {"origins": "*"},
            "/api/narrow/*": {"origins": PAGE, "methods": "PUT", "allow_headers": "none"},
        }
    )
    own: dict[str, Any] = field(default_factory=lambda: {"origins": "https://own.example"})
    views: dict[str, Callable[[], Any]] = field(default_factory=dict)
    routes: list[str] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)
    config: dict[str, Any] = field(default_factory=dict)
    behind: list[Middleware] = field(default_factory=list)  # the policy
    around: list[Middleware] = field(default_factory=list)

    def build(self) -> Flask:
        """Build the application."""
        app = Flask("explained", static_folder=None)
        app.config |= {"MAX_CONTENT_LENGTH": 10, "TRUSTED_HOSTS": ["127.0.0.1", "api.example.com"]}
        app.config |= self.config
        views: dict[str, Callable[[], Any]] = {
            "books": read_body,
            "crash": crash,
            "private": lambda: abort(401),
            "forbidden": lambda: abort(403),
            "missing": lambda: abort(404),
            "json": want_json,
            "file": lambda: Response("x", headers={"Content-Disposition": "attachment"}),
            "login": lambda: Response("x", headers={"Set-Cookie": "session=x; HttpOnly"}),
            "me": lambda: redirect("/login?next=/api/me"),
            "away": lambda: redirect("https://elsewhere.example.org/"),
            "http": lambda: redirect(f"http://{request.host}/api/books"),
            "secret": lambda: redirect("https://user:password@api.example.com/"),
            "mail": lambda: redirect("mailto:a@example.com"),
            "circle": lambda: redirect(request.path),
            "open/x": dict,
            "narrow/x": dict,
            "slash/": dict,
        }
        for name, view in (views | self.views).items():
            app.add_url_rule(f"/api/{name}", name, view, methods=METHODS)
        app.add_url_rule("/login", "log_in", lambda: "the form", methods=["GET", "POST"])
        app.add_url_rule("/outside", "outside", lambda: "x", methods=METHODS)
        app.add_url_rule("/api/own", "own", cross_origin(**self.own)(lambda: "own"))
        for path in self.routes:
            app.add_url_rule(path, path, lambda **_: "x")
        for path in self.sockets:
            view = cross_origin(**self.own)(read_body) if path.endswith("/own") else read_body
            app.add_url_rule(path, path, view, websocket=True)
        for middleware in self.behind:
            app.wsgi_app = middleware(app.wsgi_app)  # type: ignore[assignment,method-assign]
        CORS(resources=self.resources).init_app(app, self.environ)
        for middleware in self.around:
            app.wsgi_app = middleware(app.wsgi_app)  # type: ignore[assignment,method-assign]
        return app

    def explain(self) -> dict[str, Any]:
        """Explain the call."""
        return explain(self.build(), *self.arguments)

    def follow(self, fix: str, *, last: bool = False) -> None:
        """Do what a fix says, word for word; of alternatives the first, or the last."""
        fix = re.sub("serve the application (?:over https|at another port) and ", "", fix)
        for part in re.split(r"; then |; | and (?=set|take|write)", fix):
            alternatives = part.split(", or ")
            self._follow(alternatives[-1 if last else 0])

    def _follow(self, step: str) -> None:
        if match := re.fullmatch(r"add (\S+) to ([A-Z_]+)", step):
            self.environ[match[2]] = f"{self.environ[match[2]]},{match[1]}"
        elif match := re.fullmatch(r"write (\S+) in ([A-Z_]+), in place of 'none'", step):
            self.environ[match[2]] = match[1]
        elif match := re.fullmatch(r"add (\S+) to the origins of (.+)", step):
            options = self._options(match[2])
            options["origins"] = [options["origins"], match[1]]
        elif match := re.fullmatch(r"set ([A-Z_]+)=(\S+)", step):
            self.environ[match[1]] = match[2]
        elif match := re.fullmatch(r"write method: '(.+?)' in the page", step):
            self.arguments[0] = match[1]
        elif match := re.fullmatch(r"write '?(\w+)'?(?:=|: )(.+) in (.+)", step):
            self._options(match[3])[match[1]] = ast.literal_eval(match[2])
        elif match := re.fullmatch(r"add (\{.+\}) to resources\['(.+)'\], which may .+", step):
            self.resources[match[2]] = [self.resources[match[2]], ast.literal_eval(match[1])]
        elif match := re.fullmatch(r"add the row '(.+?)': (\{.+\}) to resources", step):
            self.resources[match[1]] = ast.literal_eval(match[2])
        elif match := re.fullmatch(r"(?:leave|take) (.+) out of the page's request", step):
            for name in match[1].split(", "):
                self._leave_out_header(name)
        elif match := re.fullmatch(r"take (\w+) out of (cross_origin on .+)", step):
            del self._options(match[2])[match[1]]
        elif match := re.fullmatch(r"call (\S+)", step):
            self.arguments[1] = match[1]
        elif match := re.fullmatch(r"ask with --prefix (\S+)", step):
            self.arguments += ["--prefix", match[1]]
        elif step.startswith("leave out credentials: 'include' in the page"):
            self.arguments.remove("--credentials")
        elif step == "serve the call from a row that lists its origins":
            self.resources["/api/open/*"] = {"origins": PAGE, "supports_credentials": True}
        elif step == "call it from a page of the application's own origin":
            self.arguments[self.arguments.index("--origin") + 1] = HERE
        else:
            assert step.startswith(("you have ", "'null' is any ")), step

    def _options(self, place: str) -> dict[str, Any]:
        if match := re.fullmatch(r"resources\['(.+?)'\](?:\[(\d)\])?", place):
            rows = self.resources[match[1]]
            options: dict[str, Any] = rows[int(match[2])] if match[2] else rows
            return options
        assert re.fullmatch("cross_origin on '(.*/)?own'", place), place
        return self.own

    def _leave_out_header(self, name: str) -> None:
        for number in range(len(self.arguments) - 1, 0, -1):
            value = self.arguments[number].partition(":")[0]
            if self.arguments[number - 1] == "--header" and value.lower() == name.lower():
                del self.arguments[number - 1 : number + 1]
