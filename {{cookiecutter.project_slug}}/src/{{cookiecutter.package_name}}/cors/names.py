"""Names between commas, of methods, headers or hosts: each wrong one is told."""

from collections.abc import Callable, Iterable

from .origins import shown, without_passwords

QUOTES = ("'", '"')


class NamesError(ValueError):
    """A text is no list of names; `problems` says why, a line for each bad entry."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def read_names(text: str, mistake: Callable[[str], str | None]) -> tuple[str, ...]:
    """Split at commas; blanks around a name do not count.

    `mistake` says 'reason; fix' of a name that is wrong. Raises NamesError, or ValueError
    ('reason; fix') where the text as a whole is wrong.
    """
    text = without_passwords(text)  # before it is split, as a password may hold commas
    if not text.strip():
        raise ValueError("is empty; write names separated by commas")
    names = tuple(name.strip(" \t") for name in text.split(","))
    if any(name.startswith(QUOTES) or name.endswith(QUOTES) for name in names):
        raise ValueError("has quotes, which docker --env-file keeps; write it without quotes")
    problems: dict[str, None] = {}
    for name in names:
        if not name:
            problems[f"{shown(text)} has an empty entry; remove the extra comma"] = None
        elif message := mistake(name):
            problems[f"{shown(name)} {message}"] = None
    if problems:
        raise NamesError(problems)
    return names
