import pytest
from flask.testing import FlaskClient

from {{ cookiecutter.package_name }} import security_headers
from {{ cookiecutter.package_name }}.cors.row import Row

from .calls import EVIL, LISTED, SPECIMENS, TRUSTED, app_with, preflight


def test_an_answer_is_data_and_no_page(client: FlaskClient) -> None:
    headers = client.get(SPECIMENS).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("origin", [TRUSTED, EVIL, None])
@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/api/open", "cross-origin"),
        ("/api/closed", "same-site"),
        ("/api/listed", "same-site"),
        ("/healthz", "same-site"),
    ],
)
def test_other_sites_may_embed_what_is_public_and_nothing_else(
    path: str, policy: str, origin: str | None
) -> None:
    app = app_with(LISTED, Row("/api/open/*", origins="*"), Row("/api/closed/*", origins="none"))
    headers = {"Origin": origin} if origin else {}

    for _ in range(2):  # computed, then remembered
        response = app.test_client().get(path, headers=headers)
        assert response.headers.getlist(security_headers.RESOURCE_POLICY) == [policy]


def test_a_preflight_has_them_too(client: FlaskClient) -> None:
    assert preflight(client).headers["X-Content-Type-Options"] == "nosniff"
