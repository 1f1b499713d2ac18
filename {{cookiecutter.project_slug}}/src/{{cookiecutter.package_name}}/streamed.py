"""A response whose content is still being made when it is handed to the server."""

from collections.abc import Callable, Iterable
from typing import Self


class Streamed:
    """Passes the content on, and tells once how that ended: '', or the name of an exception."""

    def __init__(self, content: Iterable[bytes], tell: Callable[[str], None]) -> None:
        self._content = content
        self._parts = iter(content)
        self._tell = tell
        self._broken = ""
        self._told = False

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._parts)
        except StopIteration:
            raise
        except BaseException as error:
            self._broken = type(error).__name__
            raise

    def close(self) -> None:
        """Close the content, as every server does at the end (PEP 3333), whatever that was."""
        try:
            if close := getattr(self._content, "close", None):
                close()
        finally:
            if not self._told:
                self._told = True
                self._tell(self._broken)
