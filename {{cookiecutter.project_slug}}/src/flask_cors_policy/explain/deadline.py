"""Time limits: an explanation takes seconds, whatever an application or a server does."""

import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")

SECONDS = 3.5  # for all requests of one explanation


class Deadline:
    """The end of the time for one explanation."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._end = time.monotonic() + seconds

    def left(self, most: float, *, reserve: float = 0.0) -> float:
        """Return the seconds that a step may take: at most `most`, and `reserve` for later ones."""
        return max(0.05, min(most, self._end - time.monotonic() - reserve))


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what `work` returns, or raise what it raises.

    Raises TimeoutError after the time. The thread is left behind then, and ends with the process.
    """
    results: SimpleQueue[tuple[T, None] | tuple[None, BaseException]] = SimpleQueue()

    def run() -> None:
        try:
            results.put((work(), None))
        except BaseException as error:  # noqa: BLE001 - it is raised again by who waits
            results.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        result, error = results.get(timeout=seconds)
    except Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]
