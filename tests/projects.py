"""Fixtures, as a plugin: generated projects, served or imported, each once and when needed."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from conftest import Bake, Project
from http_server import Server
from policies import DEPLOYMENTS, Package, Serve, start, use_the_example_row


@pytest.fixture(scope="session")
def server(bake: Bake) -> Iterator[Serve]:
    projects: dict[str, Project] = {}
    servers: dict[str, Server] = {}

    def project(name: str) -> Project:
        deployment = DEPLOYMENTS[name]
        key = f"{deployment.answers} {deployment.row}"
        if key not in projects:
            projects[key] = bake(**deployment.answers)
            if deployment.row:
                use_the_example_row(projects[key])
        return projects[key]

    def server(name: str) -> Server:
        if name not in servers:
            servers[name] = stack.enter_context(start(DEPLOYMENTS[name], project(name)))
        return servers[name]

    with ExitStack() as stack:
        yield server


@pytest.fixture(scope="session")
def package(bake: Bake) -> Package:
    imported: dict[str, Any] = {}

    def package(policy: str, *, credentials: bool = False) -> Any:
        name = f"{policy.replace('-', '_')}_{'with' if credentials else 'without'}_credentials"
        if name not in imported:
            answers = {"cors_policy": policy, "cors_supports_credentials": credentials}
            project = bake(**answers, package_name=name)
            sys.path.insert(0, str(project.src))
            try:
                imported[name] = importlib.import_module(name)
            finally:
                sys.path.remove(str(project.src))
        return imported[name]

    return package
