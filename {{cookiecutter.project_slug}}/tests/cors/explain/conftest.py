import pytest


@pytest.fixture(autouse=True)
def usual_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for paths at the port that every generated project has, whatever this machine says."""
    monkeypatch.delenv("FLASK_RUN_PORT", raising=False)
