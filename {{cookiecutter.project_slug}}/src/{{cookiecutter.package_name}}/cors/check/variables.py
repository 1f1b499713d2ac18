"""A file of variables, as `docker --env-file` and kustomize read it.

Unlike a `.env`, in which python-dotenv strips quotes and comments, it holds a value as it stands.
"""

from ...environment import ConfigurationError


def read(text: str) -> dict[str, str]:
    """Return the variables of a file.

    Raises ConfigurationError with a line for every line that is none.
    """
    found: dict[str, str] = {}
    problems = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        name, separator, value = line.partition("=")
        if not separator or not name.isidentifier():
            problems.append(f"line {number}: {line!r} sets no variable; write NAME=value")
        elif name in found:
            problems.append(f"line {number}: {name!r} is set twice; remove one of the two")
        else:
            found[name] = value
    if problems:
        raise ConfigurationError(problems)
    return found
