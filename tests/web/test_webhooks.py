"""The address where mail providers post: open behind any token, for each that is set up, and a status alone."""

import httpx2
import pytest

from tests.factories.web import running
from web.settings import ReadAccess


@pytest.mark.parametrize("access", [ReadAccess(), ReadAccess("token", "a token of sixteen")])
def test_each_provider_that_is_set_up_is_heard_whoever_may_read(store, access):
    got = []

    def receive(headers, body):
        got.append((headers["x-proof"], body))
        return 202 if body else 401

    with running(store, webhooks={"postmark": receive}, access=access) as service:
        post = f"{service.url}/webhooks/postmark"
        answer = httpx2.post(post, content=b'{"a": 1}', headers={"X-Proof": "of mine"})
        assert (answer.status_code, answer.content) == (202, b"")
        assert httpx2.post(post, content=b"", headers={"X-Proof": ""}).status_code == 401
        assert httpx2.post(f"{service.url}/webhooks/ses", content=b"{}").status_code == 404
        assert httpx2.post(post, content=b"x" * 600_000, headers={"X-Proof": "large"}).status_code == 413
        assert httpx2.post(post, content=b"x" * 200_000, headers={"X-Proof": "usual"}).status_code == 202
        assert httpx2.post(f"{service.url}/subscribe", content=b"x" * 200_000).status_code in (401, 413)
        assert httpx2.get(post).status_code in (401, 405)
    assert [proof for proof, _ in got] == ["of mine", "", "usual"]
