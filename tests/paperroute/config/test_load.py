import re
import tomllib
from pathlib import Path

import pytest

from digest.errors import ConfigError
from paperroute.config import web
from paperroute.config.load import Config, TopicSection, find_config_file, load, to_toml
from paperroute.config.models import ProviderSection
from paperroute.config.secrets import read_secret
from tests import ROOT


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_the_shipped_file_names_every_key_with_its_default() -> None:
    shipped = (ROOT / "config.toml").read_text()
    assert load(ROOT / "config.toml", {}).model_dump() == Config().model_dump()
    tables = {name: field.annotation for name, field in Config.model_fields.items() if name != "prices"}
    for name, table in (tables | {"topics": TopicSection, "providers": ProviderSection}).items():
        for key, value in table.model_fields.items():
            assert re.search(rf"^(# )?{value.alias or key} = ", shipped, re.MULTILINE), (
                f"{name}.{key} is not in config.toml"
            )


def test_what_the_shipped_file_shows_commented_out_is_valid_too(tmp_path: Path) -> None:
    shown = re.sub(r"^# (?=\[|\S+ = )", "", (ROOT / "config.toml").read_text(), flags=re.MULTILINE)
    config = load(write(tmp_path, shown), {"PAPERROUTE_PROVIDER_OLLAMA_API_KEY": "x"})
    assert config.providers["ollama"].dimensions == 512
    assert config.prices == {"ollama:llama3.2": (0, 0)}


def test_the_environment_wins_over_the_file_over_the_default(tmp_path: Path) -> None:
    path = write(tmp_path, "[survey]\nmin_papers = 3\nmax_papers = 30\n")
    config = load(path, {"PAPERROUTE_SURVEY__MAX_PAPERS": "40", "PAPERROUTE_MAIL__FROM": "a <a@example.org>"})
    assert (config.survey.min_papers, config.survey.max_papers, config.survey.reuse_hours) == (3, 40, 24.0)
    assert config.mail.sender == "a <a@example.org>"


def test_every_problem_is_named_at_once_with_the_nearest_key(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[survay]\nmin_papers = 1\n[survey]\nmax_paper = 3\norder = "best"\nmin_papers = "many"\n'
        '[models]\nsummary = "gpt"\n[[topics]]\nslug = "A b"\ncadence = "hourly"\n',
    )
    with pytest.raises(ConfigError) as caught:
        load(path, {"PAPERROUTE_STORE__PAHT": "x", "PAPERROUTE_NONSENSE": "y"})
    message = str(caught.value)
    assert "unknown key survay (did you mean survey?)" in message
    assert "unknown key survey.max_paper (did you mean survey.max_papers?)" in message
    assert "survey.order = 'best'" in message
    assert "survey.min_papers = 'many'" in message
    assert "PAPERROUTE_STORE__PAHT names no key (did you mean PAPERROUTE_STORE__PATH?)" in message
    assert "PAPERROUTE_NONSENSE names no key" in message
    assert "\n" not in message


def test_what_types_cannot_say_is_checked_too(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[survey]\nlanguage = "English!"\nsection_smallest = 9\nsection_largest = 4\n[models]\nsummary = "gpt"\n'
        '[[topics]]\nslug = "A b"\ncadence = "hourly"\n'
        '[[topics]]\nslug = "x"\nquestion = "LoRA"\n[[topics]]\nslug = "x"\n',
    )
    with pytest.raises(ConfigError) as caught:
        load(path, {})
    message = str(caught.value)
    assert "survey.language = 'English!'" in message
    assert "survey.section_largest is below survey.section_smallest" in message
    assert "models.summary = 'gpt'" in message
    assert "the slug 'x' is used twice" in message
    assert "topic 'A b': cadence: “hourly” is no cadence" in message
    assert "topic 'A b': question: give one" in message


@pytest.mark.parametrize("text", ["[survey", "a = 1 = 2", "\x00"])
def test_an_unreadable_file_is_one_clear_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(write(tmp_path, text), {})


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8"])
def test_a_byte_order_mark_and_windows_lines_are_no_fault(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('[arxiv]\r\ncontact = "ada@example.org"\r\n'.encode(encoding))
    assert load(path, {}).arxiv.contact == "ada@example.org"


@pytest.mark.parametrize(
    ("encoding", "why"), [("utf-16", "it is in UTF-16"), ("utf-16-be", ""), ("latin-1", "invalid continuation byte")]
)
def test_another_encoding_is_told_in_one_line(tmp_path: Path, encoding: str, why: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes('[arxiv]\ncontact = "é@"\n'.encode(encoding))
    with pytest.raises(ConfigError, match="cannot be read") as refused:
        load(path, {})
    assert why in refused.value.message
    assert "UTF-8" in refused.value.hint
    assert "\n" not in str(refused.value)


def test_a_secret_of_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes("sk-0123\r\n".encode("utf-8-sig"))
    assert read_secret("OPENAI_API_KEY", {"OPENAI_API_KEY_FILE": str(tmp_path / "key")}) == "sk-0123"


def test_a_named_file_that_is_not_there_is_an_error_and_an_unnamed_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="no configuration file"):
        load(find_config_file(tmp_path / "missing.toml", {}), {})
    monkeypatch.chdir(tmp_path)
    assert find_config_file(None, {}) is None
    assert find_config_file(None, {"PAPERROUTE_CONFIG": "/etc/other.toml"}) == Path("/etc/other.toml")


def test_a_relative_store_is_beside_its_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[store]\npath = "papers.db"\n')
    assert load(path, {}).store.path == tmp_path / "papers.db"


def test_what_config_show_prints_loads_again_as_the_same(tmp_path: Path) -> None:
    config = load(ROOT / "config.toml", {"PAPERROUTE_STORE__PATH": str(tmp_path / 'a "b".db')})
    shown = to_toml(config)
    assert tomllib.loads(shown)["store"]["path"] == str(tmp_path / 'a "b".db')
    assert load(write(tmp_path, shown), {}) == config


MODELS = """
[models]
queries = "gpt-5.4-mini"
summary = "olama:llama3.2"
synthesis = "single"
embedding = "anthropic:claude-haiku-5-5"
[providers.ollama]
base_url = "http://localhost:11434/v1"
[providers.Big_one]
base_url = "http://user:hunter2@localhost:1/v1"
[providers.empty]
[providers.anthropic]
kind = "openai"
[prices]
"gpt-5.4" = [1, 2]
"opnai:gpt-5.4" = [1, 2]
"openai:a" = [1]
"openai:b" = [1, -2]
"openai:c" = [1, inf, 0]
"""


def test_every_problem_with_models_is_named_at_once_with_the_nearest_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, MODELS), {})
    message = str(caught.value)
    for said in (
        "models.queries = 'gpt-5.4-mini': write provider:model (did you mean openai:gpt-5.4-mini?)",
        "models.summary = 'olama:llama3.2': there is no provider 'olama' (did you mean ollama?)",
        "models.synthesis = 'single': write provider:model (did you mean models.synthesis_mode = 'single'?)",
        "models.embedding = 'anthropic:claude-haiku-5-5': anthropic gives no vectors",
        "providers.Big_one: a name is small letters",
        "providers.Big_one.base_url: user and password have no place in it",
        "providers.empty.base_url is missing",
        "providers.anthropic.kind: it is anthropic",
        "prices.'gpt-5.4': the name is not provider:model",
        "prices.'opnai:gpt-5.4': there is no provider 'opnai' (did you mean openai?)",
        "prices.'openai:a': 1 numbers",
        "prices.'openai:b': a price is a number of 0 or more",
        "prices.'openai:c': a price is a number of 0 or more",
    ):
        assert said in message
    assert "hunter2" not in message
    assert "\n" not in message


@pytest.mark.parametrize("model", ["", ":", "openai:", "openai: x", "a b:c", "builtin:extract", "gpt"])
def test_what_is_no_model_is_refused(tmp_path: Path, model: str) -> None:
    with pytest.raises(ConfigError, match=r"models\.summary = "):
        load(write(tmp_path, f'[models]\nsummary = "{model}"\n'), {})


def test_models_providers_and_prices_are_shown_and_read_again_as_the_same(tmp_path: Path) -> None:
    text = (
        '[models]\nsummary = "my-llama:llama3:8b"\nbudget_per_day = 1.5\n[providers.anthropic]\n'
        'base_url = "http://proxy:1"\n[providers.my-llama]\nbase_url = "http://localhost:1/v1"\ndimensions = 64\n'
        '[prices]\n"my-llama:llama3:8b" = [0.1, 0.2, 0]\n'
    )
    config = load(write(tmp_path, text), {})
    assert load(write(tmp_path, to_toml(config)), {}) == config
    assert config.prices["my-llama:llama3:8b"] == (0.1, 0.2, 0)


def test_effort_is_read_of_file_and_environment_and_shown_as_it_was(tmp_path: Path) -> None:
    path = write(tmp_path, '[models]\neffort = {synthesis = "medium", summary = "low"}\n')
    config = load(path, {})
    assert config.models.effort == {"synthesis": "medium", "summary": "low"}
    assert load(write(tmp_path, to_toml(config)), {}) == config
    assert load(path, {"PAPERROUTE_MODELS__EFFORT": "queries=high, summary=max"}).models.effort == {
        "queries": "high",
        "summary": "max",
    }


@pytest.mark.parametrize(
    ("effort", "said"),
    [('{sumary = "low"}', "no such role (did you mean summary?)"), ('{embedding = "low"}', "no such role"),
     ('{summary = "hard"}', "models.effort.summary = 'hard'")],
)  # fmt: skip
def test_effort_of_no_role_and_no_such_effort_are_refused(tmp_path: Path, effort: str, said: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(said)):
        load(write(tmp_path, f"[models]\neffort = {effort}\n"), {})


def test_the_key_of_a_named_provider_has_a_variable_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, '[providers.my-vllm]\nbase_url = "http://localhost:1/v1"\n')
    for name in ("PAPERROUTE_PROVIDER_MY_VLLM_API_KEY", "PAPERROUTE_PROVIDER_MY_VLLM_API_KEY_FILE"):
        assert "sk-secret" not in to_toml(load(path, {name: "sk-secret"}))
    with pytest.raises(ConfigError, match="did you mean PAPERROUTE_PROVIDER_MY_VLLM_API_KEY") as caught:
        load(path, {"PAPERROUTE_PROVIDER_VLLM_API_KEY": "sk-secret"})
    assert "sk-secret" not in str(caught.value)


def test_a_key_in_the_file_is_refused_and_not_repeated(tmp_path: Path) -> None:
    path = write(tmp_path, '[providers.x]\nbase_url = "http://localhost:1/v1"\napi_key = "sk-secret"\n')
    with pytest.raises(ConfigError, match=r"providers\.x\.api_key: secrets have no place in a file") as caught:
        load(path, {})
    assert "sk-secret" not in str(caught.value)


def test_a_token_of_the_api_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    assert web.read_api_token({}) == ""
    assert web.read_api_token({"PAPERROUTE_API_TOKEN": "0123456789abcdef"}) == "0123456789abcdef"
    (tmp_path / "token").write_text("fedcba9876543210\n")
    assert web.read_api_token({"PAPERROUTE_API_TOKEN_FILE": str(tmp_path / "token")}) == "fedcba9876543210"
    with pytest.raises(ConfigError, match="PAPERROUTE_API_TOKEN is too short") as refused:
        web.read_api_token({"PAPERROUTE_API_TOKEN": "short-secret"})
    assert "short-secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("PAPERROUTE_WEB__PORT", "abc", "the environment's PAPERROUTE_WEB__PORT = 'abc': write a whole number"),
        ("PAPERROUTE_WEB__BASE_URL", "papers.example.org", "write an address such as https://papers.example.org"),
        ("PAPERROUTE_WEB__ASK", "perhaps", "PAPERROUTE_WEB__ASK = 'perhaps': write true or false"),
    ],
)
def test_a_wrong_value_is_told_by_where_it_stands_and_with_what_would_be_right(
    variable: str, value: str, said: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, {variable: value})
    assert said in str(caught.value)


SERVER = "postgresql://paperroute:secret-word@database/papers"


def test_the_address_of_a_database_comes_with_its_password_from_the_environment_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "url").write_text(f"{SERVER}\n")
    assert load(None, {"PAPERROUTE_STORE__URL": SERVER}).store.url == SERVER
    assert load(None, {"PAPERROUTE_STORE__URL_FILE": str(tmp_path / "url")}).store.url == SERVER
    assert load(None, {}).store.url == ""


@pytest.mark.parametrize("url", [SERVER, "postgresql://database/papers?password=secret-word"])
def test_a_configuration_file_holds_the_address_of_a_database_without_a_password(tmp_path: Path, url: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[store]\nurl = "postgresql://paperroute@database/papers"\n')
    assert load(file, {}).store.url == "postgresql://paperroute@database/papers"
    file.write_text(f'[store]\nurl = "{url}"\n')
    with pytest.raises(ConfigError, match=r"PAPERROUTE_STORE__URL_FILE") as said:
        load(file, {})
    assert "secret-word" not in str(said.value)


def test_a_password_of_the_database_is_in_no_print_of_the_configuration_and_in_no_error() -> None:
    config = load(None, {"PAPERROUTE_STORE__URL": SERVER})
    assert "secret-word" not in repr(config) + str(config) + to_toml(config)
    with pytest.raises(ConfigError, match="PAPERROUTE_STORE__URL: write an address such as") as said:
        load(None, {"PAPERROUTE_STORE__URL": SERVER.replace("postgresql", "mysql")})
    assert "secret-word" not in str(said.value)
