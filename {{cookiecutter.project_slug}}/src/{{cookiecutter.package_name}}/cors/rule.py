"""A row of the table, or the options of a view, with every question answered."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from ..environment import Environment, Source, whole_number
from . import columns, paths
from .columns import COLUMNS, MAX_AGE_LIMIT, Columns
from .origins import Origin, OriginError, Origins, parse_origins, shown, without_passwords
from .row import Row, Variable
from .suffixes import is_shared


@dataclass(frozen=True, kw_only=True, eq=False)
class Rule(Columns):
    """Who may call what is below `base`, and how; no rule holds anything that is wrong."""

    base: str
    origins: Origins
    only: tuple[str, ...] = ()
    remedy: str  # where to add an origin that is to be trusted
    places: Mapping[Origin, str]  # where each that is trusted stands

    def covers(self, path: str, method: str) -> bool:
        """Whether this rule speaks for a method of a path."""
        return paths.covers(self.base, path) and (not self.only or method in self.only)

    def grants(self, origin: str, method: str) -> bool:
        """Whether a page of `origin` may read the answer to a request with `method`.

        GET, HEAD and POST need no permission to be sent (Fetch, "CORS-safelisted method"), so a
        row that does not list them keeps the answer from the page.
        """
        simple = method in ("GET", "HEAD", "POST")
        return self.origins.match(origin) and (not simple or method in self.methods)


def rule_of_row(row: Row, env: Environment, inherited: Columns) -> Rule:
    """Answer every question of a row; what is wrong with it stays with `env`."""
    where = f"cors/policy.py {row.path!r}"
    base = paths.AREA
    only: tuple[str, ...] = ()
    try:
        base = paths.base_of(str(row.path))
    except ValueError as error:
        env.problems.append(f"{where}: {error}")
    try:
        only = columns.methods(_text(row.only)) if row.only else ()
    except ValueError as error:
        env.problems += [f"{where} only: {line}" for line in _lines(row.only, error)]
    # A lone value is one, whatever it is: what it should not be, its reading says.
    several = isinstance(row.origins, tuple | list)
    named = list(row.origins) if isinstance(row.origins, tuple | list) else [row.origins]
    texts = [item for item in named if not isinstance(item, Variable)]
    parts = [
        (env.source(item.name), _read(item, env)) for item in named if isinstance(item, Variable)
    ]
    if texts:
        parts.append(
            (Source("code", where), _origins(texts if several else texts[0], where, env.problems))
        )
    origins = sum((part for _, part in parts), Origins())
    # Beside `*` no list counts.
    sources = [source for source, part in parts if part.any or not origins.any]
    # Browsers keep a grant for all methods it lists, so it lists none that another row speaks for.
    options = vars(row) | ({"methods": only} if only and row.methods is None else {})
    return Rule(
        base=base,
        origins=origins,
        only=only,
        remedy=where if texts or not parts else parts[0][0].name,
        places={it: source.name for source, part in reversed(parts) for it in part.entries},
        sources=_sources(options, inherited, origins, sources, where),
        **_columns(options, inherited, origins, where, env.problems, only),
    )


def rule_of_view(
    options: Mapping[str, Any], inherited: Rule, where: str, problems: list[str]
) -> Rule:
    """Answer every question of a view's options; what they leave open, its row has answered."""
    origins, remedy, places = inherited.origins, inherited.remedy, inherited.places
    sources = list(inherited.sources.get("origins", ()))
    if options.get("origins") is not None:
        origins, remedy = _origins(options["origins"], where, problems), where
        sources = [Source("code", where)]
        places = dict.fromkeys(origins.entries, where)
    return Rule(
        base=inherited.base,
        origins=origins,
        remedy=remedy,
        places=places,
        sources=_sources(options, inherited, origins, sources, where),
        **_columns(options, inherited, origins, where, problems),
    )


def _read(variable: Variable, env: Environment) -> Origins:
    def parse(text: str) -> Origins:
        return parse_origins(text, any_allowed=variable.default == "*", is_shared=is_shared)

    if variable.default is None and variable.name not in env:
        env.problems.append(
            f"{variable.name}: is not set; list the origins you trust, such as "
            "'https://app.example.com', or write 'none' for nobody"
        )
    try:
        default = parse(variable.default or "none")
    except OriginError as error:
        env.problems += [f"{variable.name}: its default {line}" for line in error.problems]
        default = Origins()
    return env.read(variable.name, parse, default)


def _origins(value: object, where: str, problems: list[str]) -> Origins:
    try:
        text = _text(value)
        return parse_origins(text, any_allowed=True, is_shared=is_shared)
    except ValueError as error:
        problems += [f"{where} origins: {line}" for line in _lines(value, error)]
    return Origins()


def _columns(
    options: Mapping[str, Any],
    inherited: Columns,
    origins: Origins,
    where: str,
    problems: list[str],
    only: tuple[str, ...] = (),
) -> dict[str, Any]:
    readers: dict[str, Callable[[str], Any]] = {
        "methods": partial(_methods, only),
        "allow_headers": columns.request_headers,
        "expose_headers": columns.response_headers,
        "max_age": whole_number(0, MAX_AGE_LIMIT, "seconds"),
    }
    answers = {name: getattr(inherited, name) for name in readers}
    for name, parse in readers.items():
        value = options.get(name)
        try:
            answers[name] = answers[name] if value is None else parse(_text(value))
        except ValueError as error:
            problems += [f"{where} {name}: {line}" for line in _lines(value, error)]
    credentials = options.get("supports_credentials")
    if not isinstance(credentials, bool | None):
        problems.append(
            f"{where} supports_credentials: {credentials!r} is no boolean; write True or False"
        )
    elif credentials and origins.any:
        problems.append(
            f"{where} supports_credentials: True cannot go with the origins '*'; list the origins"
        )
    elif credentials is None:
        credentials = inherited.supports_credentials and not origins.any
    return answers | {"supports_credentials": bool(credentials)}


def _methods(only: tuple[str, ...], text: str) -> tuple[str, ...]:
    names = columns.methods(text)
    for name in names:
        if only and name not in only:
            raise ValueError(f"has {name!r}, which is not in only; take it out, or add it there")
    return names


def _sources(
    options: Mapping[str, Any],
    inherited: Columns,
    origins: Origins,
    who: list[Source],
    where: str,
) -> dict[str, tuple[Source, ...]]:
    found = dict(inherited.sources)
    found |= {it: (Source("code", where),) for it in COLUMNS if options.get(it) is not None}
    if origins.any and options.get("supports_credentials") is None:
        found["supports_credentials"] = tuple(who)  # `*` alone already rules them out
    return found | {"origins": tuple(who)}


def _lines(value: object, error: ValueError) -> Sequence[str]:
    text = shown(value) if isinstance(value, str) else without_passwords(repr(value))[:120]
    lines: Sequence[str] = getattr(error, "problems", (f"{text} {error}",))
    return lines


def _text(value: object) -> str:
    """Write a value of the table as the environment would."""
    if isinstance(value, timedelta):
        value = int(value.total_seconds())
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, Sequence | set | frozenset) and all(isinstance(v, str) for v in value):
        return ",".join(value) or "none"
    raise ValueError("is not text; write it as in the environment, or as a sequence of strings")
