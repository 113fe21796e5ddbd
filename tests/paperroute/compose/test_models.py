"""The models of a process: there before anything is paid for, and told how hard to think."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from digest.errors import ModelError
from digest.llm.budget import CallLabels
from paperroute.compose.models import ModelRegistry
from paperroute.config.load import Config
from paperroute.config.models import ModelsSection
from store import Store
from tests.doubles.llm_server import LlmServer
from tests.factories.store import paper


@contextmanager
def registry(tmp_path: Path, server: LlmServer, vendor: str = "openai", **options: Any) -> Iterator[ModelRegistry]:
    url = server.openai_url if vendor == "openai" else server.anthropic_url
    environment = {f"{vendor.upper()}_API_KEY": "x", f"{vendor.upper()}_BASE_URL": url}
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(tmp_path / "p.db"))
        yield ModelRegistry(Config(models=ModelsSection(**options)), store, environment, stack, "test")


def test_a_model_that_is_not_there_is_one_line_before_anything_is_paid_for(tmp_path: Path) -> None:
    with LlmServer(models={"gpt-5.4-mini", "text-embedding-3-large"}) as server, registry(tmp_path, server) as models:
        with pytest.raises(ModelError) as caught:
            models.roles(CallLabels("survey")).summary.summarise(paper(), "en")
        assert (caught.value.kind, caught.value.misconfigured) == ("not_found", True)
        assert caught.value.message == "openai:gpt-6.2-sol: its provider has no such model; nothing was paid for."
        assert "models.synthesis" in caught.value.hint
        assert server.log == []


def test_each_model_is_asked_for_once_a_process(tmp_path: Path) -> None:
    with LlmServer() as server, registry(tmp_path, server) as models:
        for _ in range(3):
            models.roles(CallLabels("survey")).summary.summarise(paper(), "en")
        assert sorted(asked["path"].rpartition("/")[2] for asked in server.lookups) == [
            *("gpt-5.4-mini", "gpt-6.2-sol", "text-embedding-3-large")
        ]
        assert len(server.log) == 3


@pytest.mark.parametrize("fault", ["500", "404", "reset"])
def test_a_server_that_does_not_tell_is_asked_all_the_same(tmp_path: Path, fault: str) -> None:
    with LlmServer() as server, registry(tmp_path, server) as models:
        server.fail(*[fault] * 20, match="/models")
        assert models.roles(CallLabels("survey")).summary.summarise(paper(), "en").value.text


def test_a_refused_key_is_told_before_anything_is_paid_for(tmp_path: Path) -> None:
    with LlmServer() as server, registry(tmp_path, server) as models:
        server.fail("401", match="/models")
        with pytest.raises(ModelError, match="refused the key"):
            models.roles(CallLabels("survey")).summary.summarise(paper(), "en")
        assert server.log == []


@pytest.mark.parametrize(
    ("vendor", "effort", "sent"),
    [("anthropic", {}, "low"), ("anthropic", {"summary": "high"}, "high"), ("openai", {}, None),
     ("openai", {"summary": "medium"}, "medium"), ("openai", {"synthesis": "medium"}, None)],
)  # fmt: skip
def test_effort_goes_out_by_role_on_both_apis(tmp_path: Path, vendor: str, effort: Any, sent: str | None) -> None:
    with LlmServer() as server, registry(tmp_path, server, vendor, effort=effort) as models:
        models.roles(CallLabels("survey")).summary.summarise(paper(), "en")
        body = server.log[-1]["body"]
        told = body.get("output_config", {}).get("effort") if vendor == "anthropic" else body.get("reasoning_effort")
        assert told == sent
