"""The settings: read from the environment once, into values that cannot be wrong."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from flask_cors_policy import ConfigurationError, Policy, Problem

from .cors import cors

HOST = re.compile(r"\.?[a-z0-9-]+(?:\.[a-z0-9-]+)*")
NAME_IT = "write the name that callers use, such as 'api.example.com'"
HOST_FAULTS = {  # entries that Werkzeug cannot compare with a Host header
    r"": ("is an empty entry", "remove the extra comma"),
    r".*_.*": ("has an underscore, which Werkzeug accepts in no host", NAME_IT),
    r"[0-9a-f.:]+/[0-9]+": ("is a range of addresses, and Werkzeug compares names", NAME_IT),
    r"\[.*|.*:.*:.*": ("is an IPv6 address, which Werkzeug cuts at its first colon", NAME_IT),
}


@dataclass(frozen=True)
class Settings:
    """What differs between deployments. README.md describes the variables."""

    cors: Policy
    max_content_length: int = 1024 * 1024  # bytes
    trusted_hosts: tuple[str, ...] = ()  # empty: any
    proxy_hops: int = 0
    log_level: str = "INFO"
    log_format: str | None = None  # None: json, and text in debug mode
    secret_key: str | None = field(default=None, repr=False)

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> Self:
        """Read every variable. Raises ConfigurationError with all problems at once."""
        readers: dict[str, Callable[[], Any]] = {"cors": partial(cors.resolve, environ)}
        for name in PARSERS:
            if name in environ:
                readers[name.lower()] = partial(parse, name, environ[name])
        values: dict[str, Any] = {}
        problems: list[Problem] = []
        for attribute, read in readers.items():
            try:
                values[attribute] = read()
            except ConfigurationError as error:
                problems += error.problems
        if problems:
            raise ConfigurationError(problems)
        return cls(**values)


def parse(name: str, text: str) -> Any:
    """Parse the value of a variable that is set."""
    if not text.strip():
        raise ConfigurationError([Problem(name, text, "is empty", "unset it, or write a value")])
    return PARSERS[name](name, text)


def whole_number(name: str, text: str, *, low: int, high: int, unit: str) -> int:
    """Parse ASCII digits, both bounds included."""
    if not re.fullmatch("[0-9]{1,18}", text) or not low <= int(text) <= high:
        reason = f"is not an allowed number of {unit}"
        raise ConfigurationError([Problem(name, text, reason, f"write {low} to {high}")])
    return int(text)


def one_of(name: str, text: str, *, words: tuple[str, ...]) -> str:
    """Parse one of some words, in any case."""
    for word in words:
        if word.lower() == text.lower():
            return word
    fix = f"write one of {', '.join(words)}"
    raise ConfigurationError([Problem(name, text, "is not known", fix)])


def host_names(name: str, text: str) -> tuple[str, ...]:
    """Parse host names; `.example.com` stands for that name and everything below it."""
    hosts = tuple(host.strip().lower() for host in text.split(","))
    faults = [(host, *host_fault(host)) for host in hosts if not HOST.fullmatch(host)]
    if faults:
        raise ConfigurationError([Problem(name, *fault) for fault in faults])
    return hosts


def host_fault(host: str) -> tuple[str, str]:
    """Return why an entry is refused, and what to write."""
    for form, fault in HOST_FAULTS.items():
        if re.fullmatch(form, host):
            return fault
    bare = re.sub(r"^[a-z]+://|^\*(?=\.)|[:/].*", "", host)
    return "is not a host name", f"write {bare!r}" if HOST.fullmatch(bare) else NAME_IT


def secret(name: str, text: str) -> str:
    """Accept a key that is too long to guess, and never show it."""
    if len(text.encode(errors="surrogatepass")) < 32:
        fix = "write what python -c 'import secrets; print(secrets.token_hex(32))' prints"
        raise ConfigurationError([Problem(name, None, "is shorter than 32 bytes", fix)])
    return text


PARSERS: dict[str, Callable[[str, str], Any]] = {
    "MAX_CONTENT_LENGTH": partial(whole_number, low=1, high=2**40, unit="bytes"),
    "TRUSTED_HOSTS": host_names,
    "PROXY_HOPS": partial(whole_number, low=0, high=10, unit="proxies"),
    "LOG_LEVEL": partial(one_of, words=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")),
    "LOG_FORMAT": partial(one_of, words=("json", "text")),
    "SECRET_KEY": secret,
}
