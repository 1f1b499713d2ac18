"""Rules about what views read."""

from collections.abc import Iterator

from .finding import Found, Level, rule
from .project import Project


@rule("CORS014", Level.ERROR, "a view reads JSON of any content type")
def forced_json(project: Project) -> Iterator[Found]:
    """Find get_json(force=True), which reads what a hostile form can send without a preflight."""
    for source in project.all_code:
        for arguments in source.calls("get_json"):
            if arguments.get("force", arguments.get("0", False)) is not False:
                yield Found(
                    source.where,
                    f"{source.function.__name__} calls get_json(force=True), which reads bodies "
                    "that any page can send without a preflight",
                    "write get_json()",
                )
