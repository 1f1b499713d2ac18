"""A wrong configuration stops every server, in one line per problem; a good one as generated."""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from conftest import Bake, Project
from http_server import Server, serve, start_and_fail
from policies import APP, EVIL, granted, readable

posix = pytest.mark.skipif(os.name == "nt", reason="gunicorn does not run on Windows")

COMMANDS = {
    "flask run": ["flask", "run"],
    "flask run --debug": ["flask", "run", "--debug"],
    "granian": ["granian", "--interface", "wsgi", "--port", "0", "wsgi:app"],
    "gunicorn": ["gunicorn", "--bind", "127.0.0.1:0", "wsgi:app"],
}
COMMAND = [
    pytest.param(command, id=name, marks=posix if name == "gunicorn" else ())
    for name, command in COMMANDS.items()
]

_JSON = "is a JSON list; write origins separated by commas, without brackets or quotes"

# What it is: the environment, and all that is said.
REFUSED: dict[str, tuple[Mapping[str, str], list[str]]] = {
    "trailing slash": (
        {"CORS_ORIGINS": "https://app.example.com/"},
        ["CORS_ORIGINS: 'https://app.example.com/' has a path; write 'https://app.example.com'"],
    ),
    "anybody under locked-down": (
        {"CORS_ORIGINS": "*"},
        ["CORS_ORIGINS: '*' is not allowed by this policy; list the origins you trust"],
    ),
    "empty": (
        {"CORS_ORIGINS": ""},
        ["CORS_ORIGINS: '' is empty; list the origins you trust, or write 'none' for nobody"],
    ),
    "password": (
        {"CORS_ORIGINS": "https://jane:s3cr3t@app.example.com"},
        [
            (
                "CORS_ORIGINS: 'https://***@app.example.com' has a user name or password, which no "
                "origin has; write 'https://app.example.com'"
            )
        ],
    ),
    "several problems of several variables": (
        {
            "CORS_ORIGINS": '["https://app.example.com"]',
            "CORS_SUPPORTS_CREDENTIALS": "maybe",
            "CORS_MAX_AGE": "1e3",
        },
        [
            "CORS_MAX_AGE: '1e3' is not a whole number of seconds; write 0 to 86400",
            f"CORS_ORIGINS: '[\"https://app.example.com\"]' {_JSON}",
            "CORS_SUPPORTS_CREDENTIALS: 'maybe' is neither true nor false; write 'true' or 'false'",
        ],
    ),
    "what no terminal shows": (
        {"CORS_ORIGINS": "https://\x1b[31mb\u00fccher.example\u2028"},
        [
            (
                "CORS_ORIGINS: 'https://\\x1b[31mb\u00fccher.example\\u2028' has a line break or "
                "an unusual blank; write all on one line"
            )
        ],
    ),
}


@pytest.fixture(scope="module")
def project(bake: Bake) -> Project:
    return bake()


@pytest.fixture
def copy(project: Project, tmp_path: Path) -> Project:
    return Project(shutil.copytree(project.path, tmp_path / "copy"), project.package)


def said(output: str) -> list[str]:
    """Return what the project says, without the lines of servers and of Python's logging."""
    return sorted(it for it in output.splitlines() if it.startswith(("CORS_", "cross_origin ")))


@pytest.mark.parametrize("command", COMMAND)
@pytest.mark.parametrize(("environ", "problems"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(
    environ: Mapping[str, str], problems: list[str], command: Sequence[str], project: Project
) -> None:
    refusal = start_and_fail(project, command, **environ)
    assert said(refusal.output) == problems
    assert refusal.status != 0
    assert "Traceback" not in refusal.output
    assert "s3cr3t" not in refusal.output
    if command[0] == "flask":
        assert refusal.status == 4
        assert sorted(refusal.output.splitlines()) == problems


@pytest.mark.parametrize("command", COMMAND[2:])
def test_servers_do_not_read_the_development_file(command: Sequence[str], project: Project) -> None:
    assert (project.path / ".env").exists()
    refusal = start_and_fail(project, command)
    assert said(refusal.output) == [
        (
            "CORS_ORIGINS: is not set; list the origins you trust, such as "
            "'https://app.example.com', or write 'none' for nobody"
        )
    ]
    assert refusal.status != 0


def test_the_development_file_is_refused_alike(copy: Project) -> None:
    (copy.path / ".env").write_text("CORS_ORIGINS=null\n", encoding="utf-8")
    refusal = start_and_fail(copy, ["flask", "run"])
    assert refusal.output.splitlines() == [
        (
            "CORS_ORIGINS: 'null' is sent by any local file or sandboxed frame; "
            "serve the page over http(s)"
        )
    ]
    assert refusal.status == 4


# What it is: what is added to a module of views, and all that is said.
VIEWS = {
    "Flask-CORS's own decorator": (
        (
            "import flask_cors\n\n"
            "@bp.get('/added')\n@flask_cors.cross_origin()\ndef added() -> str:\n    return 'x'\n"
        ),
        (
            "cross_origin on 'v1.greetings.added': is Flask-CORS's own, which neither the "
            "preflight nor the guard knows; write 'from my_api.cors import cross_origin'"
        ),
    ),
    "the package's own with a misspelt option": (
        (
            "from ...cors import cross_origin\n\n"
            "@bp.get('/added')\n@cross_origin(origin='*')\ndef added() -> str:\n    return 'x'\n"
        ),
        (
            "cross_origin on 'v1.greetings.added': 'origin' is no option here; write origins, "
            "methods, allow_headers, expose_headers, supports_credentials, max_age"
        ),
    ),
}


@pytest.mark.parametrize(("code", "problem"), VIEWS.values(), ids=VIEWS.keys())
def test_views_are_refused_at_the_start(code: str, problem: str, copy: Project) -> None:
    module = copy.src / copy.package / "api" / "v1" / "greetings.py"
    with module.open("a", encoding="utf-8") as file:
        file.write(f"\n\n{code}")
    refusal = start_and_fail(copy, ["flask", "run"])
    assert (refusal.output.splitlines(), refusal.status) == ([problem], 4)


# What it is: the row that stands in the table instead of the example, and what is said.
ROWS = {
    "outside /api": (
        'Row("/reports/*", origins="*"),',
        "cors/policy.py '/reports/*': '/reports/*' is outside /api; write a path below /api/",
    ),
    "no subtree": (
        'Row("/api/reports", origins="*"),',
        "cors/policy.py '/api/reports': '/api/reports' is no subtree; write '/api/reports/*'",
    ),
    "a pattern": (
        'Row("/api/*/reports/*", origins="*"),',
        (
            "cors/policy.py '/api/*/reports/*': '/api/*/reports/*' has a pattern in it; "
            "write plain names, such as '/api/v1/*'"
        ),
    ),
    "twice": (
        'Row("/api/*", origins="*"),',
        "cors/policy.py '/api/*': stands twice; remove one row",
    ),
    "anybody with credentials": (
        'Row("/api/v1/x/*", origins="*", supports_credentials=True),',
        (
            "cors/policy.py '/api/v1/x/*' supports_credentials: True cannot go with the origins "
            "'*'; list the origins"
        ),
    ),
    "a bad origin": (
        'Row("/api/v1/x/*", origins=["https://a.example", "b.example"]),',
        (
            "cors/policy.py '/api/v1/x/*' origins: 'b.example' has no scheme; "
            "write 'https://b.example'"
        ),
    ),
    "a bad method": (
        'Row("/api/v1/x/*", origins="none", methods=("get",)),',
        (
            "cors/policy.py '/api/v1/x/*' methods: 'get' is not in upper case; methods are exact, "
            "write 'GET'"
        ),
    ),
}


@pytest.mark.parametrize(("row", "problem"), ROWS.values(), ids=ROWS.keys())
def test_rows_are_refused_at_the_start(row: str, problem: str, copy: Project) -> None:
    table = copy.src / copy.package / "cors" / "policy.py"
    text = table.read_text(encoding="utf-8")
    assert "    # Row(" in text
    table.write_text(text.replace("    # Row(", f"    {row}\n    # Row("), encoding="utf-8")
    refusal = start_and_fail(copy, ["flask", "run"])
    assert (refusal.output.splitlines(), refusal.status) == ([problem], 4)


@pytest.mark.parametrize("policy", ["locked-down", "mixed", "permissive"])
def test_as_generated(policy: str, bake: Bake) -> None:
    """What `make run` shows: the project's own command and files, and nothing else."""
    answers = {"cors_policy": policy, "frontend_origins": APP}
    with serve(bake(**answers)) as server:
        assert_as_generated(policy, server)


def assert_as_generated(policy: str, server: Server) -> None:
    page = "http://localhost:5173"
    path = "/api/v1/greetings?name=Ada"
    any_page = policy == "permissive"
    answer = server.ask("GET", path, {"Origin": page})
    assert (answer.status, answer.json["name"]) == (200, "Ada")
    assert answer.cors == readable("*" if any_page else page)
    preflight = server.preflight(path, "POST", {"Origin": "http://127.0.0.1:3000"})
    origin = "*" if any_page else "http://127.0.0.1:3000"
    assert preflight.cors == granted(origin, max_age="0")
    evil = {"Origin": EVIL, "Content-Type": "application/json"}
    assert server.ask("GET", path, evil).cors == (readable("*") if any_page else {})
    answer = server.ask("POST", "/api/v1/greetings", evil, b'{"name": "Eve"}')
    assert answer.status == (201 if any_page else 403)
    assert any_page or "CORS_ORIGINS" in answer.json["detail"]
    public = server.ask("GET", "/api/v1/public/status", {"Origin": EVIL})
    assert public.cors == ({} if policy == "locked-down" else readable("*"))
    assert public.status == (200 if policy == "mixed" else 404)
    assert server.ask("GET", path, {"Host": "rebound.example"}).status == 400


def test_the_process_environment_goes_before_the_development_file(bake: Bake) -> None:
    with serve(bake(), CORS_ORIGINS=APP, CORS_MAX_AGE="60") as server:
        preflight = server.preflight("/api/v1/greetings", "PUT", {"Origin": APP})
        assert preflight.cors == granted(APP, max_age="60")
        local = server.ask("GET", "/api/v1/greetings", {"Origin": "http://localhost:5173"})
        assert local.cors == {}
