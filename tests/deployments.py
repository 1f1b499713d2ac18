"""Ways to deploy a project and to check it, and the files that each choice adds."""

from itertools import product
from typing import Any

from combinations import CHOSEN, Answers
from cookiecutter_flask_cors.template import questions

DEPLOY: Any = questions()["deploy"]
CI: Any = questions()["ci"]
EVERY = {f"{deploy} {ci}": {"deploy": deploy, "ci": ci} for deploy, ci in product(DEPLOY, CI)}
ODD = {
    f"{name}, {ci}": CHOSEN[name] | {"deploy": "kubernetes", "ci": ci}
    for name in ("the oddest names", "the longest names", "permissive", "mixed", "no front end yet")
    for ci in ("github", "gitlab")
}
EXTENDED = EVERY | ODD

CONTAINER = {
    ".dockerignore",
    "Dockerfile",
    "compose.yaml",
    "deploy/README.md",
    "deploy/compose/front-end/index.html",
    "deploy/compose/nginx.conf",
}
KUBERNETES = {
    f"deploy/kubernetes/{name}"
    for name in (
        "README.md",
        *("production/kustomization.yaml", "production/settings.env"),
        *("staging/kustomization.yaml", "staging/settings.env"),
        *("base/autoscaler.yaml", "base/deployment.yaml", "base/disruption-budget.yaml"),
        *("base/ingress.yaml", "base/kustomization.yaml", "base/network-policy.yaml"),
        *("base/service-account.yaml", "base/service.yaml"),
    )
}
PACKAGE = "src/my_api"
DATABASE = {
    f"{PACKAGE}/api/v1/items.py",
    f"{PACKAGE}/database.py",
    f"{PACKAGE}/migrations/0001_tables.py",
    f"{PACKAGE}/migrations/script.py.mako",
    "docs/database.md",
    "tests/api/v1/test_items.py",
    "tests/database.py",
    "tests/test_database.py",
}
LOGIN = {f"{PACKAGE}/auth.py", "docs/auth.md", "tests/api/v1/test_auth.py"}
CLUSTER_DATABASE = {"deploy/kubernetes/base/database.yaml"}
FILES = {
    ("database", "none"): set(),
    ("database", "sqlalchemy"): DATABASE,
    ("auth", "none"): set(),
    ("auth", "session"): LOGIN | {f"{PACKAGE}/users.py"},
    ("auth", "oidc"): LOGIN | {"tests/provider.py"},
    ("deploy", "docker"): CONTAINER | {".env.production"},
    ("deploy", "kubernetes"): CONTAINER | KUBERNETES,
    ("deploy", "none"): {".env.production"},
    ("ci", "github"): {".github/dependabot.yml", ".github/workflows/ci.yml"},
    ("ci", "gitlab"): {".gitlab-ci.yml", ".gitlab/renovate.json"},
    ("ci", "none"): set(),
}

# Without the deployments that differ only in how a project is checked.
ONCE = {name: answers for name, answers in EXTENDED.items() if answers["ci"] == "github"}
CONTAINERS = {name: answers for name, answers in ONCE.items() if answers["deploy"] != "none"}
OPTIONAL = frozenset(CLUSTER_DATABASE).union(*FILES.values())


def chosen(answers: Answers) -> set[str]:
    """Return the files that these answers ask for."""
    given = {"database": "none", "auth": "none", "deploy": "docker", "ci": "github"} | answers
    files = set().union(*(FILES[key, given[key]] for key in ("database", "auth", "deploy", "ci")))
    in_cluster = (given["database"], given["deploy"]) == ("sqlalchemy", "kubernetes")
    return files | CLUSTER_DATABASE if in_cluster else files
