"""Rules about the table: which rows speak, and for what."""

from collections.abc import Iterator

from .. import paths
from ..rule import Rule
from .finding import Found, Level, rule
from .project import Project, methods


@rule("CORS008", Level.WARNING, "a row grants nothing, as another one takes all its methods")
def shadowed(project: Project) -> Iterator[Found]:
    """Find rows that no granted request reaches."""
    for row in project.resources.rules:
        listed = set(row.methods)
        for other in project.resources.rules:
            if other.base == row.base and not row.only and listed <= set(other.only):
                yield Found(
                    _name(row),
                    f"grants nothing, as the row with only={other.only!r} speaks for all that it "
                    "lists",
                    "take methods out of that row, or this row out of the table",
                )


@rule("CORS009", Level.WARNING, "a row covers no route")
def without_routes(project: Project) -> Iterator[Found]:
    """Find rows that are never asked, most often for a slip in their path."""
    for row in project.resources.rules:
        below = [it for it in project.routes if paths.may_cover(row.base, it.rule)]
        if not below:
            yield Found(
                _name(row),
                "covers no route of this application",
                "correct its path, which 'flask routes' shows, or take the row out of the table",
            )
        elif row.only and not any(methods(it) & set(row.only) for it in below):
            yield Found(
                _name(row),
                f"speaks for {_and(row.only)}, which no route below it takes",
                "correct only, or take the row out of the table",
            )


def _name(row: Rule) -> str:
    return f"cors/policy.py '{row.base}/*'" + (f" for {_and(row.only)}" if row.only else "")


def _and(names: tuple[str, ...] | list[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
