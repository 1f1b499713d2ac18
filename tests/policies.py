"""The deployments that are asked about policies, and what is expected of their responses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from combinations import Answers
from conftest import Project
from http_server import OWNER_APP, Server

APP = "https://app.example.com"
PREVIEW = "https://a.preview.example.com"
LOCAL = "http://localhost:5173"
READER = "https://reader.example"
PARTNER = "https://partner.example.org"
EVIL = "https://evil.example"
SIBLING = "https://www.example.com"  # of the same site as APP, and not trusted

TRUSTED = {"CORS_ORIGINS": f"{APP},https://*.preview.example.com,http://localhost:*"}


@dataclass(frozen=True)
class Deployment:
    """A generated project, and the environment it is started in."""

    answers: Answers
    environ: Mapping[str, str] = field(default_factory=lambda: TRUSTED)
    options: tuple[str, ...] = ()
    edited: bool = False  # whether a row of one's own is in the table


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
    "debug": Deployment(LOCKED, TRUSTED, ("--debug", "--no-reload")),
    "extensions": Deployment(LOCKED, {**TRUSTED, "OWNER_EXTENSIONS": "1"}),
    "subdomains": Deployment(LOCKED, {**TRUSTED, "OWNER_SERVER_NAME": "example.test"}),
    "second CORS": Deployment(LOCKED, {**TRUSTED, "OWNER_SECOND_CORS": "1"}),
    "row of one's own": Deployment(LOCKED | CREDENTIALS, edited=True),
    "trusted hosts": Deployment(LOCKED, {**TRUSTED, "TRUSTED_HOSTS": ".example.com,127.0.0.1"}),
}


class Serve(Protocol):
    """Return the server of a deployment, started when it is first asked for."""

    def __call__(self, name: str) -> Server: ...


class Deployed(Protocol):
    """Return the project of a deployment."""

    def __call__(self, deployment: Deployment) -> Project: ...


def environ_of_owner(deployment: Deployment) -> dict[str, str]:
    """Return the environment of `owner_app.py`, without the project's own files of variables."""
    own = {"FLASK_APP": str(OWNER_APP), "FLASK_SKIP_DOTENV": "1", "MAX_CONTENT_LENGTH": "2000"}
    return own | dict(deployment.environ)


def with_a_row(project: Project, folder: Path) -> Project:
    """Add a row that decides on every method of a part."""
    project = project.copy(folder)
    table = Path("src", project.package, "cors.py").as_posix()
    row = '"/api/v1/reports/*": {"origins": "https://partner.example.org", "methods": ["GET"]},'
    text = project.read(table)
    assert text.count("    resources={\n") == 1
    project.write(table, text.replace("    resources={\n", f"    resources={{\n        {row}\n"))
    return project


def allowed(origin: str, *, credentials: bool = False) -> dict[str, str]:
    """Return the headers that let a page of this origin read the response."""
    headers = {"access-control-allow-origin": origin}
    if credentials:
        headers["access-control-allow-credentials"] = "true"
    return headers


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
