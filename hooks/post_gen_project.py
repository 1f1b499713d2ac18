"""Remove the unchanged files of other answers, make .env, and print the next steps."""

import contextlib
import os
import secrets
import shlex
import shutil
import sys
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # this file is a template; type checkers read it unrendered
    cookiecutter: Any
    leftovers: Any
    tojson: Any

package: Any = {{cookiecutter.package_name | tojson}}
policy: Any = {{cookiecutter.cors_policy | tojson}}
deploy: Any = {{cookiecutter.deploy | tojson}}
auth: Any = {{cookiecutter.auth | tojson}}
# The files of other answers, each with the digests of what an earlier generation wrote.
stale: Any = {{cookiecutter | leftovers | tojson}}

CALLERS = {
    "locked-down": "only your front ends may call it",
    "mixed": "your front ends may call it, and any page may read /api/v1/public",
    "permissive": "any page may call it",
}
KEPT = ".env was there and is kept; .env.example shows what this policy needs."


def main() -> None:
    """Run in the project's folder, after cookiecutter has written everything."""
    notes = clear()
    for cache in Path("src/flask_cors_policy").rglob("__pycache__"):
        shutil.rmtree(cache)
    if not os.path.lexists(".env"):  # it is the user's: never overwritten, never removed
        shutil.copyfile(".env.example", ".env")
        if auth == "session":  # a key of its own for this machine
            with Path(".env").open("a", encoding="utf-8") as file:
                file.write(f"SECRET_KEY={secrets.token_hex(32)}\n")
    elif not is_example():
        notes.append(KEPT)
    if hasattr(sys.stdout, "reconfigure"):  # the path may hold what the console cannot show
        sys.stdout.reconfigure(errors="backslashreplace")
    with contextlib.suppress(OSError):  # the project is there, whoever stopped listening
        print(next_steps(notes), flush=True)
    if Path(__file__).parent == Path(tempfile.gettempdir()):  # cookiecutter leaves it there
        with contextlib.suppress(OSError):
            Path(__file__).unlink()


def is_example() -> bool:
    """Return whether .env is as this policy needs it."""
    with contextlib.suppress(OSError):  # a link to nothing
        return Path(".env").read_bytes() == Path(".env.example").read_bytes()
    return False


def clear() -> list[str]:
    """Remove the files of other answers that nobody has changed; return notes about them."""
    removed, kept = [], []
    for path in map(Path, stale):
        if is_unchanged(path):
            path.unlink()
            removed.append(path.as_posix())
        elif os.path.lexists(path):
            kept.append(path.as_posix())
        remove_empty_folders(path)
    notes = [("Removed, as", removed), ("Kept, although", kept)]
    return [
        f"{what} these answers do not ask for it: {', '.join(names)}"
        for what, names in notes
        if names
    ]


def is_unchanged(path: Path) -> bool:
    """Return whether a file is as the template wrote it, in the project and not behind a link."""
    if not is_inside(path) or path.is_symlink() or not path.is_file():
        return False
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = path.read_text(encoding="utf-8")
        return sha256(text.encode()).hexdigest() in stale[path.as_posix()]
    return False


def is_inside(path: Path) -> bool:
    """Return whether no link leads from the project to a file's folder."""
    folder = Path.cwd().resolve() / path.parent
    return folder.resolve() == folder


def remove_empty_folders(path: Path) -> None:
    """Remove the folders of a file that are empty, as cookiecutter makes them for any answers."""
    if is_inside(path):
        for parent in list(path.parents)[:-1]:
            if not parent.is_dir() or any(parent.iterdir()):
                return
            parent.rmdir()


def next_steps(notes: list[str]) -> str:
    """Return the way from here to an answered request, as commands of this system's shell."""
    windows = os.name == "nt"
    folder = f'"{Path.cwd()}"' if windows else shlex.quote(str(Path.cwd()))
    python = r".venv\Scripts\python" if windows else ".venv/bin/python"
    curl, base = ("curl.exe", "py") if windows else ("curl", "python3")
    origin = "https://any.example" if policy == "permissive" else "http://localhost:5173"
    note = "".join(f"\n{line}\n" for line in notes)
    environ = "deploy/kubernetes/*/settings.env" if deploy == "kubernetes" else ".env.production"
    return f"""
Your API is ready: {CALLERS[policy]}.
{note}
  cd {folder}
  make run        and in another terminal:
  {curl} -i -H "Origin: {origin}" "http://127.0.0.1:8000/api/v1/greetings?name=Ada"
  make test

Without make:

  {base} -m venv .venv
  {python} -m pip install -e ".[dev]"
  {python} -m flask run --debug
  {python} -m pytest

Who may call it: CORS_ORIGINS in .env, and the table in src/{package}/cors.py.
Before you deploy: the host names in {environ}. README.md has the rest.
"""


main()
