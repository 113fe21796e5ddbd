import re
import tomllib
from pathlib import Path

import pytest

from digest.errors import ConfigError
from paperroute.config import Config, TopicSection, effective, find, load
from paperroute.config_models import ProviderSection

ROOT = Path(__file__).parent.parent


def write(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_the_shipped_file_names_every_key_with_its_default() -> None:
    shipped = (ROOT / "config.toml").read_text()
    assert load(ROOT / "config.toml", {}).model_dump(exclude={"topics"}) == Config().model_dump(exclude={"topics"})
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


def test_a_named_file_that_is_not_there_is_an_error_and_an_unnamed_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="no configuration file"):
        load(find(tmp_path / "missing.toml", {}), {})
    monkeypatch.chdir(tmp_path)
    assert find(None, {}) is None
    assert find(None, {"PAPERROUTE_CONFIG": "/etc/other.toml"}) == Path("/etc/other.toml")


def test_a_relative_store_is_beside_its_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[store]\npath = "papers.db"\n')
    assert load(path, {}).store.path == tmp_path / "papers.db"


def test_what_config_show_prints_loads_again_as_the_same(tmp_path: Path) -> None:
    config = load(ROOT / "config.toml", {"PAPERROUTE_STORE__PATH": str(tmp_path / 'a "b".db')})
    shown = effective(config)
    assert tomllib.loads(shown)["store"]["path"] == str(tmp_path / 'a "b".db')
    assert load(write(tmp_path, shown), {}) == config
