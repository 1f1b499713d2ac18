"""What a page asks for, what the browser sends for it, and how that ends."""

from collections.abc import Callable
from dataclasses import dataclass, field

from .address import Address
from .judge import Failure
from .safelist import unsafe_names

PREFLIGHT, ACTUAL, REDIRECT, BEFORE = (
    "preflight",
    "actual request",
    "redirect",
    "before anything is sent",
)

Fields = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Call:
    """What a page asks for; `page` is where it is, unless its origin is opaque."""

    method: str
    address: Address
    origin: str
    page: Address | None
    headers: Fields = ()
    body: bytes | None = None
    credentials: bool = False
    left_out: tuple[str, ...] = ()  # headers that the browser does not send for a page

    @property
    def same_origin(self) -> bool:
        """Whether CORS has no part in it."""
        return self.page is not None and self.page.origin == self.address.origin

    @property
    def unsafe_names(self) -> list[str]:
        """The headers for which the browser asks first."""
        return unsafe_names(self.headers)


@dataclass(frozen=True)
class Received:
    """An answer; without a status there is none, and `error` says why."""

    status: int | None
    headers: Fields = ()
    error: str = ""
    rehearsed: bool = False  # the request has not been carried out
    elsewhere: bool = False  # it went to another server, which cannot be asked from here

    @property
    def pretended(self) -> bool:
        """Whether the status is not what the view would have answered."""
        return self.rehearsed and self.status is not None and self.status < 400


@dataclass(frozen=True)
class Exchange:
    """One request that the browser sends, and what came back."""

    step: str
    method: str
    address: Address
    headers: Fields
    body: bytes | None = None
    received: Received = Received(None)


Send = Callable[[Exchange], Received]


@dataclass
class Outcome:
    """How it ended; `call` is what was asked last, after all redirects."""

    call: Call
    step: str = BEFORE
    failure: Failure | None = None
    exchanges: list[Exchange] = field(default_factory=list)
