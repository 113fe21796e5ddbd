"""What a reader says of papers: one paper, an edition's papers, the reading list with seeds and followed authors.

Invariant: the link in a mail is the only key, opens nothing else, and names nobody, for mails are forwarded; GET shows,
only POST acts, for the link's own reader alone. Papers and topics that a form names are looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from digest.errors import PaperRouteError
from digest.feedback import opinions
from digest.feedback.reading_list import reading_list
from digest.i18n.catalog import Catalog
from digest.render import edition_facts, formats
from digest.render.safe_text import to_line
from store.records.deliveries import Subscription
from store.records.editions import Edition, EditionPaper, Paper
from store.records.feedback import Feedback, FeedbackKind, PaperOpinion, Reader
from store.records.lazy_text import lazy_gettext
from web import urls
from web.http import responses
from web.http.request_context import FormFields, first_value, read_form, request_context_of
from web.http.state import app_state_of
from web.pages.subscribe import topic_title
from web.views.signed_link import read_signed_link

router = APIRouter()
_PAPER_PAGE, _EDITION_PAGE = (
    urls.FEEDBACK + "/{token}/papers/{paper:path}",
    urls.FEEDBACK + "/{token}/editions/{edition}",
)
_LISTED: tuple[FeedbackKind, ...] = ("more", "less", "seed", "author")

_OPINION_NAMES = {
    "keep": lazy_gettext("Keep"),
    "seen": lazy_gettext("Seen"),
    "more": lazy_gettext("More like this"),
    "less": lazy_gettext("Less like this"),
}
_KIND_NAMES = {
    "more": lazy_gettext("More like this"),
    "less": lazy_gettext("Less like this"),
    "seed": lazy_gettext("Seed"),
    "author": lazy_gettext("Followed"),
}


@dataclass(frozen=True)
class PaperForm:
    """A paper with what can be said of it. buttons: (value, name, whether it is said already)."""

    title: str
    url: str
    about: str
    buttons: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True)
class SaidRow:
    label: str
    about: str
    value: str  # of the button that takes it back


@router.get(_PAPER_PAGE)
def show_paper(request: Request, token: str, paper: str) -> Response:
    return _paper_page(request, token, paper, _subscription(request, token))


@router.post(_PAPER_PAGE)
def act_on_paper(
    request: Request, token: str, paper: str, fields: Annotated[FormFields, Depends(read_form)]
) -> Response:
    subscription = _subscription(request, token)
    _paper(request, paper)
    said, status = _act(request, subscription, fields)
    return _paper_page(request, token, paper, subscription, said, status)


@router.get(_EDITION_PAGE)
def show_edition(request: Request, token: str, edition: str) -> Response:
    return _edition_page(request, token, edition, _subscription(request, token))


@router.post(_EDITION_PAGE)
def act_on_edition(
    request: Request, token: str, edition: str, fields: Annotated[FormFields, Depends(read_form)]
) -> Response:
    subscription = _subscription(request, token)
    _edition(request, edition)
    said, status = _act(request, subscription, fields)
    return _edition_page(request, token, edition, subscription, said, status)


@router.get(urls.FEEDBACK + "/{token}/list.{extension}")
def export(request: Request, token: str, extension: str) -> Response:
    """The reading list as a bibliography."""
    reader = _reader(_subscription(request, token))
    form = next((form for form in formats.paper_formats() if form.extension == extension), None)
    if form is None or form.render_papers is None:
        raise HTTPException(404)
    items = reading_list(app_state_of(request).site.store, reader)
    body = form.render_papers([EditionPaper.alone(item.paper) for item in items])
    name = f'attachment; filename="reading-list.{form.extension}"'
    return Response(
        body, headers={"content-disposition": name, "cache-control": "no-store"}, media_type=form.media_type
    )


@router.get(urls.FEEDBACK + "/{token}")
def show(request: Request, token: str) -> Response:
    return _reader_page(request, token, _subscription(request, token))


@router.post(urls.FEEDBACK + "/{token}")
def act(request: Request, token: str, fields: Annotated[FormFields, Depends(read_form)]) -> Response:
    subscription = _subscription(request, token)
    said, status = _act(request, subscription, fields)
    return _reader_page(request, token, subscription, said, status)


def _subscription(request: Request, token: str) -> Subscription:
    if app_state_of(request).site.import_seeds is None:
        raise HTTPException(404)
    return read_signed_link(request, "feedback", token)


def _reader(subscription: Subscription) -> Reader:
    return Reader(subscription.channel, subscription.address)


def _act(request: Request, subscription: Subscription, fields: FormFields) -> tuple[str, int]:
    """What the pressed button says; what is to be told, and the status."""
    state, ui = app_state_of(request), request_context_of(request).ui
    holder = f"{subscription.channel}:{subscription.address}"
    if not state.change_limiter.allow(holder):
        wait = responses.wait_text(state.change_limiter.seconds_until_allowed(holder), ui)
        told = ui.gettext("This form was sent as often as one reader may in an hour. Try again in {wait}.", wait=wait)
        return told, 429
    try:
        return _apply(request, subscription, fields, ui), 200
    except PaperRouteError as error:
        return ui.show(error.text), 400


def _apply(request: Request, subscription: Subscription, fields: FormFields, ui: Catalog) -> str:
    """Raises PaperRouteError."""
    site, reader, now = app_state_of(request).site, _reader(subscription), datetime.now(UTC)
    store, topic = site.store, _chosen_topic(request, subscription, fields)
    verb, _, subject = first_value(fields, "do").partition(":")
    taken_back = {f"-{opinion}": opinion for opinion in opinions.OPINIONS}
    if opinion := _opinion_of(verb):
        of_topic = subscription.topic if store.topics.get(subscription.topic) else ""
        opinions.set_opinion(store, reader, of_topic, subject, opinion, now)
    elif verb in taken_back:
        opinions.clear_opinions(store, reader, subject, [taken_back[verb]])
    elif verb in ("-seed", "-author"):
        store.feedback.remove(reader, ["seed" if verb == "-seed" else "author"], subject)
    elif verb == "follow":
        opinions.follow_author(store, reader, topic, first_value(fields, "name"), now)
    elif verb == "seeds" and site.import_seeds:
        done = site.import_seeds(reader, topic, first_value(fields, "papers"))
        return ui.ngettext(
            "{n} paper was taken. Not found: {missing}",
            "{n} papers were taken. Not found: {missing}",
            len(done.added),
            missing=len(done.missing) + done.unreadable,
        )
    elif verb == "off":
        opinions.turn_off(store, reader, now)
    elif verb == "on":
        opinions.turn_on(store, reader)
    else:
        raise HTTPException(400)
    return ui.gettext("Done.")


def _opinion_of(verb: str) -> PaperOpinion | None:
    return next((opinion for opinion in opinions.OPINIONS if opinion == verb), None)


def _chosen_topic(request: Request, subscription: Subscription, fields: FormFields) -> str:
    """One of the reader's own topics; "" for all of them."""
    asked = first_value(fields, "topic")
    return asked if asked in {topic for topic, _ in _topics(request, subscription)} else ""


def _topics(request: Request, subscription: Subscription) -> list[tuple[str, str]]:
    store = app_state_of(request).site.store
    own = store.subscriptions.of_address(subscription.channel, subscription.address)
    return [
        (one.topic, topic_title(store, one)) for one in own if one.state == "active" and store.topics.get(one.topic)
    ]


def _paper(request: Request, id_: str) -> Paper:
    paper = app_state_of(request).site.store.papers.get([id_]).get(id_)
    if paper is None:
        raise HTTPException(404)
    return paper


def _edition(request: Request, id_: str) -> Edition:
    edition = app_state_of(request).site.store.editions.get(id_)
    if edition is None:
        raise HTTPException(404)
    return edition


def _paper_page(
    request: Request, token: str, paper_id: str, subscription: Subscription, said: str = "", status: int = 200
) -> Response:
    ui = request_context_of(request).ui
    forms = _paper_forms(request, subscription, [EditionPaper.alone(_paper(request, paper_id))], ui)
    return _forms_page(
        request, token, f"papers/{paper_id}", ui.gettext("What do you think of it?"), forms, said, status
    )


def _edition_page(
    request: Request, token: str, edition_id: str, subscription: Subscription, said: str = "", status: int = 200
) -> Response:
    edition = _edition(request, edition_id)
    forms = _paper_forms(request, subscription, edition.papers, request_context_of(request).ui)
    title = edition_facts.title(edition)
    return _forms_page(request, token, f"editions/{edition_id}", title, forms, said, status)


def _forms_page(
    request: Request, token: str, path: str, title: str, forms: list[PaperForm], said: str, status: int
) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    home = f"{context.root}{urls.FEEDBACK}/{token}"
    body = state.render(
        context,
        "feedback_papers.html",
        title=title,
        said=said,
        wrong=status != 200,
        papers=forms,
        action=f"{home}/{path}",
        reading_list=home,
        noindex=True,
    )
    return responses.private_page(body, status)


def _paper_forms(
    request: Request, subscription: Subscription, papers: Iterable[EditionPaper], ui: Catalog
) -> list[PaperForm]:
    said = app_state_of(request).site.store.feedback.of_reader(_reader(subscription))
    known: dict[str, set[str]] = {}
    for one in said:
        known.setdefault(one.subject, set()).add(one.kind)
    return [
        PaperForm(
            edition_facts.paper_title(paper),
            paper.url,
            ui.join([edition_facts.authors(paper, ui), ui.date(paper.published)], "series"),
            _buttons(paper.id, opinions.OPINIONS, known.get(paper.id, set()), ui),
        )
        for paper in papers
    ]


def _buttons(
    paper_id: str, offered: Sequence[PaperOpinion], said: set[str], ui: Catalog
) -> tuple[tuple[str, str, bool], ...]:
    return tuple(
        (f"{'-' if opinion in said else ''}{opinion}:{paper_id}", ui.show(_OPINION_NAMES[opinion]), opinion in said)
        for opinion in offered
    )


def _reader_page(
    request: Request, token: str, subscription: Subscription, said: str = "", status: int = 200
) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    store, ui, reader = state.site.store, context.ui, _reader(subscription)
    rows = store.feedback.of_reader(reader)
    home = f"{context.root}{urls.FEEDBACK}/{token}"
    body = state.render(
        context,
        "feedback.html",
        title=ui.gettext("Reading list"),
        said=said,
        wrong=status != 200,
        papers=_kept_forms(request, reader, ui),
        forms=[(form.extension, ui.show(form.label)) for form in formats.paper_formats()],
        rows=[_said_row(one, ui) for one in rows if one.kind in _LISTED],
        topics=_topics(request, subscription),
        off=any(one.kind == "off" for one in rows),
        action=home,
        noindex=True,
    )
    return responses.private_page(body, status)


def _kept_forms(request: Request, reader: Reader, ui: Catalog) -> list[PaperForm]:
    items = reading_list(app_state_of(request).site.store, reader)
    return [
        PaperForm(
            to_line(item.paper.title),
            item.paper.url,
            _kept_about(item.paper, ui),
            _buttons(item.paper.id, ("seen", "keep"), {"keep", *(["seen"] if item.is_seen else [])}, ui),
        )
        for item in items
    ]


def _kept_about(paper: Paper, ui: Catalog) -> str:
    shown = EditionPaper.alone(paper)
    return ui.join([edition_facts.authors(shown, ui), ui.date(paper.published)], "series")


def _said_row(one: Feedback, ui: Catalog) -> SaidRow:
    about = ui.show(_KIND_NAMES[one.kind])
    return SaidRow(one.label, about, f"-{one.kind}:{one.subject}")
