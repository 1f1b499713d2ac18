"""The servers that the tests of policies ask, and what is expected of an answer."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from combinations import Answers
from conftest import Project
from http_server import EXTRA_APP, Server, serve

APP = "https://app.example.com"
PREVIEW = "https://a.preview.example.com"
LOCAL = "http://localhost:5173"
READER = "https://reader.example"
PARTNER = "https://partner.example.org"
EVIL = "https://evil.example"
SIBLING = "https://www.example.com"  # the same site as APP, and not trusted

TRUSTED = {"CORS_ORIGINS": f"{APP},https://*.preview.example.com,http://localhost:*"}


@dataclass(frozen=True)
class Deployment:
    """A generated project, and the environment it is started in."""

    answers: Answers
    environ: Mapping[str, str] = field(default_factory=lambda: TRUSTED)
    options: tuple[str, ...] = ()
    row: bool = False  # whether the example of a row of one's own is put to use


LOCKED: Answers = {"cors_policy": "locked-down"}
MIXED: Answers = {"cors_policy": "mixed"}
PERMISSIVE: Answers = {"cors_policy": "permissive"}
CREDENTIALS: Answers = {"cors_supports_credentials": True}

DEPLOYMENTS = {
    "locked-down": Deployment(LOCKED),
    "locked-down with credentials": Deployment(LOCKED | CREDENTIALS),
    "locked-down for nobody": Deployment(LOCKED, {"CORS_ORIGINS": "none"}),
    "mixed": Deployment(MIXED),
    "mixed with credentials": Deployment(MIXED | CREDENTIALS),
    "mixed with a list": Deployment(
        MIXED | CREDENTIALS, {**TRUSTED, "CORS_PUBLIC_ORIGINS": READER}
    ),
    "mixed with none": Deployment(MIXED, {**TRUSTED, "CORS_PUBLIC_ORIGINS": "none"}),
    "permissive": Deployment(PERMISSIVE, {}),
    "permissive with a list": Deployment(PERMISSIVE, TRUSTED),
    "narrow": Deployment(
        LOCKED,
        {
            **TRUSTED,
            "CORS_METHODS": "GET, PATCH",
            "CORS_ALLOW_HEADERS": "none",
            "CORS_EXPOSE_HEADERS": "none",
            "CORS_MAX_AGE": "0",
        },
    ),
    "holes": Deployment(
        LOCKED | CREDENTIALS,
        {
            "CORS_ORIGINS": f"{APP},https://assets.example.com,https://*.example.org,"
            "https://ports.example.com:*,http://[::1]:3000",
            "CORS_SUPPORTS_CREDENTIALS": "false",
        },
    ),
    "large bodies": Deployment(LOCKED, {**TRUSTED, "MAX_CONTENT_LENGTH": "1000000"}),
    "debug": Deployment(LOCKED, TRUSTED, ("--debug", "--no-reload")),
    "second CORS": Deployment(LOCKED, {**TRUSTED, "EXTRA_SECOND_CORS": "1"}),
    "row of one's own": Deployment(LOCKED | CREDENTIALS, row=True),
    "trusted hosts": Deployment(LOCKED, {**TRUSTED, "TRUSTED_HOSTS": "127.0.0.1,.example.com"}),
}

ROW = """    # Row("/api/v1/reports/*", """


class Serve(Protocol):
    """Return the server of a deployment, started when it is first asked for."""

    def __call__(self, name: str) -> Server: ...


class Package(Protocol):
    """Return the package of a project, imported under a name of its own."""

    def __call__(self, policy: str, *, credentials: bool = False) -> Any: ...


def start(deployment: Deployment, project: Project) -> AbstractContextManager[Server]:
    """Serve a project together with the views of `extra_app.py`."""
    (project.path / ".env").unlink(missing_ok=True)  # the environment alone speaks
    environ = {"FLASK_APP": str(EXTRA_APP), "MAX_CONTENT_LENGTH": "1000", **deployment.environ}
    return serve(project, *deployment.options, **environ)


def use_the_example_row(project: Project) -> None:
    """Do as the comment in the table says: take the # away."""
    table = project.src / project.package / "cors" / "policy.py"
    text = table.read_text(encoding="utf-8")
    assert ROW in text
    table.write_text(text.replace(ROW, ROW.replace("# ", "")), encoding="utf-8")


def allowed(origin: str, *, credentials: bool = False) -> dict[str, str]:
    """Return the headers that let a page of this origin read the answer."""
    return {"access-control-allow-origin": origin} | (
        {"access-control-allow-credentials": "true"} if credentials else {}
    )


def readable(
    origin: str, *, credentials: bool = False, exposed: str = "Location, X-Request-ID"
) -> dict[str, str]:
    """Return the CORS headers of an actual response."""
    return allowed(origin, credentials=credentials) | {"access-control-expose-headers": exposed}


def granted(
    origin: str,
    *,
    credentials: bool = False,
    methods: str = "GET, HEAD, POST, PUT, PATCH, DELETE",
    headers: str = "Authorization, Content-Type, X-Request-ID",
    max_age: str = "7200",
) -> dict[str, str]:
    """Return the CORS headers of a preflight that is granted in full."""
    return allowed(origin, credentials=credentials) | {
        "access-control-allow-methods": methods,
        "access-control-allow-headers": headers,
        "access-control-max-age": max_age,
    }
