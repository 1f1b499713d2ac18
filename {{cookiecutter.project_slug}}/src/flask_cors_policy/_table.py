"""The table: which origins may call which paths, resolved once into rows that cannot be wrong."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import combinations
from typing import Any

from ._environment import Environment, Source
from ._options import (
    CONSTRUCTOR,
    OPTIONS,
    Options,
    closest,
    mistaken_options,
    options_from_code,
    options_from_env,
    parse_code,
    parse_methods,
)
from ._origins import Origin, Origins, parse_origins
from ._paths import base_of
from ._problems import Problem, Refused
from ._suffixes import is_shared

#: What a row may hold: Flask-CORS's options, and one that limits the row to some methods.
ROW_OPTIONS = ("origins", "for_methods", *OPTIONS)
ORIGINS = "CORS_ORIGINS"

# Methods that pages send without a preflight (Fetch, "CORS-safelisted method").
SAFELISTED_METHODS = frozenset(("GET", "HEAD", "POST"))

_NO_PATTERN = "write each origin, or 'https://*.' and a domain of your own"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Variable:
    """Origins that an environment variable names.

    A variable without a default has to be set. `*` is allowed only where it is the default.
    """

    name: str
    default: str | None = None


RowOptions = Mapping[str, Any]
Part = tuple[Source, Origins]
Placed = tuple[object, RowOptions, str]  # path, row, and its place in the code
Resources = str | Sequence[str] | Mapping[str, RowOptions | Sequence[RowOptions]]


@dataclass(frozen=True, eq=False, kw_only=True)
class Row(Options):
    """Who may call the paths below `base`, and how: a row of the table, or a view's own policy."""

    subject: str  # the place in the code: "resources['/api/*']", with a number in a list of rows
    base: str  # "/api" for "/api/*", and "" for "/*"
    for_methods: tuple[str, ...] = ()  # the methods that the row is about; none: all
    origins: Origins
    remedy: str  # where to add an origin: a variable, or the place in the code
    places: Mapping[Origin, str]  # where each trusted origin stands
    own: bool = False  # whether a view says this itself
    problem: Problem | None = None  # why a view's own policy trusts no origin

    @cached_property
    def below(self) -> str:
        """What the paths below `base` start with."""
        return f"{self.base}/"

    @property
    def name(self) -> str:
        """What people call the row: its path, and the methods it is limited to."""
        if self.own:
            return self.subject
        limit = f" for {', '.join(self.for_methods)}" if self.for_methods else ""
        return f"{self.base}/*{limit}"

    def covers(self, path: str, method: str) -> bool:
        """Return whether the row is about a method of a path, as the router sees both."""
        return covers(self.base, path) and (not self.for_methods or method in self.for_methods)

    def trusts(self, origin: str) -> bool:
        """Return whether a page of `origin` is trusted."""
        return self.origins.match(origin)

    def readable(self, origin: str, method: str) -> bool:
        """Return whether a page of `origin` may read the response to `method`.

        Browsers send safelisted methods without asking, so a row that does not list one keeps the
        response from the page. Other methods fail at the preflight.
        """
        listed = method in self.methods or method not in SAFELISTED_METHODS
        return listed and self.trusts(origin)

    def writable(self, origin: str, method: str) -> bool:
        """Return whether the guard lets a page of `origin` use `method`."""
        return method in self.methods and self.trusts(origin)


@dataclass(frozen=True)
class Policy:
    """The resolved table."""

    rows: tuple[Row, ...]  # the most specific first
    unread: tuple[str, ...] = ()  # set CORS_ variables that nothing reads
    inherited: Options = field(default_factory=Options)  # for what rows leave out, save origins

    def row_for(self, path: str, method: str) -> Row | None:
        """Return the most specific row that is about a method of a path."""
        for row in self.rows:  # written out, as every request comes through here
            inside = path.startswith(row.below) or path == row.base
            if inside and (not row.for_methods or method in row.for_methods):
                return row
        return None

    def row_at(self, path: str) -> Row | None:
        """Return the most specific row of a path, although it may be about other methods."""
        return next((row for row in self.rows if covers(row.base, path)), None)


#: Stands in for a table that was refused, so that the mistakes of views are found all the same.
UNRESOLVED = Policy(
    (
        Row(
            subject="resources",
            base="",
            origins=Origins(),
            remedy=ORIGINS,
            places={},
            sources=dict.fromkeys(("origins", *OPTIONS), (Source("default", ORIGINS),)),
        ),
    )
)


def resolve(resources: Resources, defaults: RowOptions, environ: Mapping[str, str]) -> Policy:
    """Resolve a table in an environment.

    `defaults` are the constructor's own options. Raises ConfigurationError with every problem.
    """
    env = Environment(environ)
    given: RowOptions = {name: value for name, value in defaults.items() if value is not None}
    known = ("resources", "origins", *OPTIONS)
    env.problems += mistaken_options(given, known, "CORS")
    given = _with_origins_that_were_meant(given, known)
    values, problems = options_from_code(given, Options(), "CORS")
    env.problems += problems
    inherited = options_from_env(env, Options(**values))
    placed = list(_rows(resources, env))
    rows = [_row(one, env, inherited, given.get("origins")) for one in placed]
    if not rows and not env.problems:
        env.problems.append(Problem("resources", None, "has no row", "write one, such as '/api/*'"))
    env.problems += _conflicts(rows)
    env.problems += _credentials_without_a_row(rows, inherited, env, given)
    env.problems += env.misspelt()
    env.check()
    # Subtrees are nested, so of two that cover a path the longer one is the more specific.
    rows.sort(key=lambda row: (-len(row.base), not row.for_methods))
    return Policy(tuple(rows), tuple(env.unread()), inherited)


def covers(base: str, path: str) -> bool:
    """Return whether `path`, decoded once as the router sees it, is `base` or below it."""
    return path.startswith(base) and (len(path) == len(base) or path[len(base)] == "/")


def may_cover(base: str, route: str) -> bool:
    """Return whether `base` covers a route, as Flask writes it, for some of its variables."""
    fixed, variable, _ = route.partition("<")
    return covers(base, route) or bool(variable and base.startswith(fixed))


def row_of_view(given: RowOptions, inherited: Row, subject: str) -> tuple[Row, list[Problem]]:
    """Resolve a view's own options, of which `inherited`, the row of its path, supplies the rest.

    Return a row, which is never more open than what was given, and the problems.
    """
    problems = mistaken_options(given, ("origins", *OPTIONS), subject)
    values, found = options_from_code(given, inherited, subject)
    problems += found
    origins, remedy, places = inherited.origins, inherited.remedy, inherited.places
    sources = inherited.sources["origins"]
    if given.get("origins") is not None:
        origins, found = _origins_from_code(given["origins"], subject)
        problems += found
        remedy, places = subject, dict.fromkeys(origins.entries, subject)
        sources = (Source("code", subject),)
    values["supports_credentials"], found = _credentials(given, values, origins, subject)
    problems += found
    values["sources"] |= {"origins": sources}
    row = Row(
        subject=subject,
        base=inherited.base,
        origins=Origins() if problems else origins,
        remedy=remedy,
        places=places,
        own=True,
        **values,
    )
    return row, problems


def _rows(resources: Resources, env: Environment) -> Iterator[Placed]:
    """Return each row with its path and its place in the code."""
    if isinstance(resources, Mapping):
        for path, options in resources.items():
            several = isinstance(options, Sequence) and not isinstance(options, str)
            # No row at all is a mistake too: the path would fall to a row that is less specific.
            rows = options if several and options else [options]
            for number, one in enumerate(rows):
                subject = _subject(path) + (f"[{number}]" if len(rows) > 1 else "")
                if isinstance(one, Mapping):
                    yield path, one, subject
                    continue
                env.problems.append(Problem(subject, one, "is no row", "write {'origins': ...}"))
        return
    listed = isinstance(resources, Sequence) and not isinstance(resources, str | bytes)
    alone: Sequence[object] = resources if listed else [resources]
    for each in alone:
        yield each, {}, _subject(each)


def _subject(path: object) -> str:
    return f"resources[{path!r}]" if isinstance(path, str) else "resources"


def _row(placed: Placed, env: Environment, inherited: Options, origins: object) -> Row:
    """Resolve one row; `inherited` and `origins` supply what it leaves out."""
    path, given, subject = placed
    env.problems += mistaken_options(given, ROW_OPTIONS, subject)
    given = _with_origins_that_were_meant(given, ROW_OPTIONS)
    base = env.parse("resources", base_of, path, str(path))
    for_methods: tuple[str, ...] = ()
    if (limit := given.get("for_methods")) is not None:
        where, parse = f"{subject} for_methods", partial(parse_code, parse=parse_methods)
        for_methods = env.parse(where, parse, limit, ())
    if for_methods:
        # Browsers keep a grant for all methods that it lists, so it lists none of another row.
        given = {"methods": for_methods, **given}
    values, problems = options_from_code(given, inherited, subject)
    env.problems += problems
    for name in values["methods"]:
        if for_methods and name not in for_methods:
            fix = "take it out, or add it to for_methods"
            env.problems.append(Problem(f"{subject} methods", name, "is not in for_methods", fix))
    resolved, parts = _origins_of_row(given.get("origins"), origins, env, subject)
    values["supports_credentials"], problems = _credentials(given, values, resolved, subject)
    env.problems += problems
    # Beside `*` no list counts.
    counted = tuple(source for source, part in parts if part.any or not resolved.any)
    values["sources"] |= {"origins": counted}
    if resolved.any and given.get("supports_credentials") is None:
        values["sources"]["supports_credentials"] = counted
    return Row(
        subject=subject,
        base=base,
        for_methods=for_methods,
        origins=resolved,
        remedy=parts[0][0].name,
        places={one: source.name for source, part in reversed(parts) for one in part.entries},
        **values,
    )


def _with_origins_that_were_meant(given: RowOptions, known: Sequence[str]) -> RowOptions:
    """Return options with no origins where these are misspelt or None, which is a problem already.

    So CORS_ORIGINS, which was not meant, is not missed too.
    """
    meant = any(closest(name, known) == "origins" for name in given)
    return {**given, "origins": "none"} if meant and given.get("origins") is None else given


def _origins_of_row(
    given: object, default: object, env: Environment, subject: str
) -> tuple[Origins, list[Part]]:
    """Return the origins of a row, and each part of them with its source.

    `default` is what the constructor supplies where a row gives none.
    """
    if given is not None:
        parts = _parts(given, env, subject, subject)
    elif default is None:
        parts = [_part(Variable(ORIGINS), env, subject)]
    else:
        parts = _parts_of_constructor(default, env)
    return sum((part for _, part in parts), Origins()), parts


def _parts_of_constructor(origins: object, env: Environment) -> list[Part]:
    """Return the parts of the constructor's origins, before which CORS_ORIGINS comes.

    Where they name variables of their own, it does not.
    """
    if any(isinstance(one, Variable) for one in _several(origins)):
        return _parts(origins, env, "CORS", CONSTRUCTOR)
    default, problems = _origins_from_code(origins, "CORS")
    env.problems += problems
    resolved = env.read(ORIGINS, _parser(any_allowed=default.any), default)
    return [(env.source(ORIGINS, CONSTRUCTOR), resolved)]


def _parts(given: object, env: Environment, subject: str, place: str) -> list[Part]:
    """Return the parts of origins in code, which are texts and variables."""
    # A lone value is one part, whatever it is: its parsing reports what it should not be.
    texts = [one for one in _several(given) if not isinstance(one, Variable)]
    parts = [_part(one, env, subject) for one in _several(given) if isinstance(one, Variable)]
    if texts or not parts:
        value = texts if isinstance(given, tuple | list) else given
        origins, problems = _origins_from_code(value, subject)
        env.problems += problems
        parts.append((Source("code", place), origins))
    return parts


def _several(value: Any) -> Sequence[Any]:
    return value if isinstance(value, tuple | list) else [value]


def _parser(*, any_allowed: bool) -> Callable[[str], Origins]:
    return partial(parse_origins, any_allowed=any_allowed, is_shared=is_shared)


def _part(variable: Variable, env: Environment, subject: str) -> Part:
    """Return the source and the origins of a variable."""
    name: object = variable.name
    if isinstance(name, str) and _VARIABLE.fullmatch(name):
        return env.source(name), _read(variable, env)
    reason = "is no name of an environment variable"
    fix = "write its name, such as Variable('CORS_ORIGINS')"
    env.problems.append(Problem(f"{subject} origins", name, reason, fix))
    return Source("code", subject), Origins()


def _read(variable: Variable, env: Environment) -> Origins:
    if variable.default is None and variable.name not in env:
        fix = "list the origins you trust, such as 'https://app.example.com', or write 'none'"
        env.problems.append(Problem(variable.name, None, "is not set", fix))
    parse = _parser(any_allowed=variable.default == "*")
    text = "none" if variable.default is None else variable.default
    default = env.parse(f"{variable.name} (its default)", parse, text, Origins())
    return env.read(variable.name, parse, default)


def _origins_from_code(value: object, subject: str) -> tuple[Origins, list[Problem]]:
    where, reason = f"{subject} origins", "is a variable, which only rows take"
    if variables := [one for one in _several(value) if isinstance(one, Variable)]:
        fix = "write the origins, or a row"
        return Origins(), [Problem(where, one.name, reason, fix) for one in variables]
    try:
        return parse_code(value, _parser(any_allowed=True), _NO_PATTERN), []
    except Refused as error:
        return Origins(), [Problem(where, *fault) for fault in error.faults]


def _credentials(
    given: RowOptions, values: Mapping[str, Any], origins: Origins, subject: str
) -> tuple[bool, list[Problem]]:
    """Return whether a row takes credentials: never those of any page, even if they are inherited.

    Where a row asks for them itself, that is a problem.
    """
    supported: bool = values["supports_credentials"]
    if not (supported and origins.any):
        return supported, []
    if not given.get("supports_credentials"):
        return False, []
    reason = "cannot go with the origins '*', as any page could then act as your users"
    where, fix = f"{subject} supports_credentials", "list the origins, or write False"
    return False, [Problem(where, "True", reason, fix)]


def _conflicts(rows: Sequence[Row]) -> Iterator[Problem]:
    """Find rows of one path that are about the same method."""
    for one, two in combinations(rows, 2):
        overlap = set(one.for_methods) & set(two.for_methods)
        if one.base == two.base and (overlap or one.for_methods == two.for_methods):
            yield Problem(one.subject, None, "stands twice", "make one row of the two")


def _credentials_without_a_row(
    rows: Sequence[Row], inherited: Options, env: Environment, given: RowOptions
) -> Iterator[Problem]:
    """Find credentials that are asked for where no row can take them."""
    name = "CORS_SUPPORTS_CREDENTIALS"
    subject, value, undo = "CORS supports_credentials", "True", "leave it out"
    if name in env:
        subject, value, undo = name, env[name], "unset it"
    asked = inherited.supports_credentials and (name in env or given.get("supports_credentials"))
    if asked and not env.problems and not any(row.supports_credentials for row in rows):
        yield Problem(
            subject,
            value,
            "reaches no row, as each is open to every page or has supports_credentials=False",
            f"{undo}, or list origins in a row that takes credentials",
        )
