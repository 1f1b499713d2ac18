"""The rules for answers: every problem at once, before anything is written."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from . import defaults, template

# The last key of cookiecutter.json. Once it has an answer, cookiecutter has asked everything.
LAST_KEY = "__checked"
# The address at which compose.yaml serves its front end.
COMPOSE_FRONT_END = "http://localhost:8080"
# Settings of cookiecutter that change how files are written. It adds other private keys itself.
_OTHER_SETTINGS = ("_copy_without_render", "_new_lines")
# Parts of words and emoji that `str.isprintable()` refuses: the joiners of Persian, Indic scripts
# and emoji, and the tags that flags are made of.
_JOINERS = frozenset("\u200c\u200d") | {chr(tag) for tag in range(0xE0020, 0xE0080)}


class Fault(NamedTuple):
    """Why a value is refused, and what to write instead."""

    value: str | None
    reason: str
    fix: str


class Need(NamedTuple):
    """The other answers that an answer needs, and the message where it does not have them."""

    others: Mapping[str, tuple[object, ...]]
    reason: str
    fix: str


NEEDS: dict[tuple[str, object], Need] = {
    ("auth", "session"): Need(
        {
            "database": ("sqlalchemy",),
            "cors_supports_credentials": (True,),
            "cors_policy": ("locked-down", "mixed"),
        },
        "keeps users in a database and needs the cookies of listed front ends",
        "choose database sqlalchemy, cors_supports_credentials true and cors_policy locked-down "
        "or mixed, or another auth",
    ),
    ("cors_supports_credentials", True): Need(
        {"cors_policy": ("locked-down", "mixed")},
        "does not go with cors_policy 'permissive', as browsers send no cookies to '*'",
        "write false, or choose locked-down or mixed",
    ),
}


def faults(answers: Mapping[str, object]) -> dict[str, list[Fault]]:
    """Return the faults of each answer that has any, and of each setting beside them."""
    questions = template.questions()
    if LAST_KEY not in answers and not questions.keys() <= answers.keys():
        return {}  # cookiecutter is asking for what a replay file lacks
    found = {key: list(_faults(key, default, answers)) for key, default in questions.items()}
    found |= {key: [fault] for key, fault in _setting_faults(answers)}
    return {key: faults for key, faults in found.items() if faults}


def production_origins(answers: Mapping[str, object]) -> str:
    """Return the value of CORS_ORIGINS in production, as the grammar writes it."""
    if _is_permissive(answers):
        return "*"
    return str(template.load("_origins").parse_origins(answers["frontend_origins"]))


def compose_origins(answers: Mapping[str, object]) -> str:
    """Return the value of CORS_ORIGINS in compose.yaml: production's and the front end there."""
    origins = production_origins(answers)
    if origins == "none":
        return COMPOSE_FRONT_END
    known = {"*", "http://localhost:*", COMPOSE_FRONT_END}.intersection(origins.split(","))
    return origins if known else f"{origins},{COMPOSE_FRONT_END}"


def written(answer: object) -> str:
    """Return an answer as it is written on the command line."""
    if isinstance(answer, bool):
        return str(answer).lower()
    return answer if isinstance(answer, str) else repr(answer)


def _faults(key: str, default: object, answers: Mapping[str, object]) -> Iterator[Fault]:
    if key not in answers:
        yield Fault(None, "has no answer", "give it one")
    elif key == "frontend_origins":
        yield from _origin_faults(answers)
    elif fault := _own_fault(key, default, answers[key]):
        yield Fault(written(answers[key]), *fault)
    elif need := _unmet_need(key, answers):
        yield Fault(written(answers[key]), need.reason, need.fix)


def _own_fault(key: str, default: object, value: object) -> tuple[str, str] | None:
    """Return reason and fix for an answer that is wrong whatever the others are."""
    if isinstance(default, list):
        fault = ("is no choice", f"write one of {', '.join(default)}")
        return None if value in default else fault
    if isinstance(default, bool):
        fault = ("is neither true nor false", "write true or false")
        return None if isinstance(value, bool) else fault
    if not isinstance(value, str):
        return "is not text", "write it as text"
    return _TEXT_RULES[key](value)


def _unmet_need(key: str, answers: Mapping[str, object]) -> Need | None:
    need = NEEDS.get((key, answers[key]))
    if need and any(answers.get(other) not in allowed for other, allowed in need.others.items()):
        return need
    return None


def _origin_faults(answers: Mapping[str, object]) -> Iterator[Fault]:
    value = answers["frontend_origins"]
    if _is_permissive(answers):
        return
    if isinstance(value, str) and value.strip() == "*":
        reason = f"does not go with cors_policy '{written(answers.get('cors_policy'))}'"
        yield Fault(value, reason, "list the origins you trust, or choose permissive")
        return
    origins, refused = template.load("_origins"), template.load("_problems").Refused
    try:
        origins.parse_origins(value)
    except refused as error:
        yield from error.faults


def _setting_faults(answers: Mapping[str, object]) -> Iterator[tuple[str, Fault]]:
    """Compare what only a replay file or a user's configuration can change."""
    settings = template.settings()
    for key, right in settings.items():
        if answers.get(key) != right:
            reason = "is not what the template sets"
            yield key, Fault(written(answers.get(key)), reason, "leave it out")
    for key in _OTHER_SETTINGS:
        if key in answers and key not in settings:
            reason = "is no setting of this template"
            yield key, Fault(written(answers[key]), reason, "leave it out")


def _is_permissive(answers: Mapping[str, object]) -> bool:
    return answers.get("cors_policy") == "permissive"


Rule = Callable[[str], tuple[str, str] | None]


def _printable(most: int) -> Rule:
    """Make the rule for a line of text that people read."""

    def rule(value: str) -> tuple[str, str] | None:
        if not value.strip():
            return "is blank", f"write 1 to {most} printable characters"
        if len(value) > most:
            return f"has {len(value)} characters", f"write at most {most}"
        for character in value:
            if "\udc80" <= character <= "\udcff":  # PEP 383: a byte that Python cannot decode
                byte = f"0x{ord(character) - 0xDC00:X}"
                encoding = "as your terminal's encoding is not UTF-8"
                return f"has a byte that could not be read, {byte}, {encoding}", "set PYTHONUTF8=1"
            if not _is_printable(character):
                code = f"U+{ord(character):04X}"
                return f"has a character that cannot be printed, {code}", "leave it out"
        return None

    return rule


def _is_printable(character: str) -> bool:
    blank = unicodedata.category(character) == "Zs"
    return character.isprintable() or blank or character in _JOINERS


def _slug(value: str) -> tuple[str, str] | None:
    fix = f"write {defaults.slug(value)!r}"
    if len(value) > defaults.MAX_NAME:
        return f"has {len(value)} characters", f"write at most {defaults.MAX_NAME}"
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", value):
        return "is not made of lower-case letters, digits and inner hyphens", fix
    if owner := defaults.slug_is_taken(value):
        return f"is {owner}", fix
    return None


def _package(value: str) -> tuple[str, str] | None:
    fix = f"write {defaults.package(value)!r}"
    if len(value) > defaults.MAX_NAME:
        return f"has {len(value)} characters", f"write at most {defaults.MAX_NAME}"
    if owner := defaults.package_is_taken(value):
        return f"is {owner}", fix
    if not re.fullmatch(r"_?[a-z][a-z0-9_]*", value):
        return "is no import name of lower-case letters, digits and underscores", fix
    return None


_ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{1,254}}\Z)(?=[^@]{{1,64}}@){_ATOMS}@{_LABEL}(\.{_LABEL})+")


def _email(value: str) -> tuple[str, str] | None:
    if not _EMAIL.fullmatch(value):
        return "is not one e-mail address", "write it as 'you@example.com'"
    return None


_TEXT_RULES: dict[str, Rule] = {
    "project_name": _printable(80),
    "project_slug": _slug,
    "package_name": _package,
    "description": _printable(300),
    "author_name": _printable(100),
    "author_email": _email,
}
