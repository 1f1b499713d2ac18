"""The policies that projects are generated with, as tables: locked-down, mixed, permissive."""

from typing import Any

import pytest

from flask_cors_policy import Variable
from helpers import (
    BOOKS,
    EVIL,
    PARTNER,
    TRUSTED,
    allowed,
    app_with,
    cors_headers,
    preflight,
    problems_of,
)

LOCKED_DOWN: dict[str, Any] = {"/api/*": {"origins": Variable("CORS_ORIGINS")}}
MIXED: dict[str, Any] = LOCKED_DOWN | {
    "/api/v1/public/*": {
        "for_methods": ["GET", "HEAD"],
        "origins": [Variable("CORS_PUBLIC_ORIGINS", default="*"), Variable("CORS_ORIGINS")],
        "methods": ["GET", "HEAD"],
        "allow_headers": ["Content-Type", "X-Request-ID"],
        "supports_credentials": False,
    }
}
PERMISSIVE: dict[str, Any] = {
    "/api/*": {"origins": Variable("CORS_ORIGINS", default="*"), "supports_credentials": False}
}

STATUS = "/api/v1/public/status"
LISTED = {"CORS_ORIGINS": TRUSTED}
CREDENTIALS = {"CORS_SUPPORTS_CREDENTIALS": "true"}

# What it is: the table, the environment, the path, the method, and the origin that is allowed for
# the pages of TRUSTED, PARTNER, EVIL, null, and for no page.
ALLOWED: dict[str, tuple[dict[str, Any], dict[str, str], str, str, list[str | None]]] = {
    "locked-down": (LOCKED_DOWN, LISTED, BOOKS, "GET", [TRUSTED, None, None, None, None]),
    "locked-down for nobody": (
        LOCKED_DOWN,
        {"CORS_ORIGINS": "none"},
        BOOKS,
        "GET",
        [None, None, None, None, None],
    ),
    "mixed": (MIXED, LISTED, BOOKS, "GET", [TRUSTED, None, None, None, None]),
    "mixed, public": (MIXED, LISTED, STATUS, "GET", ["*"] * 5),
    "mixed, public, HEAD": (MIXED, LISTED, STATUS, "HEAD", ["*"] * 5),
    "mixed, public, the root of the subtree": (MIXED, LISTED, "/api/v1/public", "GET", ["*"] * 5),
    "mixed, public, credentials elsewhere": (
        MIXED,
        LISTED | CREDENTIALS,
        STATUS,
        "GET",
        ["*"] * 5,
    ),
    "mixed, public for a list": (
        MIXED,
        LISTED | {"CORS_PUBLIC_ORIGINS": PARTNER},
        STATUS,
        "GET",
        [TRUSTED, PARTNER, None, None, None],
    ),
    "mixed, public for none": (
        MIXED,
        LISTED | {"CORS_PUBLIC_ORIGINS": "none"},
        STATUS,
        "GET",
        [TRUSTED, None, None, None, None],
    ),
    "mixed, a list elsewhere": (
        MIXED,
        LISTED | {"CORS_PUBLIC_ORIGINS": PARTNER},
        BOOKS,
        "GET",
        [TRUSTED, None, None, None, None],
    ),
    "mixed, beside the public subtree": (
        MIXED,
        LISTED,
        "/api/v1/publicity",
        "GET",
        [TRUSTED, None, None, None, None],
    ),
    "mixed, the public subtree in capitals": (
        MIXED,
        LISTED,
        "/api/v1/Public/x",
        "GET",
        [TRUSTED, None, None, None, None],
    ),
    "mixed, the public subtree encoded twice": (
        MIXED,
        LISTED,
        "/api/v1/%2570ublic/x",
        "GET",
        [TRUSTED, None, None, None, None],
    ),
    "mixed, a plus for a slash": (
        MIXED,
        LISTED,
        "/api/v1+public/status",
        "GET",
        [TRUSTED, None, None, None, None],
    ),
    "permissive": (PERMISSIVE, {}, BOOKS, "GET", ["*"] * 5),
    "permissive, written": (PERMISSIVE, {"CORS_ORIGINS": "*"}, BOOKS, "GET", ["*"] * 5),
    "permissive, unknown path": (PERMISSIVE, {}, "/api/none", "GET", ["*"] * 5),
    "permissive with a list": (
        PERMISSIVE,
        LISTED,
        BOOKS,
        "GET",
        [TRUSTED, None, None, None, None],
    ),
    "permissive, outside": (PERMISSIVE, {}, "/outside", "GET", [None] * 5),
}


@pytest.mark.parametrize(
    ("table", "environ", "path", "method", "origins"), ALLOWED.values(), ids=ALLOWED.keys()
)
def test_policy_lets_these_pages_read(
    table: dict[str, Any],
    environ: dict[str, str],
    path: str,
    method: str,
    origins: list[str | None],
) -> None:
    client = app_with(table, environ=environ).test_client()
    found = []
    for origin in (TRUSTED, PARTNER, EVIL, "null", None):
        sent = {"Origin": origin} if origin else {}
        response = client.open(path, method=method, headers=sent)
        found.append(allowed(response))
        assert "Access-Control-Allow-Credentials" not in response.headers or (
            environ.get("CORS_SUPPORTS_CREDENTIALS") and path != STATUS
        )
        covered = path.startswith("/api") and "*" not in origins
        assert ("Vary" in response.headers) is covered
    assert found == origins


# What it is: the table, the environment, the path, and the pages that may write.
WRITES: dict[str, tuple[dict[str, Any], dict[str, str], str, set[str]]] = {
    "locked-down": (LOCKED_DOWN, LISTED, BOOKS, {TRUSTED}),
    "locked-down for nobody": (LOCKED_DOWN, {"CORS_ORIGINS": "none"}, BOOKS, set()),
    "mixed": (MIXED, LISTED, BOOKS, {TRUSTED}),
    "mixed, public": (MIXED, LISTED, STATUS, {TRUSTED}),
    "mixed, public for a list": (
        MIXED,
        LISTED | {"CORS_PUBLIC_ORIGINS": PARTNER},
        STATUS,
        {TRUSTED},
    ),
    "permissive": (PERMISSIVE, {}, BOOKS, {TRUSTED, PARTNER, EVIL, "null"}),
    "permissive with a list": (PERMISSIVE, LISTED, BOOKS, {TRUSTED}),
    "permissive, outside": (PERMISSIVE, {}, "/outside", set()),
}


@pytest.mark.parametrize(("table", "environ", "path", "pages"), WRITES.values(), ids=WRITES.keys())
def test_policy_lets_these_pages_write(
    table: dict[str, Any], environ: dict[str, str], path: str, pages: set[str]
) -> None:
    client = app_with(table, environ=environ).test_client()
    found = {
        origin
        for origin in (TRUSTED, PARTNER, EVIL, "null")
        if client.post(path, headers={"Origin": origin}).status_code != 403
    }
    assert found == pages


def test_public_grant_is_for_reading_with_few_headers() -> None:
    client = app_with(MIXED, environ=LISTED | CREDENTIALS).test_client()
    assert cors_headers(preflight(client, STATUS, origin=EVIL, method="GET")) == {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Methods": "GET, HEAD",
        "Access-Control-Allow-Headers": "Content-Type, X-Request-ID",
        "Access-Control-Max-Age": "7200",
    }
    assert cors_headers(preflight(client, STATUS, origin=EVIL, method="PUT")) == {}
    granted = cors_headers(preflight(client, STATUS, method="PUT"))
    assert granted["Access-Control-Allow-Credentials"] == "true"
    assert granted["Access-Control-Allow-Methods"] == "GET, HEAD, POST, PUT, PATCH, DELETE"


@pytest.mark.parametrize("origins", ["*", TRUSTED])
def test_permissive_refuses_credentials(origins: str) -> None:
    (problem,) = problems_of(PERMISSIVE, environ=CREDENTIALS | {"CORS_ORIGINS": origins})
    assert problem == (
        "CORS_SUPPORTS_CREDENTIALS: 'true' reaches no row, as each is open to every page or has "
        "supports_credentials=False; unset it, or list origins in a row that takes credentials"
    )


@pytest.mark.parametrize("table", [LOCKED_DOWN, MIXED], ids=["locked-down", "mixed"])
def test_list_is_required_and_never_everybody(table: dict[str, Any]) -> None:
    (unset,) = problems_of(table, environ={})
    (everybody,) = problems_of(table, environ={"CORS_ORIGINS": "*"})
    assert unset.startswith("CORS_ORIGINS: is not set; ")
    assert everybody.startswith("CORS_ORIGINS: '*' is accepted only if the table has it ")


@pytest.mark.parametrize("table", [LOCKED_DOWN, PERMISSIVE], ids=["locked-down", "permissive"])
def test_variable_of_another_policy_is_refused(table: dict[str, Any]) -> None:
    (problem,) = problems_of(table, environ=LISTED | {"CORS_PUBLIC_ORIGINS": "*"})
    assert problem.startswith("CORS_PUBLIC_ORIGINS: is read by nothing; ")
