"""The rules for answers: every problem at once, before anything is written."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping

from . import defaults, refusal, template

# The last key of cookiecutter.json: where an answer has it, cookiecutter has asked everything.
LAST_KEY = "__checked"
# Where compose.yaml serves its front end.
COMPOSE_FRONT_END = "http://localhost:8080"
# What else changes how cookiecutter writes files. Every other private key is its own business.
_OTHER_SETTINGS = ("_copy_without_render", "_new_lines")
# What does not count as printable for `str.isprintable()` and is part of words and emoji all the
# same: the joiners of Persian, Indic scripts and emoji, and the tags that make up flags.
_JOINERS = frozenset("\u200c\u200d") | {chr(tag) for tag in range(0xE0020, 0xE0080)}


def checked(answers: Mapping[str, object]) -> str:
    """Return nothing, or raise Refused with all problems: cookiecutter prints it."""
    questions = template.questions()
    if LAST_KEY not in answers and not questions.keys() <= answers.keys():
        return ""  # cookiecutter is asking for what a replay file lacks
    problems = [
        f"{key}: {problem}" for key in questions for problem in _problems(key, answers, questions)
    ]
    problems += _setting_problems(answers)
    if problems:
        refusal.refuse(problems)
    return ""


def production_origins(answers: Mapping[str, object]) -> str:
    """Return what CORS_ORIGINS is in production, as the grammar writes it."""
    if _is_permissive(answers):
        return "*"
    return str(template.load_origins().parse_origins(answers["frontend_origins"]))


def compose_origins(answers: Mapping[str, object]) -> str:
    """Return what CORS_ORIGINS is in compose.yaml: as in production, and the front end there."""
    origins = production_origins(answers)
    if origins == "none":
        return COMPOSE_FRONT_END
    known = {"*", "http://localhost:*", COMPOSE_FRONT_END}.intersection(origins.split(","))
    return origins if known else f"{origins},{COMPOSE_FRONT_END}"


def _problems(
    key: str, answers: Mapping[str, object], questions: Mapping[str, object]
) -> Iterator[str]:
    default = questions[key]
    if key not in answers:
        yield "has no answer; give it one"
        return
    value = answers[key]
    if isinstance(default, list):
        if value not in default:
            yield f"{_shown(value)} is no choice; write one of {', '.join(default)}"
    elif isinstance(default, bool):
        if not isinstance(value, bool):
            yield f"{_shown(value)} is neither true nor false; write true or false"
        elif key == "cors_supports_credentials" and value and _is_permissive(answers):
            yield (
                "'true' does not go with cors_policy 'permissive', as browsers send no cookies to "
                "'*'; write false, or choose locked-down or mixed"
            )
    elif key == "frontend_origins":
        if isinstance(value, str) and value.strip() == "*" and not _is_permissive(answers):
            policy = _shown(answers.get("cors_policy"))
            yield (
                f"{_shown(value)} does not go with cors_policy {policy}; "
                "list the origins you trust, or choose permissive"
            )
        elif not _is_permissive(answers):
            yield from _origin_problems(value)
    elif not isinstance(value, str):
        yield f"{_shown(value)} is not text; write it as text"
    elif problem := _TEXT_RULES[key](value):
        yield f"{_shown(value)} {problem}"


def _setting_problems(answers: Mapping[str, object]) -> Iterator[str]:
    """Hold to cookiecutter.json what only a replay file or a configuration can change."""
    settings = template.settings()
    for key, right in settings.items():
        if answers.get(key) != right:
            yield f"{key}: {_shown(answers.get(key))} is not what the template sets; leave it out"
    for key in _OTHER_SETTINGS:
        if key in answers and key not in settings:
            yield f"{key}: {_shown(answers[key])} is no setting of this template; leave it out"


def _is_permissive(answers: Mapping[str, object]) -> bool:
    return answers.get("cors_policy") == "permissive"


def _origin_problems(value: object) -> tuple[str, ...]:
    origins = template.load_origins()
    try:
        origins.parse_origins(value)
    except origins.OriginError as error:
        problems: tuple[str, ...] = error.problems
        return problems
    return ()


def _printable(most: int) -> Callable[[str], str | None]:
    """Make the rule for a line of text that people read."""

    def rule(value: str) -> str | None:
        if not value.strip():
            return f"is blank; write 1 to {most} printable characters"
        if len(value) > most:
            return f"has {len(value)} characters; write at most {most}"
        for character in value:
            if "\udc80" <= character <= "\udcff":  # PEP 383: how Python keeps what it cannot decode
                return (
                    f"has a byte that could not be read, 0x{ord(character) - 0xDC00:X}, as your "
                    "terminal's encoding is not UTF-8; set PYTHONUTF8=1"
                )
            if not _is_printable(character):
                return (
                    f"has a character that cannot be printed, U+{ord(character):04X}; leave it out"
                )
        return None

    return rule


def _is_printable(character: str) -> bool:
    blank = unicodedata.category(character) == "Zs"
    return character.isprintable() or blank or character in _JOINERS


def _slug(value: str) -> str | None:
    fix = f"write {defaults.slug(value)!r}"
    if len(value) > defaults.MAX_NAME:
        return f"has {len(value)} characters; write at most {defaults.MAX_NAME}"
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", value):
        return f"is not made of lower-case letters, digits and inner hyphens; {fix}"
    if owner := defaults.slug_is_taken(value):
        return f"is {owner}; {fix}"
    return None


def _package(value: str) -> str | None:
    fix = f"write {defaults.package(value)!r}"
    if len(value) > defaults.MAX_NAME:
        return f"has {len(value)} characters; write at most {defaults.MAX_NAME}"
    if owner := defaults.package_is_taken(value):
        return f"is {owner}; {fix}"
    if not re.fullmatch(r"_?[a-z][a-z0-9_]*", value):
        return f"is no import name of lower-case letters, digits and underscores; {fix}"
    return None


_ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL = re.compile(rf"(?=.{{1,254}}\Z)(?=[^@]{{1,64}}@){_ATOMS}@{_LABEL}(\.{_LABEL})+")


def _email(value: str) -> str | None:
    if not _EMAIL.fullmatch(value):
        return "is not one e-mail address; write it as 'you@example.com'"
    return None


_TEXT_RULES: dict[str, Callable[[str], str | None]] = {
    "project_name": _printable(80),
    "project_slug": _slug,
    "package_name": _package,
    "description": _printable(300),
    "author_name": _printable(100),
    "author_email": _email,
}


def _shown(value: object) -> str:
    """Show a value in single quotes, escaped and at a length that can be read."""
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= 60 else f"{text[:57]}..."
    return "'" + repr(f'"{text}')[2:]  # a double quote inside makes repr() keep to single ones
