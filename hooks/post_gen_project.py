"""Keep the files that the answers ask for, then say what to do next."""

import contextlib
import filecmp
import os
import shlex
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # this file is a template; type checkers read it unrendered
    cookiecutter: Any
    tojson: Any

package: Any = {{cookiecutter.package_name | tojson}}
policy: Any = {{cookiecutter.cors_policy | tojson}}
deploy: Any = {{cookiecutter.deploy | tojson}}
ci: Any = {{cookiecutter.ci | tojson}}

SRC = f"src/{package}"

# Which files exist when. One by one: a folder may hold what somebody else put there.
ONLY_IF = {
    (
        f"{SRC}/api/v1/public.py",
        "tests/api/v1/test_public.py",
    ): policy == "mixed",
    (
        ".dockerignore",
        "Dockerfile",
        "compose.yaml",
        "deploy/README.md",
        "deploy/compose/front-end/index.html",
        "deploy/compose/nginx.conf",
        "deploy/healthcheck.py",
    ): deploy != "none",
    (
        "deploy/kubernetes/README.md",
        "deploy/kubernetes/base/autoscaler.yaml",
        "deploy/kubernetes/base/deployment.yaml",
        "deploy/kubernetes/base/disruption-budget.yaml",
        "deploy/kubernetes/base/ingress.yaml",
        "deploy/kubernetes/base/kustomization.yaml",
        "deploy/kubernetes/base/network-policy.yaml",
        "deploy/kubernetes/base/service-account.yaml",
        "deploy/kubernetes/base/service.yaml",
        "deploy/kubernetes/production/kustomization.yaml",
        "deploy/kubernetes/production/settings.env",
        "deploy/kubernetes/staging/kustomization.yaml",
        "deploy/kubernetes/staging/settings.env",
    ): deploy == "kubernetes",
    (".env.production",): deploy != "kubernetes",
    (".github/dependabot.yml", ".github/workflows/ci.yml"): ci == "github",
    (".gitlab-ci.yml", ".gitlab/renovate.json"): ci == "gitlab",
}

CALLERS = {
    "locked-down": "only your front ends may call it",
    "mixed": "your front ends may call it, and any page may read /api/v1/public",
    "permissive": "any page may call it",
}


def main() -> None:
    """Run once, in the project's folder, after cookiecutter has written everything."""
    for name in (name for names, wanted in ONLY_IF.items() if not wanted for name in names):
        if is_inside(Path(name)):
            Path(name).unlink(missing_ok=True)
            remove_empty(Path(name).parent)
    if not os.path.lexists(".env"):  # it is the user's: never overwritten, never removed
        shutil.copyfile(".env.example", ".env")
    if hasattr(sys.stdout, "reconfigure"):  # the path may hold what the console cannot show
        sys.stdout.reconfigure(errors="backslashreplace")
    with contextlib.suppress(OSError):  # the project is there, whoever stopped listening
        print(next_steps(windows=os.name == "nt"), flush=True)
    if Path(__file__).parent == Path(tempfile.gettempdir()):  # cookiecutter leaves it there
        with contextlib.suppress(OSError):
            Path(__file__).unlink()


def is_inside(name: Path) -> bool:
    """Say whether a file is in the project: not where a link to another folder leads."""
    folder = Path.cwd().resolve() / name.parent
    return folder.resolve() == folder


def remove_empty(folder: Path) -> None:
    """Remove a folder, and what is around it, as far as nothing is in there."""
    if folder.name and not any(folder.iterdir()):
        folder.rmdir()
        remove_empty(folder.parent)


def env_is_the_example() -> bool:
    """Say whether `.env` is what this policy needs, or something that was there before."""
    try:
        return filecmp.cmp(".env", ".env.example", shallow=False)
    except OSError:  # a link to nothing
        return False


def next_steps(*, windows: bool) -> str:
    """Return the way from here to an answered request, as commands of this system's shell."""
    python, curl = (
        (r".venv\Scripts\python", "curl.exe") if windows else (".venv/bin/python", "curl")
    )
    base = "py" if windows else "python3"
    folder = f'"{Path.cwd()}"' if windows else shlex.quote(str(Path.cwd()))
    compose = "\n  docker compose up --build" if deploy != "none" else ""
    origin = "https://any.example" if policy == "permissive" else "http://localhost:5173"
    kept = (
        ""
        if env_is_the_example()
        else "\n.env was there and is kept; .env.example shows what this policy needs."
    )
    environ = "deploy/kubernetes/*/settings.env" if deploy == "kubernetes" else ".env.production"
    names = "host names" if policy == "permissive" else "front ends and host names"
    return f"""
Your API is ready ({policy}: {CALLERS[policy]}).{kept}

  cd {folder}
  make run        then, from another terminal:
  {curl} -i -H "Origin: {origin}" "http://127.0.0.1:8000/api/v1/greetings?name=Ada"
  make test{compose}

Without make:

  {base} -m venv .venv
  {python} -m pip install -e ".[dev]"
  {python} -m flask run
  {python} -m pytest

Who may call it: CORS_ORIGINS, in .env on this machine and in the environment in production.
What they may call: {SRC}/cors/policy.py
Before you deploy: your {names} in {environ}; make check-production says what is missing.
The rest: README.md
"""


main()
