"""Fixtures, as a plugin: the projects of deployments, served once each and when needed."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from conftest import Bake, Project
from http_server import Server, serve
from policies import (
    DEPLOYMENTS,
    Deployed,
    Deployment,
    Serve,
    environ_of_owner,
    with_a_row,
)


@pytest.fixture(scope="session")
def deployed(bake: Bake, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    def deployed(deployment: Deployment) -> Project:
        project = bake(**deployment.answers)
        if not deployment.edited:
            return project
        return with_a_row(project, tmp_path_factory.mktemp("edited"))

    return deployed


@pytest.fixture(scope="session")
def server(deployed: Deployed) -> Iterator[Serve]:
    servers: dict[str, Server | None] = {}

    def server(name: str) -> Server:
        if name not in servers:
            servers[name] = None
            deployment = DEPLOYMENTS[name]
            project = deployed(deployment)
            environ = environ_of_owner(deployment)
            servers[name] = stack.enter_context(serve(project, *deployment.options, **environ))
        started = servers[name]
        assert started, "It did not start when it was asked for first"
        return started

    with ExitStack() as stack:
        yield server
