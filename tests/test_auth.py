"""Projects with a login: what a page can do with it over HTTPS, and what guesses can do."""

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from api_server import Api, run_flask, running
from authority import Authority, authority, secure_pages
from browser import Fetched, chromium, fetch, submit_form
from conftest import Bake, Project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are stopped by signals")

EMAIL, PASSWORD = "ada@example.test", "correct horse battery"
CREDENTIALS = {"email": EMAIL, "password": PASSWORD}
HOSTS = ("app.example.test", "www.example.test", "evil.test", "api.example.test")


@dataclass(frozen=True)
class Web:
    """Pages of all HOSTS over HTTPS, and a browser that trusts their authority."""

    files: Authority
    port: int
    browser: Browser

    def environ(self) -> dict[str, str]:
        """Return the environment of an API that trusts the first host, over HTTPS as well."""
        return {
            "CORS_ORIGINS": f"https://app.example.test:{self.port}",
            "TRUSTED_HOSTS": "api.example.test,127.0.0.1",
            "GRANIAN_SSL_CERTIFICATE": str(self.files.chain),
            "GRANIAN_SSL_KEYFILE": str(self.files.key),
        }

    def open(self, page: Page, host: str) -> None:
        page.goto(f"https://{host}:{self.port}/")


@dataclass(frozen=True)
class Caller:
    """A page that calls an API, with its cookies."""

    web: Web
    api: Api
    page: Page

    def open(self, host: str) -> None:
        self.web.open(self.page, host)

    def url(self, path: str) -> str:
        return f"https://api.example.test:{self.api.port}/api/v1{path}"

    def call(self, method: str, path: str, body: object = None, **init: Any) -> Fetched:
        if body is not None:
            init["headers"] = {"Content-Type": "application/json"}
            init["body"] = json.dumps(body)
        return fetch(self.page, self.url(path), method=method, credentials="include", **init)


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    files = authority(tmp_path_factory.mktemp("authority"), *HOSTS)
    with secure_pages(files) as port, chromium(files.chromium) as browser:
        yield Web(files, port, browser)


@pytest.fixture(scope="module")
def session_project(bake: Bake) -> Project:
    return bake(database="sqlalchemy", auth="session", cors_supports_credentials=True)


@pytest.fixture(scope="module")
def oidc_project(bake: Bake) -> Project:
    return bake(auth="oidc")


def prepared(project: Project, folder: Path) -> dict[str, str]:
    """Return an environment in which there are tables and a user."""
    environ = {
        "CORS_ORIGINS": "none",
        "DATABASE_URL": f"sqlite:///{folder / 'database.sqlite'}",
        "SECRET_KEY": "k" * 32,
    }
    run_flask(project, "db", "upgrade", **environ)
    run_flask(project, "users", "create", EMAIL, "--password", PASSWORD, **environ)
    return environ


@pytest.fixture(scope="module")
def session_api(
    session_project: Project, web: Web, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("session")
    environ = prepared(session_project, folder) | web.environ()
    with running(session_project, folder / "log", environ, web.files.root) as api:
        yield api


@pytest.fixture
def caller(web: Web, session_api: Api) -> Iterator[Caller]:
    """Open a page in a browser without cookies."""
    context = web.browser.new_context()
    yield Caller(web, session_api, context.new_page())
    context.close()


def test_a_trusted_page_logs_in_and_out(caller: Caller) -> None:
    caller.open("app.example.test")
    assert caller.call("GET", "/auth/me").status == 401
    assert caller.call("POST", "/items", {"name": "x"}).status == 401
    assert caller.call("POST", "/auth/login", CREDENTIALS | {"password": "no"}).status == 401
    assert caller.call("POST", "/auth/login", CREDENTIALS).status == 200
    assert json.loads(caller.call("GET", "/auth/me").text) == {"email": EMAIL}
    created = caller.call("POST", "/items", {"name": "x"})
    assert (created.status, created.headers["etag"]) == (201, '"1"')
    (cookie,) = caller.page.context.cookies()
    assert cookie["name"] == "__Host-session"
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
    assert cookie["domain"] == "api.example.test"
    assert 11 * 3600 < cookie["expires"] - time.time() <= 12 * 3600
    assert caller.page.evaluate("document.cookie") == ""
    assert caller.call("POST", "/auth/logout").status == 204
    assert caller.call("GET", "/auth/me").status == 401


@pytest.mark.parametrize("host", ["www.example.test", "evil.test"])
def test_an_untrusted_page_fails_at_each_step(host: str, caller: Caller) -> None:
    """The user is logged in, in another tab; the first host is of the same site."""
    caller.open(host)
    assert caller.call("POST", "/auth/login", CREDENTIALS).status is None
    assert caller.page.context.cookies() == []
    caller.open("app.example.test")
    assert caller.call("POST", "/auth/login", CREDENTIALS).status == 200
    before = caller.call("GET", "/items").text
    caller.open(host)
    assert caller.call("GET", "/auth/me").status is None
    assert caller.call("POST", "/items", {"name": "theirs"}).status is None
    assert caller.call("DELETE", "/items/1", headers={"If-Match": "*"}).status is None
    assert caller.call("POST", "/auth/logout").status is None
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        for path in ("/items", "/auth/logout"):
            submit_form(caller.page, caller.url(f"{path}?{kind}"), kind)  # a frame for each URL
    caller.open("app.example.test")
    assert caller.call("GET", "/auth/me").status == 200
    assert caller.call("GET", "/items").text == before


def test_guesses_from_many_addresses_are_throttled(
    session_project: Project, tmp_path: Path
) -> None:
    environ = prepared(session_project, tmp_path) | {"PROXY_HOPS": "1"}
    with running(session_project, tmp_path / "log", environ) as api:
        asked = {"Origin": "https://app.example.com"}
        for _ in range(50):  # preflights are not counted
            api.preflight("/api/v1/auth/login", "POST", asked)
        statuses = Counter(
            api.send(
                "POST",
                "/api/v1/auth/login",
                {"email": EMAIL, "password": f"guess {number}"},
                {"X-Forwarded-For": f"192.0.2.{number}"},
            ).status
            for number in range(200)
        )
        assert api.ask("GET", "/readyz").status == 200
    assert set(statuses) == {401, 429}
    assert statuses[401] <= 20  # a minute or two may pass meanwhile


def provider_of(project: Project) -> ModuleType:
    """Import the identity provider of a project's tests."""
    spec = spec_from_file_location("provider", project.path / "tests" / "provider.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_page_sends_tokens(oidc_project: Project, web: Web, tmp_path: Path) -> None:
    module = provider_of(oidc_project)
    with module.running() as provider, module.running() as other:
        environ = web.environ() | {
            "OIDC_ISSUER": provider.issuer,
            "OIDC_AUDIENCE": module.AUDIENCE,
            "OIDC_JWKS_URL": provider.keys_url,
        }
        good, bad = provider.token(), (provider.token(exp=1), other.token(), "x")
        with running(oidc_project, tmp_path / "log", environ, web.files.root) as api:
            page = web.browser.new_page()
            url = f"https://api.example.test:{api.port}/api/v1/auth/me"

            def me(token: str) -> Fetched:
                return fetch(page, url, headers={"Authorization": f"Bearer {token}"})

            web.open(page, "app.example.test")
            assert json.loads(me(good).text)["subject"] == "ada"
            for token in bad:
                refused = me(token)
                assert (refused.status, json.loads(refused.text)["status"]) == (401, 401)
                assert refused.headers["www-authenticate"] == 'Bearer error="invalid_token"'
            web.open(page, "evil.test")
            for token in (good, *bad):
                assert me(token).status is None
            page.close()


SESSION = ["ratelimit", "users create", "scrypt", "throttle", "__host-"]
OIDC = ["oidc", "jwt", "jwks", "identity provider", "scope_required"]
LOGIN = {"database": "sqlalchemy", "cors_supports_credentials": True, "deploy": "kubernetes"}


@pytest.mark.parametrize(
    ("auth", "traces"), [("none", SESSION + OIDC), ("session", OIDC), ("oidc", SESSION)]
)
def test_nothing_of_another_login_is_there(auth: str, traces: list[str], bake: Bake) -> None:
    pattern = re.compile("|".join(traces).encode(), re.IGNORECASE)
    found = {
        name: pattern.findall(content)
        for name, content in bake(auth=auth, **LOGIN).files().items()
        if not name.startswith("src/flask_cors_policy/")
    }
    assert {name: there for name, there in found.items() if there} == {}
