"""Rules about time: how long browsers remember a preflight."""

from collections.abc import Iterator

from .finding import Found, Level, rule
from .project import Project

LONGEST = 7200  # seconds; Chromium's limit, above which Firefox alone listens


@rule("CORS007", Level.WARNING, "a max-age is longer than browsers remember a preflight")
def max_age(project: Project) -> Iterator[Found]:
    """Find times that do not do what they say."""
    found = {it.sources["max_age"][0].name: it.max_age for it in project.rules}
    for place, seconds in found.items():
        if seconds > LONGEST:
            yield Found(
                place,
                f"'{seconds}' is heard by Firefox alone; Chromium remembers a preflight for 7200 "
                "seconds and Safari for 600",
                "write at most '7200', so that a mended policy is soon known everywhere",
            )
