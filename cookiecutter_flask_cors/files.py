"""Which files a project has: those that exist once for each choice, and those of some choices."""

import re
from collections.abc import Mapping

_VARIANTS = {
    "license": re.compile(r"((?:.*[/\\])?LICENSE)-(.+)"),
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
    """Return the path that a file of the template, or a folder, has in a project.

    LICENSE-MIT becomes LICENSE, and the project's names are filled in. A file that these answers
    do not ask for gets an empty path, for which cookiecutter writes no file.
    """
    for key, pattern in _VARIANTS.items():
        if match := pattern.fullmatch(path):
            name, choice, *suffix = match.groups()
            if choice != given[key]:
                return ""
            path = "".join([name, *suffix])
    for key in ("project_slug", "package_name"):
        path = path.replace(f"{{{{cookiecutter.{key}}}}}", str(given[key]))
    return "" if path.replace("\\", "/") in unwanted(given) else path


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
