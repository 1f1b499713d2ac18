"""The resource map: the table of `policy.py`, resolved in this environment."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from ..environment import Environment
from .columns import Columns
from .origins import OriginError, shown
from .row import Row, Variable
from .rule import Rule, rule_of_row

PUBLIC_ORIGINS = "CORS_PUBLIC_ORIGINS"
SUPPORTS_CREDENTIALS = "CORS_SUPPORTS_CREDENTIALS"


@dataclass(frozen=True)
class ResourceMap:
    """Rules, the most specific first."""

    rules: tuple[Rule, ...]

    @classmethod
    def from_env(
        cls, env: Environment, *, supports_credentials: bool, table: Sequence[Row] | Row
    ) -> "ResourceMap":
        """Resolve a table; its problems, and those of the variables, stay with `env`.

        `supports_credentials` is what CORS_SUPPORTS_CREDENTIALS means where it is not set.
        """
        columns = Columns.from_env(env, supports_credentials=supports_credentials)
        table = (table,) if isinstance(table, Row) else table  # a comma is easily left out
        rules = [rule_of_row(row, env, columns) for row in table]
        for one, two in combinations(zip(table, rules, strict=True), 2):
            if one[0].path == two[0].path and _overlap(one[1].only, two[1].only):
                env.problems.append(f"cors/policy.py {one[0].path!r}: stands twice; remove one row")
        # Nested subtrees: of two that cover a path, the longer one is the more specific.
        rules.sort(key=lambda rule: (-len(rule.base), not rule.only))
        if PUBLIC_ORIGINS in env and PUBLIC_ORIGINS not in _variables(table):
            env.read(PUBLIC_ORIGINS, _refuse_public_origins, None)
        if (
            SUPPORTS_CREDENTIALS in env
            and columns.supports_credentials
            and not any(rule.supports_credentials for rule in rules)
        ):
            env.read(SUPPORTS_CREDENTIALS, _refuse_credentials, None)
        return cls(tuple(rules))

    @cached_property
    def by_path(self) -> tuple[Rule, ...]:
        """The rules that speak for every method of their paths."""
        return tuple(rule for rule in self.rules if not rule.only)

    def rule_for(self, path: str, method: str) -> Rule | None:
        """Return the most specific rule that speaks for a method of a path."""
        for rule in self.rules:
            if rule.covers(path, method):
                return rule
        return None

    def traps(self) -> Iterator[str]:
        """Say what is legal here, and yet rarely what was meant: a line each."""
        credentials = [rule for rule in self.rules if rule.supports_credentials]
        public = [rule for rule in self.rules if rule.origins.any]
        for rule in public if credentials else ():
            yield (
                f"'{rule.base}/*' is public, so browsers refuse a page's request there if it is "
                "sent with credentials: 'include'; leave that out, and keep it for the other paths"
            )
        for rule in credentials:
            for origin in rule.origins.entries:
                if origin.subdomains:
                    yield (
                        f"{rule.places[origin]}: '{origin}' with credentials trusts every host "
                        f"below {origin.host} with your users' cookies; list the origins that "
                        "need it"
                    )


def _refuse_public_origins(text: str) -> None:
    raise OriginError([f"{shown(text)} is read by no row of cors/policy.py; unset it"])


def _refuse_credentials(_: str) -> None:
    raise ValueError(
        "reaches no row of cors/policy.py, as each is open to every page or says "
        "supports_credentials=False; unset it, or list origins in a row that takes it"
    )


def _overlap(one: tuple[str, ...], two: tuple[str, ...]) -> bool:
    return bool(set(one) & set(two)) if one and two else one == two


def _variables(table: Sequence[Row]) -> set[str]:
    named: set[str] = set()
    for row in table:
        origins = [row.origins] if isinstance(row.origins, str | Variable) else row.origins
        named |= {item.name for item in origins if isinstance(item, Variable)}
    return named
