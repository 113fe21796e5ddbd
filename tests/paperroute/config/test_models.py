"""Which model does what, and where its key comes from."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from digest.errors import ConfigError
from digest.llm.budget import CallLabels
from digest.llm.pricing import PriceTable, retirement_date
from paperroute.compose.models import ModelRegistry
from paperroute.config.load import Config
from paperroute.config.models import ModelChoice, ModelsSection, choose_models, model_problems
from paperroute.config.secrets import read_provider_access, read_secret
from store import Store

AUTO = ModelsSection()


def test_auto_is_decided_by_the_keys_that_are_set() -> None:
    haiku, sonnet = "anthropic:claude-haiku-5-5", "anthropic:claude-sonnet-5-5"
    mini, vectors = "openai:gpt-5.4-mini", "openai:text-embedding-3-large"
    assert choose_models(AUTO, openai=False, anthropic=False) == ModelChoice("builtin", "builtin", "builtin", "builtin")
    assert choose_models(AUTO, openai=False, anthropic=True) == ModelChoice(
        haiku, haiku, sonnet, "builtin", questions=haiku, relevance=haiku, verification=haiku
    )
    assert choose_models(AUTO, openai=True, anthropic=False) == ModelChoice(
        mini, mini, "openai:gpt-6.2-sol", vectors, questions=mini, relevance=mini, verification=mini
    )
    assert choose_models(AUTO, openai=True, anthropic=True) == ModelChoice(
        haiku, haiku, sonnet, vectors, questions=haiku, relevance=haiku, verification=haiku
    )


def test_what_is_named_is_what_is_used() -> None:
    section = ModelsSection(summary="local:llama", embedding="builtin")
    assert choose_models(section, openai=True, anthropic=True).summary == "local:llama"
    assert choose_models(section, openai=True, anthropic=True).embedding == "builtin"
    assert choose_models(section, openai=False, anthropic=False).line == (
        "queries builtin · summary local:llama · synthesis builtin · embedding builtin"
        " · questions builtin · relevance local:llama · verification local:llama"
    )
    assert choose_models(AUTO, openai=False, anthropic=False).line == ""


def test_questions_go_with_queries_relevance_and_verification_with_summaries_unless_named() -> None:
    def chosen(**named: str) -> tuple[str, str, str]:
        choice = choose_models(ModelsSection(**named), openai=False, anthropic=False)
        return choice.questions, choice.relevance, choice.verification

    assert chosen(queries="local:q", summary="local:s") == ("local:q", "local:s", "local:s")
    without = chosen(queries="local:q", questions="builtin", summary="local:s", relevance="none", verification="none")
    assert without == ("builtin", "builtin", "builtin")
    assert chosen(questions="local:q", relevance="local:r") == ("local:q", "local:r", "builtin")
    assert chosen(summary="local:s", relevance="builtin") == ("builtin", "builtin", "local:s")
    assert chosen(summary="local:s", verification="local:v") == ("builtin", "local:s", "local:v")


def test_only_relevance_and_verification_may_be_none() -> None:
    def problems(**named: str) -> list[str]:
        return list(model_problems(ModelsSection(**named), {}, {}))

    assert problems(relevance="none", questions="builtin", verification="none") == []
    for role in ("queries", "questions", "summary"):
        assert problems(**{role: "none"})[0].startswith(f"models.{role} = 'none'")
    for role in ("relevance", "verification"):
        assert problems(**{role: "off"})[0].endswith("auto or none")


@pytest.mark.parametrize(("openai", "anthropic"), [(True, False), (False, True), (True, True)])
def test_what_auto_chooses_has_a_price_and_no_announced_end(openai: bool, anthropic: bool) -> None:
    for model in choose_models(AUTO, openai=openai, anthropic=anthropic).roles_by_model:
        assert PriceTable().of(model) is not None
        assert retirement_date(model.partition(":")[2]) is None


def test_a_key_may_stand_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("  sk-in-a-file\n")
    assert read_secret("X", {"X_FILE": str(file)}) == "sk-in-a-file"
    assert read_secret("X", {"X": " sk-here ", "X_FILE": str(file)}) == "sk-here"
    assert read_secret("X", {"X": "", "X_FILE": ""}) == ""


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe\x00", "schlüssel".encode(), b"two words"])
def test_a_file_that_holds_no_key_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "key"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"^X") as caught:
        read_secret("X", {"X_FILE": str(file)})
    assert "schl" not in str(caught.value)
    assert "two words" not in str(caught.value)
    with pytest.raises(ConfigError, match=r"X_FILE names .*missing, which cannot be read"):
        read_secret("X", {"X_FILE": str(tmp_path / "missing")})


def test_a_key_shows_nowhere() -> None:
    found = read_provider_access("openai", {}, {"OPENAI_API_KEY": "sk-secret"})
    assert found.api_key == "sk-secret"
    assert "sk-secret" not in repr(found)


def test_the_environments_address_goes_before_the_files() -> None:
    config = Config.model_validate({"providers": {"openai": {"base_url": "http://file/v1", "dimensions": 64}}})
    assert read_provider_access("openai", config.providers, {}).base_url == "http://file/v1"
    found = read_provider_access("openai", config.providers, {"OPENAI_BASE_URL": "http://environment/v1"})
    assert (found.base_url, found.dimensions, found.kind) == ("http://environment/v1", 64, "openai")
    for bad in ("localhost:80", "http://user:hunter2@localhost/v1"):
        with pytest.raises(ConfigError, match="OPENAI_BASE_URL is no web address") as caught:
            read_provider_access("openai", {}, {"OPENAI_BASE_URL": bad})
        assert "hunter2" not in str(caught.value)


def composed(store: Store, closing: ExitStack, models: dict[str, Any], **environment: str) -> ModelRegistry:
    config = Config.model_validate(
        {"models": models, "providers": {"local": {"base_url": "http://127.0.0.1:9/v1", "dimensions": 64}}}
    )
    return ModelRegistry(config, store, environment, closing, "test")


def test_roles_have_the_stand_ins_that_they_need(store: Store) -> None:
    with ExitStack() as closing:
        named = dict.fromkeys(("queries", "summary", "synthesis", "embedding"), "local:m")
        roles = composed(store, closing, named).roles(CallLabels("survey"))
        models = [roles.queries.model, roles.summary.model, roles.synthesis.model, roles.embedder.model]
        assert models == ["local:m", "local:m", "local:m", "local:m@64"]
        assert roles.spare_queries is not None
        assert roles.spare_queries.model.startswith("builtin:")
        assert roles.title_embedder is not None
        assert roles.title_embedder.model.startswith("builtin:")
        assert roles.single_call is None
        assert (roles.questions.model, roles.relevance.model) == ("local:m", "local:m")  # type: ignore[union-attr]
        assert roles.verification is not None
        assert roles.verification.model == "local:m"
        single = composed(store, closing, named | {"synthesis_mode": "single"}).roles(CallLabels("survey"))
        assert single.single_call is not None
        built_in = composed(store, closing, {"synthesis_mode": "single"}).roles(CallLabels("survey"))
        assert (built_in.spare_queries, built_in.title_embedder, built_in.single_call) == (None, None, None)
        assert (built_in.questions, built_in.relevance, built_in.verification) == (None, None, None)


def test_the_detail_of_summaries_is_part_of_their_identity(store: Store) -> None:
    with ExitStack() as closing:
        hashes = {
            composed(store, closing, {"summary": "local:m", "detail": detail}).roles(CallLabels("")).summary.prompt_hash
            for detail in ("30s", "15s")
        }
    assert len(hashes) == 2


@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
def test_a_model_without_a_key_is_one_clear_line(store: Store, vendor: str) -> None:
    with ExitStack() as closing, pytest.raises(ConfigError, match=f"{vendor.upper()}_API_KEY is not set"):
        composed(store, closing, {"summary": f"{vendor}:m"}).roles(CallLabels("survey"))


def test_the_built_in_path_imports_no_sdk(tmp_path: Path) -> None:
    program = (
        "import sys; import paperroute.cli.main\n"
        "from paperroute.compose.app import open_app; from paperroute.config.load import Config\n"
        "config = Config.model_validate({'store': {'path': sys.argv[1]}, 'source': {'kind': 'sample'}})\n"
        "with open_app(config, {}) as app: app.services\n"
        "print(sorted({'openai', 'anthropic', 'httpx2'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", program, str(tmp_path / "p.db")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
