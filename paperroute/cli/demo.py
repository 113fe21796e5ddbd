"""Demo: the main job end to end over the bundled sample; no key, no network, one folder."""

from __future__ import annotations

import sys
import textwrap
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from digest.errors import BadInput
from digest.model_names import BUILTIN
from digest.pipeline.services import DigestRequest, SurveyRequest
from digest.render.formats import BIBTEX, HTML, JSON, MARKDOWN
from digest.render.safe_text import to_line as clean
from paperroute.cli.export import MAIL, edition_formats, render_edition
from paperroute.cli.session import CliSession
from paperroute.compose.app import App, open_app
from paperroute.compose.mail import make_digest_mail
from paperroute.config.load import Config
from paperroute.config.models import ROLES
from paperroute.output import write_file
from store.records.editions import Edition

QUESTION = "LoRA for image generation"
TOPIC = {
    "slug": "speech-recognition",
    "title": "Speech recognition",
    "question": "Speech recognition",
    "cadence": "monthly:30",
}
# The sample is not of today: this slot and window hold its newest papers on the topic.
SLOT, SINCE = "2024-12-30", "2024-10-14"
CONFIG = """# Of the demo: `paperroute --config` with this file, and any command works on what the demo made.
[store]
path = "paperroute.db"

[source]
kind = "sample"
"""
_OPENING = 700  # characters of the survey that are shown
ABOUT = "The sample's papers are real; their abstracts are retold in our own words (see digest/sources/sample.jsonl)."


def run_demo(session: CliSession, folder: Path) -> None:
    """Raises BadInput where the folder cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder} cannot be made: {error.strerror}.", hint="Choose another --folder.") from None
    config = Config.model_validate(
        {
            "store": {"path": (folder / "paperroute.db").absolute()},
            "source": {"kind": "sample"},
            "models": dict.fromkeys(ROLES, BUILTIN),  # decision 24
            "topics": [TOPIC],
        }
    )
    with open_app(config) as app:
        survey = session.run(lambda run: app.survey(SurveyRequest(QUESTION), run))
        digest = session.run(lambda run: app.digest(DigestRequest(TOPIC["slug"], SLOT, SINCE), run))
        _print_opening(session.out, survey)
        written = [*_write(survey, "survey", app, folder), *_write(digest, "digest", app, folder)]
        _deactivate_topics(app)
    write_file(folder / "config.toml", CONFIG.encode())
    _print_next_steps(session.out, written, digest)


def _deactivate_topics(app: App) -> None:
    """Else a service over this store would write the slots since then, of which the sample knows nothing."""
    for topic in app.store.topics.list(active_only=True):
        app.store.topics.put(replace(topic, active=False))


def _write(edition: Edition, name: str, app: App, folder: Path) -> list[Path]:
    names = [form.name for form in (HTML, MARKDOWN, BIBTEX, JSON)]
    if edition.kind == "digest":
        names = [MAIL, HTML.name]
    compose, paths = make_digest_mail(app.config), []
    for format_ in names:
        paths.append(folder / f"{name}.{edition_formats(compose)[format_].extension}")
        write_file(paths[-1], render_edition(edition, format_, compose).encode())
    return paths


def _print_opening(out: Console, survey: Edition) -> None:
    """What the survey says first, and its sections; the whole of it is in the files."""
    out.print(f"[bold]{escape(clean(survey.title))}[/], a survey of {len(survey.papers)} papers", highlight=False)
    out.print()
    out.print(textwrap.fill(clean(survey.opening, _OPENING), 100), markup=False, highlight=False, soft_wrap=True)
    out.print()
    for number, section in enumerate(survey.sections, 1):
        out.print(f"  {number}. {clean(section.title)}", markup=False, highlight=False, soft_wrap=True)


def _print_next_steps(out: Console, written: list[Path], digest: Edition) -> None:
    out.print()
    out.rule("[bold]What the demo made", align="left")
    out.print(
        f"The whole survey, and a digest of {len(digest.papers)} new papers on speech recognition:", highlight=False
    )
    width = max(len(str(path)) for path in written)
    for path in written:
        out.print(f"  [bold]{escape(str(path).ljust(width))}[/]  {_FILE_DESCRIPTIONS[path.name]}", soft_wrap=True)
    out.print(f"[dim]{escape(ABOUT)}[/]", soft_wrap=True)
    out.print()
    out.rule("[bold]How to go on", align="left")
    archive = written[0].parent / "config.toml"
    for does, command in _STEPS:
        out.print(
            f"  {does}\n    [bold cyan]{escape(command.format(paperroute=_program(), archive=archive))}[/]",
            soft_wrap=True,
        )


def _program() -> str:
    """How this program was called, if that is a path from here; its plain name is not on everyone's PATH."""
    called = Path(sys.argv[0]).absolute()
    below = called.relative_to(Path.cwd()) if called.is_relative_to(Path.cwd()) else called
    return str(below) if called.name == "paperroute" and len(below.parts) <= 3 else "paperroute"


_FILE_DESCRIPTIONS = {
    "survey.html": "the survey as a page, with the map of its route: open it in a browser",
    "survey.md": "as markdown",
    "survey.bib": "its papers for your bibliography",
    "survey.json": "as data",
    "digest.eml": "the digest as the mail it would be: open it in a mail client",
    "digest.html": "the digest as a page",
}
_STEPS = (
    ("Browse both in the archive, at http://127.0.0.1:8080 (Ctrl-C ends it):", "{paperroute} --config {archive} serve"),
    ("Ask the real arXiv; no key is needed:", '{paperroute} survey "your question"'),
    ("Get it as a page:", "{paperroute} show latest --format html -o survey.html"),
    ("Watch a topic:", '{paperroute} topics add my-topic --question "your question"'),
    ("Get its new papers:", "{paperroute} digest my-topic"),
    ("Set it up in config.toml (an address for arXiv, topics, limits), and see if all is well:", "{paperroute} doctor"),
)
