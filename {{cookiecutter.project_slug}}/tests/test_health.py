import pytest

from .conftest import TRUSTED, app_in, cors_headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.parametrize("host", ["10.0.0.7:8000", ""])
def test_probes_answer_whatever_the_host(path: str, host: str) -> None:
    client = app_in(TRUSTED_HOSTS="api.example.com").test_client()
    response = client.get(path, headers={"Host": host})

    assert (response.status_code, response.get_json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("api.example.com", 404),
        ("API.example.com:8000", 404),
        ("a.b.example.org", 404),
        ("evil.example", 400),
        ("api.example.com.evil.example", 400),
    ],
)
def test_everything_else_answers_to_the_trusted_hosts_only(host: str, status: int) -> None:
    client = app_in(TRUSTED_HOSTS="Api.Example.com, .example.org").test_client()
    response = client.get("/api/none", headers={"Host": host, "Origin": TRUSTED})

    assert response.status_code == status
    assert cors_headers(response)["Allow-Origin"] == TRUSTED
