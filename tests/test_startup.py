"""A wrong configuration stops every server, in one line for each problem; a good one starts."""

import os
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from combinations import POLICIES
from conftest import Bake, Project, run
from http_server import Refusal, Server, serve, start_and_fail
from policies import APP, EVIL, granted, readable

posix = pytest.mark.skipif(os.name == "nt", reason="it does not run on Windows")
make = pytest.mark.skipif(os.name == "nt" or not shutil.which("make"), reason="make is needed")

PYTHON = (sys.executable, "-m")
COMMANDS = {
    "flask run": (*PYTHON, "flask", "run"),
    "flask run --debug": (*PYTHON, "flask", "run", "--debug"),
    "gunicorn": (*PYTHON, "gunicorn", "--bind", "127.0.0.1:0", "wsgi:app"),
    "make serve": ("make", "--silent", "serve", f"BIN={Path(sys.executable).parent}"),
}
MARKS = {"gunicorn": posix, "make serve": make}
every_command = pytest.mark.parametrize(
    "command",
    [pytest.param(COMMANDS[name], id=name, marks=MARKS.get(name, ())) for name in COMMANDS],
)

KEY = "k" * 31
# The environment, and all lines that are printed about it.
REFUSED: dict[str, tuple[Mapping[str, str], list[str]]] = {
    "trailing slash": (
        {"CORS_ORIGINS": "https://app.example.com/"},
        ["CORS_ORIGINS: 'https://app.example.com/' has a path; write 'https://app.example.com'"],
    ),
    "everything at once, a password, and what no terminal shows": (
        {
            "CORS_ORIGINS": "https://jane:s3cr3t@app.example.com,https://\x1b[31mb\u00fccher.example\u2028",
            "CORS_SUPPORTS_CREDENTIALS": "maybe",
            "CORS_MAX_AGE": "1e3",
            "CORS_METHODS": "get",
            "CORS_ALLOW_HEADERS": "*",
            "CORS_EXPOSE_HEADERS": "Set-Cookie",
            "CORS_ORIGIN": "https://app.example.com",
            "MAX_CONTENT_LENGTH": "1MB",
            "TRUSTED_HOSTS": "https://api.example.com",
            "PROXY_HOPS": "-1",
            "LOG_LEVEL": "LOUD",
            "LOG_FORMAT": "xml",
            "SECRET_KEY": KEY,
        },
        [
            "CORS_ALLOW_HEADERS: '*' ",
            "CORS_EXPOSE_HEADERS: 'Set-Cookie' ",
            "CORS_MAX_AGE: '1e3' ",
            "CORS_METHODS: 'get' ",
            "CORS_ORIGIN: ",
            "CORS_ORIGINS: 'https://***@app.example.com' ",
            "CORS_ORIGINS: 'https://\\x1b[31mb\u00fccher.example\\u2028' ",
            "CORS_SUPPORTS_CREDENTIALS: 'maybe' ",
            "LOG_FORMAT: 'xml' ",
            "LOG_LEVEL: 'LOUD' ",
            "MAX_CONTENT_LENGTH: '1MB' ",
            "PROXY_HOPS: '-1' ",
            "SECRET_KEY: ",
            "TRUSTED_HOSTS: 'https://api.example.com' ",
        ],
    ),
}


@pytest.fixture(scope="module")
def project(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Return a project that make takes for installed."""
    project = bake().copy(tmp_path_factory.mktemp("startup"))
    (project.path / ".venv").mkdir()
    (project.path / ".venv" / "installed").touch()
    return project


@pytest.fixture
def copy(bake: Bake, tmp_path: Path) -> Project:
    return bake().copy(tmp_path)


def problems(refusal: Refusal) -> list[str]:
    """Return what the project prints, without the lines of servers and of make."""
    names = ("CORS_", "LOG_", "MAX_CONTENT", "PROXY_", "SECRET_", "TRUSTED_", "cross_origin ")
    return sorted(line for line in refusal.output.splitlines() if line.startswith(names))


@every_command
@pytest.mark.parametrize(("environ", "expected"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(
    environ: Mapping[str, str], expected: list[str], command: Sequence[str], project: Project
) -> None:
    refusal = start_and_fail(project, command, **environ)
    lines = problems(refusal)
    assert [line[: len(start)] for line, start in zip(lines, expected, strict=True)] == expected
    assert [line for line in lines if "; " not in line] == []
    assert refusal.status != 0
    for text in ("Traceback", "s3cr3t", KEY):
        assert text not in refusal.output
    if "flask" in command:
        assert sorted(refusal.output.splitlines()) == lines
        assert refusal.status == 4


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(COMMANDS["gunicorn"], id="gunicorn", marks=posix),
        pytest.param(COMMANDS["make serve"], id="make serve", marks=make),
    ],
)
def test_servers_do_not_read_the_development_file(command: Sequence[str], project: Project) -> None:
    assert (project.path / ".env").exists()
    refusal = start_and_fail(project, command)
    (line,) = problems(refusal)
    assert line.startswith("CORS_ORIGINS: is not set; list the origins you trust, ")
    assert refusal.status != 0


@make
def test_make_runs_the_sources_of_this_folder(project: Project, tmp_path: Path) -> None:
    """Whatever the environment has installed: the project may be a copy, or have been moved."""
    (tmp_path / "my_api").mkdir()
    (tmp_path / "my_api" / "__init__.py").write_text("raise SystemExit('another copy')")
    refusal = start_and_fail(project, COMMANDS["make serve"], PYTHONPATH=str(tmp_path))
    assert "CORS_ORIGINS: is not set" in refusal.output


@posix
def test_the_development_file_gets_a_key_as_its_example_says(bake: Bake, tmp_path: Path) -> None:
    login = {"auth": "session", "database": "sqlalchemy", "cors_supports_credentials": True}
    copy = bake(**login).copy(tmp_path)
    shutil.copyfile(copy.path / ".env.example", copy.path / ".env")
    (command,) = re.findall(r"^# python (-c .*)$", copy.read(".env.example"), re.MULTILINE)
    done = run("sh", "-c", f"{sys.executable} {command}", cwd=copy.path)
    assert (done.returncode, done.stdout) == (0, "")
    assert re.search(r"^SECRET_KEY=[0-9a-f]{64}\n\Z", copy.read(".env"), re.MULTILINE)


@pytest.mark.parametrize(
    "line", ["CORS_ORIGINS=null", "PROXY_HOPS=true", "MAX_CONTENT_LENGTH=1MB", "LOG_LEVEL=info"]
)
def test_the_readmes_commands_refuse_a_wrong_file(line: str, copy: Project) -> None:
    copy.write(".env.production", f"{copy.read('.env.production')}{line}\n")
    readme = copy.read("README.md")
    statuses = []
    for command in ("cors check --env-file FILE", "--env-file FILE routes"):
        assert f"`flask {command}`" in readme
        options = command.replace("FILE", ".env.production").split()
        refusal = start_and_fail(copy, (*PYTHON, "flask", *options))
        statuses.append(refusal.status)
    assert statuses[1] == 4, refusal.output
    assert statuses[0] == 1


@make
def test_make_serve_says_which_environment_it_reads(project: Project) -> None:
    refusal = start_and_fail(project, COMMANDS["make serve"])
    lines = [line for line in refusal.output.splitlines() if not line.startswith("make:")]
    assert len(lines) == 2
    assert ".env" in lines[1]


def test_the_development_file_is_refused_alike(copy: Project) -> None:
    copy.write(".env", "CORS_ORIGINS=null\n")
    refusal = start_and_fail(copy, COMMANDS["flask run"])
    assert refusal.output == (
        "CORS_ORIGINS: 'null' is sent by any local file or sandboxed frame; "
        "serve the page over http(s), or let the form of another site come back with GET\n"
    )
    assert refusal.status == 4


def edit(project: Project, name: str, old: str, new: str) -> None:
    text = project.read(name)
    assert text.count(old) == 1
    project.write(name, text.replace(old, new))


ADDED = "\n@bp.get('/added')\n@{}\ndef added() -> str:\n    return 'x'\n"
# The import and the decorator of a view that is added, and how the line about it starts.
VIEWS = {
    "Flask-CORS's own decorator": (
        "from flask_cors import cross_origin",
        "cross_origin()",
        "is Flask-CORS's own, which neither the preflight nor the guard knows; write 'from ",
    ),
    "a misspelt option": (
        "from flask_cors_policy import cross_origin",
        "cross_origin(origin='*')",
        "'origin' is no option; write 'origins'",
    ),
}


@pytest.mark.parametrize(("imported", "decorator", "line"), VIEWS.values(), ids=VIEWS.keys())
def test_views_are_refused_at_the_start(
    imported: str, decorator: str, line: str, copy: Project
) -> None:
    module = "src/my_api/api/v1/greetings.py"
    copy.write(module, f"{copy.read(module)}\n\n{imported}\n{ADDED.format(decorator)}")
    refusal = start_and_fail(copy, COMMANDS["flask run"])
    assert refusal.output.startswith(f"cross_origin on 'v1.greetings.added': {line}")
    assert (refusal.output.count("\n"), refusal.status) == (1, 4)


# Rows of a table, and how the line about each starts.
TABLES = [
    {
        '"/api/reports": {"origins": "*"},': (
            "resources: '/api/reports' is no subtree; write '/api/reports/*'"
        ),
        '"/api/a/*": {"origins": "*", "supports_credentials": True},': "resources['/api/a/*'] ",
        '"/api/b/*": {"origins": ["https://a.example", "b.example"]},': (
            "resources['/api/b/*'] origins: 'b.example' has no scheme; write 'https://b.example'"
        ),
        '"/api/c/*": {"origins": "none", "methods": ["get"]},': (
            "resources['/api/c/*'] methods: 'get'"
        ),
        '"/api/d/*": {"origins": "none", "send_wildcard": True},': "resources['/api/d/*']",
    },
    {'"/api/*/reports/*": {"origins": "*"},': "resources: '/api/*/reports/*' has a pattern in it"},
]


@pytest.mark.parametrize("table", TABLES, ids=["rows", "pattern"])
def test_rows_are_refused_at_the_start(table: Mapping[str, str], copy: Project) -> None:
    """All at once, and a line for each."""
    rows = "".join(f"        {row}\n" for row in table)
    edit(copy, "src/my_api/cors.py", "    resources={\n", f"    resources={{\n{rows}")
    refusal = start_and_fail(copy, COMMANDS["flask run"])
    lines, starts = sorted(refusal.output.splitlines()), sorted(table.values())
    assert len(lines) == len(starts), refusal.output
    for line, start in zip(lines, starts, strict=True):
        assert line.startswith(start)
    assert refusal.status == 4


@pytest.mark.parametrize("policy", POLICIES)
def test_as_generated(policy: str, bake: Bake) -> None:
    """The project's own command and files are enough to answer."""
    with serve(bake(cors_policy=policy, frontend_origins=APP)) as server:
        assert_as_generated(policy, server)


def assert_as_generated(policy: str, server: Server) -> None:
    page = "http://localhost:5173"
    path = "/api/v1/greetings?name=Ada"
    any_page = policy == "permissive"
    response = server.ask("GET", path, {"Origin": page})
    assert (response.status, response.json["name"]) == (200, "Ada")
    assert response.cors == readable("*" if any_page else page)
    preflight = server.preflight(path, "POST", {"Origin": "http://127.0.0.1:3000"})
    origin = "*" if any_page else "http://127.0.0.1:3000"
    assert preflight.cors == granted(origin, max_age="0")
    evil = {"Origin": EVIL, "Content-Type": "application/json"}
    assert server.ask("GET", path, evil).cors == (readable("*") if any_page else {})
    response = server.ask("POST", "/api/v1/greetings", evil, b'{"name": "Eve"}')
    assert response.status == (201 if any_page else 403)
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


def test_no_value_enters_the_configuration_of_flask_cors(bake: Bake) -> None:
    """There the text "false" would be true."""
    code = "import wsgi; print([key for key in wsgi.app.config if key.startswith('CORS')])"
    path = f"{bake().src}{os.pathsep}."
    environ = {"CORS_ORIGINS": APP, "CORS_SUPPORTS_CREDENTIALS": "false", "PYTHONPATH": path}
    assert bake().python("-c", code, **environ).stdout == "[]\n"
