"""Rules about a second policy beside the table."""

import ast
import re
from collections.abc import Iterator

from .. import headers
from .finding import Found, Level, rule
from .project import Project
from .source import Source, name_of

FLASK_CORS = "flask_cors."
ANSWER = re.compile(rf"{headers.ANSWER_PREFIX}(?!request-)[a-z-]+", re.IGNORECASE)
READERS = {"get", "getlist", "pop", "remove"}


@rule("CORS012", Level.ERROR, "a view or a blueprint sets CORS headers itself")
def own_headers(project: Project) -> Iterator[Found]:
    """Find a second policy, which is thrown away or, worse, sent besides the first."""
    for source in project.all_code:
        if name := _header_set(source):
            yield Found(
                source.where,
                f"{source.function.__name__} sets {name}, and the table is the whole policy",
                "take it out and write a row of cors/policy.py, or cross_origin(...) on the view",
            )


@rule("CORS013", Level.ERROR, "Flask-CORS is registered a second time")
def second_flask_cors(project: Project) -> Iterator[Found]:
    """Find CORS(app) and CORS(blueprint), whose defaults trust everybody."""
    for name, functions in project.app.after_request_funcs.items():
        # Our own is called by cors/answers.py, and is not among them.
        if any(f"{it.__module__}.".startswith(FLASK_CORS) for it in functions):
            yield Found(
                "flask_cors.CORS" + (f" on the blueprint '{name}'" if name else " on the app"),
                "is a second policy beside cors/policy.py, and by default trusts everybody",
                "take it out and write a row of cors/policy.py",
            )


def _header_set(source: Source) -> str:
    """Return the CORS header that the code sets, as far as its text shows it."""
    passed_over = set(_read(source.tree))
    for node in ast.walk(source.tree):
        name = None if node in passed_over else source.value(node)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.attr.replace("_", "-")  # as response.access_control_allow_origin
        if isinstance(name, str) and ANSWER.fullmatch(name):
            return name.title()
    return ""


def _read(tree: ast.AST) -> Iterator[ast.AST]:
    """Return the nodes that are looked at, and not set."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            yield from (node.left, *node.comparators)
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Store):
            yield node.slice
        elif isinstance(node, ast.Call) and name_of(node.func) in READERS:
            yield from node.args
