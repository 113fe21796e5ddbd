"""Configuration loader: config.toml and the environment -> one frozen, validated model; every error at once.

Precedence: environment (`PAPERROUTE_<SECTION>__<KEY>`) over file over default. Invariant: what leaves here is valid and
never changes; secrets have no key here, so that no file and no `config show` can hold one.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, ValidationError

from digest.errors import ConfigError
from digest.sources.registry import SOURCES
from digest.text.language import is_language_option
from paperroute.config.biorxiv import PreprintServerSection
from paperroute.config.harvest import HarvestSection, harvest_problems
from paperroute.config.mail import (
    MAIL_VARIABLES,
    URL,
    MailSection,
    SubscriptionsSection,
    mail_problems,
    subscription_problems,
)
from paperroute.config.models import (
    ModelsSection,
    ProviderSection,
    model_problems,
    provider_tables,
    provider_variables,
)
from paperroute.config.operator import OPERATOR_VARIABLES, OperatorSection, operator_problems
from paperroute.config.paths import expand_home
from paperroute.config.reports import REPORT_VARIABLES, ReportsSection, report_problems
from paperroute.config.secrets import read_secret
from paperroute.config.sections import (
    ArxivSection,
    ConfigSection,
    EnrichSection,
    FeedbackSection,
    ScheduleSection,
    ServeSection,
    SlackSection,
    SourceSection,
    StoreSection,
    SurveySection,
    TopicSection,
    did_you_mean,
)
from paperroute.config.web import WEB_VARIABLES, WebSection, web_problems

PREFIX = "PAPERROUTE_"
STORE_URL = "PAPERROUTE_STORE__URL"
_NO_PASSWORDS = f"store.url: passwords have no place in a file; set {STORE_URL} or {STORE_URL}_FILE"
# Names with our prefix that are not keys of a section.
_OTHER_VARIABLES = (
    MAIL_VARIABLES
    | REPORT_VARIABLES
    | OPERATOR_VARIABLES
    | WEB_VARIABLES
    | {"PAPERROUTE_CONFIG", "PAPERROUTE_DEBUG", "PAPERROUTE_SECRET_KEYS", "PAPERROUTE_SECRET_KEYS_FILE"}
    | {f"{STORE_URL}_FILE"}
)
# Tables whose keys are names of the operator's: they stand in the file only.
_FREE_TABLES = ("topics", "providers", "prices")
# What a wrong value should have been: by key, and by the kind of mistake.
_EXAMPLES = {
    "web.base_url": "an address such as https://papers.example.org",
    "web.host": "an address of this machine, such as 127.0.0.1 or 0.0.0.0",
    "source.kind": f"{' or '.join(SOURCES)}, or a list of several",
    "store.url": "an address such as postgresql://user@host/database",
    "arxiv.api_url": "an address that begins with http:// or https://",
    **dict.fromkeys(
        ("biorxiv.api_url", "medrxiv.api_url"), "an address that begins with http:// or https://, without “?” and “#”"
    ),
    "arxiv.oai_url": "an address that begins with http:// or https://, without ?",
    "enrich.openalex_url": "an address that begins with http:// or https://",
    "arxiv.contact": "an address such as you@example.org",
}
_EXPECTED_BY_TYPE = {"int_": "write a whole number", "float_": "write a number", "bool_": "write true or false"}


class Config(ConfigSection):
    """The whole configuration, as config.toml sets it out."""

    store: StoreSection = StoreSection()
    source: SourceSection = SourceSection()
    arxiv: ArxivSection = ArxivSection()
    biorxiv: PreprintServerSection = PreprintServerSection()
    medrxiv: PreprintServerSection = PreprintServerSection()
    harvest: HarvestSection = HarvestSection()
    enrich: EnrichSection = EnrichSection()
    survey: SurveySection = SurveySection()
    models: ModelsSection = ModelsSection()
    providers: dict[str, ProviderSection] = Field(default_factory=dict)
    prices: dict[str, tuple[float, ...]] = Field(default_factory=dict)
    schedule: ScheduleSection = ScheduleSection()
    feedback: FeedbackSection = FeedbackSection()
    serve: ServeSection = ServeSection()
    mail: MailSection = MailSection()
    reports: ReportsSection = ReportsSection()
    slack: SlackSection = SlackSection()
    web: WebSection = WebSection()
    subscriptions: SubscriptionsSection = SubscriptionsSection()
    operator: OperatorSection = OperatorSection()
    topics: tuple[TopicSection, ...] = ()


def find_config_file(named: Path | None, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file to read: the one named by the user, else $PAPERROUTE_CONFIG, else ./config.toml, else none."""
    if named or environment.get("PAPERROUTE_CONFIG"):
        return named or Path(environment["PAPERROUTE_CONFIG"])
    return Path("config.toml") if Path("config.toml").is_file() else None


def load(path: Path | None, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration from a file, if any, and the environment.

    Raises ConfigError with every problem in one message.
    """
    values = _read(path) if path else {}
    wrong = [_NO_PASSWORDS] if _has_password(_table(values, "store").get("url")) else []
    misnamed, named = _overlay(values, _with_store_url(environment))
    wrong += misnamed
    config = _validate(values, wrong, named)
    if config:
        wrong += _cross_field_problems(config)
    if wrong or config is None:
        raise ConfigError(f"{path or 'The environment'}: {'; '.join(wrong)}.", hint="Nothing was started.")
    return _resolve_paths(config, path)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_decode(path.read_bytes()))
    except FileNotFoundError:
        raise ConfigError(
            f"There is no configuration file {path}.", hint="Check --config and PAPERROUTE_CONFIG."
        ) from None
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        reason = error.reason if isinstance(error, UnicodeDecodeError) else getattr(error, "strerror", None) or error
        raise ConfigError(f"{path} cannot be read: {reason}.", hint="It has to be a TOML file in UTF-8.") from None


def _decode(data: bytes) -> str:
    """Editors of Windows begin a file with a byte order mark, and some of them write UTF-16."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise UnicodeDecodeError("utf-8", data, 0, 2, "it is in UTF-16")
    return data.decode("utf-8-sig")


def _overlay(values: dict[str, Any], environment: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    """Put the environment's keys over the file's: complaints of those that name no key, and key -> variable."""
    wrong, named = [], {}
    others = _OTHER_VARIABLES | provider_variables(_table(values, "providers")).keys()
    for name, value in sorted(environment.items()):
        if not name.startswith(PREFIX) or name in others:
            continue
        section, _, key = name.removeprefix(PREFIX).lower().partition("__")
        if key and section in Config.model_fields and section not in _FREE_TABLES and key in _keys(section):
            part = values.setdefault(section, {})
            if isinstance(part, dict):
                part[key] = value
                named[f"{section}.{key}"] = name
        else:
            wrong.append(f"the environment's {name} names no key{did_you_mean(name, [*_environment_names(), *others])}")
    return wrong, named


def _with_store_url(environment: Mapping[str, str]) -> Mapping[str, str]:
    """Also where a file holds it."""
    url = read_secret(STORE_URL, environment)
    return {**environment, STORE_URL: url} if url else environment


def _has_password(url: object) -> bool:
    try:
        return isinstance(url, str) and (bool(urlsplit(url).password) or "password=" in url)
    except ValueError:
        return False  # no address, which is told elsewhere


def _table(values: dict[str, Any], name: str) -> dict[str, Any]:
    """A table of the file as it was read; whether it is one is checked later."""
    table = values.get(name)
    return table if isinstance(table, dict) else {}


def _validate(values: dict[str, Any], wrong: list[str], named: Mapping[str, str]) -> Config | None:
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        wrong += [_describe_error(problem, named) for problem in error.errors()]
        return None


def _describe_error(error: Any, named: Mapping[str, str]) -> str:
    name = ".".join(str(part) for part in error["loc"])
    said = f"the environment's {named[name]}" if name in named else name
    if error["type"] == "extra_forbidden" and name == "mail.url":
        return f"{name}: it may hold a password, so it has no place in a file; set {URL}"
    if error["type"] == "extra_forbidden" and name.endswith("key"):
        return f"{name}: secrets have no place in a file; `paperroute doctor` names the variable for each"
    if error["type"] == "extra_forbidden":
        without_indices = ".".join(part for part in name.split(".") if not part.isdecimal())
        return f"unknown key {name}{did_you_mean(without_indices, _paths())}"
    if error["type"] == "missing":
        return f"{name} is missing"
    shown = "" if name == "store.url" else f" = {error['input']!r}"  # it may hold a password
    return f"{said}{shown}: {_describe_expected(name, error)}"


def _describe_expected(name: str, error: Any) -> str:
    """What would be right, in words for a person; else the library's."""
    if name in _EXAMPLES:
        return f"write {_EXAMPLES[name]}"
    plain = next((words for start, words in _EXPECTED_BY_TYPE.items() if error["type"].startswith(start)), "")
    return plain or f"{error['msg'][0].lower()}{error['msg'][1:]}"


def _cross_field_problems(config: Config) -> list[str]:
    """What a type cannot say."""
    language = config.survey.language
    slugs = [topic.slug for topic in config.topics]
    twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
    wrong = (
        []
        if is_language_option(language)
        else [f"survey.language = {language!r}: write auto, or a tag such as en or ja"]
    )
    if config.survey.section_largest < config.survey.section_smallest:
        wrong.append("survey.section_largest is below survey.section_smallest")
    return [
        *wrong,
        *web_problems(config.web),
        *subscription_problems(config.subscriptions),
        *model_problems(config.models, config.providers, config.prices),
        *mail_problems(config.mail),
        *report_problems(config.reports),
        *operator_problems(config.operator),
        *harvest_problems(config.harvest),
        *(f"topics: the slug {slug!r} is used twice" for slug in twice),
        *(_topic_lines(config.topics) if config.topics else ()),
    ]


def _topic_lines(topics: Sequence[TopicSection]) -> Iterator[str]:
    from digest.retrieval.topic_check import topic_problems  # noqa: PLC0415 - it reads questions, with tables of words

    for section in topics:
        for field, problem in topic_problems(section.topic()):
            yield f"topic {section.slug!r}: {field}: {problem}"


def _resolve_paths(config: Config, path: Path | None) -> Config:
    """Relative paths start from the file that names them, so that they do not depend on where one stands."""
    anchor, store, mail = path.parent if path else Path(), config.store, config.mail
    place = (anchor / expand_home(store.path, "store.path (or PAPERROUTE_STORE__PATH)")).absolute()
    folder = (anchor / expand_home(mail.folder, "mail.folder")).absolute() if mail.folder else None
    return config.model_copy(
        update={
            "store": store.model_copy(update={"path": place}),
            "mail": mail.model_copy(update={"folder": folder}),
        }
    )


def _keys(section: str) -> set[str]:
    model = Config.model_fields[section].annotation
    assert isinstance(model, type) and issubclass(model, BaseModel)  # noqa: S101, PT018 - for the type checker
    return {field.alias or name for name, field in model.model_fields.items()}


def _paths() -> list[str]:
    sections = [name for name in Config.model_fields if name not in _FREE_TABLES]
    named = [f"topics.{key}" for key in TopicSection.model_fields]
    named += [f"providers.{key}" for key in ProviderSection.model_fields]
    return [*Config.model_fields, *(f"{section}.{key}" for section in sections for key in _keys(section)), *named]


def _environment_names() -> list[str]:
    return [
        PREFIX + path.replace(".", "__").upper()
        for path in _paths()
        if "." in path and not path.startswith(_FREE_TABLES)
    ]


def to_toml(config: Config) -> str:
    """The configuration in force, as TOML that could be put into config.toml."""
    values = config.model_dump(mode="json", by_alias=True)
    topics, providers, prices = values.pop("topics"), values.pop("providers"), values.pop("prices")
    lines = []
    for section, keys in (values | provider_tables(providers, prices)).items():
        lines += [
            f"[{section}]",
            *(f"{_toml_key(key)} = {_toml_value(value)}" for key, value in keys.items() if value is not None),
            "",
        ]
    for topic in topics:
        lines += ["[[topics]]", *(f"{key} = {_toml_value(value)}" for key, value in topic.items()), ""]
    return "\n".join(lines)


def _toml_key(name: str) -> str:
    return name if re.fullmatch(r"[\w-]+", name, re.ASCII) else json.dumps(name, ensure_ascii=False)


def _toml_value(value: object) -> str:
    """A value as TOML writes it; JSON's strings, numbers, booleans and lists of strings are TOML's, too."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml_key(key)} = {_toml_value(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
