"""Which files a project has: those that exist once for each choice, and those of some choices."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from . import template

# The last part of a path: the name in a project, the choice, and what follows it.
_VARIANTS = {
    "license": re.compile(r"((?:.*[/\\])?LICENSE)-([^/\\]+)"),
    "auth": re.compile(r"((?:.*[/\\])?(?:test_)?auth)_(session|oidc)(\.py|\.md)"),
    "database": re.compile(r"((?:.*[/\\])?database)_(sqlalchemy)(\.yaml)"),
}

# One by one, as a folder may hold the user's own.
_OPTIONAL = {
    "mixed": ("src/{package}/api/v1/public.py", "tests/api/v1/test_public.py"),
    "sqlalchemy": (
        "src/{package}/api/v1/items.py",
        "src/{package}/database.py",
        "src/{package}/migrations/0001_tables.py",
        "src/{package}/migrations/script.py.mako",
        "docs/database.md",
        "tests/api/v1/test_items.py",
        "tests/database.py",
        "tests/test_database.py",
    ),
    "login": ("src/{package}/auth.py", "docs/auth.md", "tests/api/v1/test_auth.py"),
    "session": ("src/{package}/users.py",),
    "oidc": ("tests/provider.py",),
    "cluster database": ("deploy/kubernetes/base/database.yaml",),
    "container": (
        ".dockerignore",
        "Dockerfile",
        "compose.yaml",
        "deploy/README.md",
        "deploy/compose/front-end/index.html",
        "deploy/compose/nginx.conf",
    ),
    "kubernetes": (
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
    ),
    "production.env": (".env.production",),
    "github": (".github/dependabot.yml", ".github/workflows/ci.yml"),
    "gitlab": (".gitlab-ci.yml", ".gitlab/renovate.json"),
}


def path_in_project(given: Mapping[str, object], path: str) -> str:
    """Return the path in a project for one that cookiecutter renders.

    cookiecutter 2.7 renders the name of the template's folder; each file by its path below that
    folder; each folder as `/out/my-api/./src/{{cookiecutter.package_name}}`; and a folder that it
    only copies as `/out/my-api/src/flask_cors_policy`. An absolute path is the user's up to the
    dot, or as a whole where there is none. That part is returned as it is.

    A file that these answers do not ask for gets an empty path, for which cookiecutter writes no
    file. A folder never gets one.
    """
    if path == template.PROJECT.name:
        return str(given["project_slug"])
    if Path(path).is_absolute():
        user_part, dot, own_part = path.rpartition(f"{os.sep}.{os.sep}")
        return f"{user_part}{dot}{_named(given, own_part)}" if dot else path
    name, is_chosen = variant(given, path)
    is_wanted = is_chosen and name.replace("\\", "/") not in unwanted(given)
    return name if is_wanted else ""


def variant(given: Mapping[str, object], path: str) -> tuple[str, bool]:
    """Return a file's path in a project, and whether it is the variant that was chosen.

    LICENSE-MIT becomes LICENSE, and the name of the package is filled in.
    """
    for key, pattern in _VARIANTS.items():
        if match := pattern.fullmatch(path):
            name, choice, *suffix = match.groups()
            return _named(given, "".join([name, *suffix])), choice == given[key]
    return _named(given, path), True


def _named(given: Mapping[str, object], path: str) -> str:
    return path.replace("{{cookiecutter.package_name}}", str(given["package_name"]))


def unwanted(given: Mapping[str, object]) -> list[str]:
    """Return the files that only other answers ask for, by their paths in the project."""
    policy, database, auth, deploy, ci = (
        given[key] for key in ("cors_policy", "database", "auth", "deploy", "ci")
    )
    wanted = {policy, database, auth, deploy, ci}
    wanted |= {"login"} if auth != "none" else set()
    wanted |= {"cluster database"} if (database, deploy) == ("sqlalchemy", "kubernetes") else set()
    wanted |= {"container"} if deploy != "none" else set()
    wanted |= {"production.env"} if deploy != "kubernetes" else set()
    package = given["package_name"]
    return [
        path.format(package=package)
        for choice, paths in _OPTIONAL.items()
        for path in paths
        if choice not in wanted
    ]
