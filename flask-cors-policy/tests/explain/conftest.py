"""Fixtures of the tests of `flask cors explain`."""

import pytest


@pytest.fixture(autouse=True)
def usual_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for paths at Flask's own port, whatever the environment of the tests says."""
    monkeypatch.delenv("FLASK_RUN_PORT", raising=False)
