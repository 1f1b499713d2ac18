from io import BytesIO
from threading import Event, Thread
from typing import Any

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient
from werkzeug.exceptions import ClientDisconnected
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from {{ cookiecutter.package_name }}.body import LEFTOVER, PART
from {{ cookiecutter.package_name }}.settings import (
    MAX_CONTENT_LENGTH,
)

from .calls import ENVIRON, EVIL, SPECIMENS, client_of


def post(client: FlaskClient, body: str | bytes, content_type: str) -> TestResponse:
    return client.post(SPECIMENS, data=body, content_type=content_type)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_what_a_page_can_send_without_asking_is_refused(
    client: FlaskClient, content_type: str
) -> None:
    response = post(client, '{"name": "Ada"}', content_type)

    assert response.status_code == 415
    assert response.get_json()["detail"].endswith("Content-Type: application/json.")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_json_is_read(client: FlaskClient, content_type: str) -> None:
    assert post(client, '{"name": "Ada"}', content_type).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="nothing"),
        pytest.param("{", id="cut off"),
        pytest.param(b"\xff", id="not UTF-8"),
        pytest.param('{"name": NaN}', id="a number that JSON has not"),
        pytest.param("1" * 5000, id="a number of 5,000 digits"),
        pytest.param("[" * 100_000, id="nested too deeply"),
    ],
)
def test_what_is_no_json_is_refused(client: FlaskClient, body: str | bytes) -> None:
    response = post(client, body, "application/json")

    assert response.status_code == 400
    assert response.get_json()["detail"].startswith("The body is no JSON: ")


def test_a_body_may_be_as_large_as_the_limit_and_no_larger() -> None:
    client = client_of(ENVIRON | {"MAX_CONTENT_LENGTH": "15"})

    assert post(client, '{"name": "Ada"}', "application/json").status_code == 201
    assert post(client, '{"name": "Adam"}', "application/json").status_code == 413


@pytest.mark.parametrize(("more", "status"), [(0, "201"), (1, "413"), (10_000, "413")])
def test_a_body_in_chunks_has_the_same_limit(app: Flask, more: int, status: str) -> None:
    body = Sent(MAX_CONTENT_LENGTH - len(NAMED) + more, NAMED)
    chunks = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}

    assert send(app, body, **chunks)[0] == status


NAMED = b'{"name": "Ada"}'


class Sent(BytesIO):
    """A body as servers hand it over, which breaks off where it is `cut`."""

    def __init__(self, size: int, end: bytes = b"", *, cut: type[Exception] | None = None) -> None:
        super().__init__(b" " * size + end)
        self.cut = cut

    def read(self, size: int | None = -1, /) -> bytes:
        if self.cut and self.tell():
            raise self.cut
        return super().read(size)

    @property
    def left(self) -> int:
        return len(self.getvalue()) - self.tell()


def send(app: Flask, body: Sent, path: str = SPECIMENS, **environ: str) -> tuple[str, bytes]:
    """Send a body to a server that says where its input ends; return status and content."""
    sent: dict[str, Any] = {
        **EnvironBuilder(path, method="POST").get_environ(),
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body.getvalue())),
        "wsgi.input": body,
        "wsgi.input_terminated": True,
        **environ,
    }
    parts, status, _ = run_wsgi_app(app, sent)
    return status[:3], b"".join(parts)


TOO_LARGE = MAX_CONTENT_LENGTH + 1


@pytest.mark.parametrize(
    ("path", "environ", "status"),
    [
        pytest.param(SPECIMENS, {}, "413", id="too large"),
        pytest.param(
            SPECIMENS,
            {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"},
            "413",
            id="too large, in chunks",
        ),
        pytest.param("/api/none", {}, "404", id="sent nowhere"),
        pytest.param("/api//v1/specimens", {}, "308", id="sent elsewhere"),
        pytest.param(SPECIMENS, {"HTTP_ORIGIN": EVIL}, "403", id="of a page that is not trusted"),
        pytest.param(SPECIMENS, {"CONTENT_TYPE": "text/plain"}, "415", id="of another type"),
    ],
)
def test_a_refusal_reaches_whoever_is_still_sending(
    app: Flask, path: str, environ: dict[str, str], status: str
) -> None:
    body = Sent(TOO_LARGE)

    assert send(app, body, path, **environ)[0] == status
    assert body.left == 0


@pytest.mark.parametrize("cut", [OSError, ValueError, ClientDisconnected])
def test_whoever_has_gone_is_no_error(app: Flask, cut: type[Exception]) -> None:
    assert send(app, Sent(TOO_LARGE, cut=cut))[0] == "413"


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({"HTTP_EXPECT": "100-continue"}, id="it waits to be told"),
        pytest.param({"CONTENT_LENGTH": str(TOO_LARGE + LEFTOVER)}, id="there is no end of it"),
    ],
)
def test_what_is_not_worth_it_is_not_read(app: Flask, environ: dict[str, str]) -> None:
    body = Sent(TOO_LARGE)

    assert send(app, body, **environ)[0] == "413"
    assert body.tell() == 0


def test_a_body_without_an_end_is_read_up_to_a_limit(app: Flask) -> None:
    body = Sent(2 * (MAX_CONTENT_LENGTH + LEFTOVER))

    assert send(app, body, CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")[0] == "413"
    assert 0 <= body.tell() - (2 * MAX_CONTENT_LENGTH + LEFTOVER) <= PART


def test_a_view_that_answers_while_it_reads_has_the_body_to_itself(app: Flask) -> None:
    body = Sent(100)
    app.add_url_rule("/api/echo", view_func=lambda: Response(iter(body)), methods=["POST"])

    assert send(app, body, "/api/echo") == ("200", body.getvalue())


def test_who_sends_slowly_keeps_one_thread_and_not_all(app: Flask) -> None:
    arrived, over = Event(), Event()

    class Slow(Sent):
        def read(self, size: int | None = -1, /) -> bytes:
            arrived.set()
            assert over.wait(10)
            return super().read(size)

    slow = Thread(target=send, args=(app, Slow(TOO_LARGE)))
    slow.start()
    assert arrived.wait(10)
    other = Sent(TOO_LARGE)

    assert send(app, other)[0] == "413"  # at once, and unread
    assert other.tell() == 0
    over.set()
    slow.join()
