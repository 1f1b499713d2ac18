"""What this project has below `/api` is tested with its own table and its own routes."""

import pytest
from flask import Flask

import {{ cookiecutter.package_name }} as package

from ..calls import ENVIRON


@pytest.fixture
def app() -> Flask:
    """Build the application of this project."""
    return package.create_app(package.Settings.from_env(ENVIRON))
