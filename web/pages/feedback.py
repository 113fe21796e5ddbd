"""What a reader says of papers: one paper, an edition's papers, the reading list with seeds and followed authors.

Invariant: the link in a mail is the only key, opens nothing else, and names nobody, for mails are forwarded; GET shows,
only POST acts, for the link's own reader alone. Papers and topics that a form names are looked up.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response

from digest.errors import PaperRouteError
from digest.feedback import opinions
from digest.feedback.reading_list import reading_list
from digest.i18n.catalog import Catalog
from digest.render import edition_facts, formats
from store.records.deliveries import Subscription
from store.records.editions import Edition, EditionPaper, Paper
from store.records.feedback import Feedback, FeedbackKind, PaperOpinion, Reader
from store.records.lazy_text import lazy_gettext
from web import urls
from web.http import responses
from web.http.request_context import FormFields, first_value, read_form, request_context_of
from web.http.state import app_state_of
from web.pages.subscribe import topic_title
from web.views.opinion_buttons import OPINION_NAMES, PaperForm, buttons, paper_form, said_of_papers
from web.views.signed_link import read_signed_link

router = APIRouter()
_PAPER_PAGE, _EDITION_PAGE = (
    urls.FEEDBACK + "/{token}/papers/{paper:path}",
    urls.FEEDBACK + "/{token}/editions/{edition}",
)
_LISTED: tuple[FeedbackKind, ...] = ("more", "less", "seed", "author")

_KIND_NAMES = {
    "more": OPINION_NAMES["more"],
    "less": OPINION_NAMES["less"],
    "seed": lazy_gettext("Seed"),
    "author": lazy_gettext("Followed"),
}


@dataclass(frozen=True)
class FormOutcome:
    """What came of a button that was pressed. wait: seconds until one may be pressed again."""

    told: str = ""
    status: int = 200
    wait: int = 0

    def headers(self) -> dict[str, str]:
        return responses.retry_after_header(self.wait) if self.wait else {}


@dataclass(frozen=True)
class SaidRow:
    label: str
    about: str
    value: str  # of the button that takes it back


NOTHING_DONE = FormOutcome()


@router.get(_PAPER_PAGE)
def show_paper(request: Request, token: str, paper: str) -> Response:
    return _paper_page(request, token, paper, _subscription(request, token))


@router.post(_PAPER_PAGE)
def act_on_paper(
    request: Request, token: str, paper: str, fields: Annotated[FormFields, Depends(read_form)]
) -> Response:
    subscription = _subscription(request, token)
    _paper(request, paper)
    return _paper_page(request, token, paper, subscription, _act(request, subscription, fields))


@router.get(_EDITION_PAGE)
def show_edition(request: Request, token: str, edition: str) -> Response:
    return _edition_page(request, token, edition, _subscription(request, token))


@router.post(_EDITION_PAGE)
def act_on_edition(
    request: Request, token: str, edition: str, fields: Annotated[FormFields, Depends(read_form)]
) -> Response:
    subscription = _subscription(request, token)
    outcome = _act(request, subscription, fields, _edition(request, edition).topic)
    return _edition_page(request, token, edition, subscription, outcome)


@router.get(_EDITION_PAGE + "/buttons")
def show_buttons(request: Request, token: str, edition: str) -> Response:
    """For the script of the edition's own page, whose reader came by a link with the token behind "#"."""
    return _buttons(request, edition, _subscription(request, token))


@router.post(_EDITION_PAGE + "/buttons")
def press_button(
    request: Request, token: str, edition: str, fields: Annotated[FormFields, Depends(read_form)]
) -> Response:
    subscription = _subscription(request, token)
    outcome = _act(request, subscription, fields, _edition(request, edition).topic)
    return _buttons(request, edition, subscription, outcome)


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
    return _reader_page(request, token, subscription, _act(request, subscription, fields))


def _subscription(request: Request, token: str) -> Subscription:
    if app_state_of(request).site.import_seeds is None:
        raise HTTPException(404)
    return read_signed_link(request, "feedback", token)


def _reader(subscription: Subscription) -> Reader:
    return Reader(subscription.channel, subscription.address)


def _act(request: Request, subscription: Subscription, fields: FormFields, shown: str = "") -> FormOutcome:
    """Do what the pressed button says. shown: the topic of the edition whose papers stand there."""
    state, ui = app_state_of(request), request_context_of(request).ui
    holder = f"{subscription.channel}:{subscription.address}"
    if not state.change_limiter.allow(holder):
        seconds = state.change_limiter.seconds_until_allowed(holder)
        wait = responses.wait_text(seconds, ui)
        told = ui.gettext("This form was sent as often as one reader may in an hour. Try again in {wait}.", wait=wait)
        return FormOutcome(told, 429, seconds)
    try:
        return FormOutcome(_apply(request, subscription, fields, shown, ui))
    except PaperRouteError as error:
        return FormOutcome(ui.show(error.text), 400)


def _apply(request: Request, subscription: Subscription, fields: FormFields, shown: str, ui: Catalog) -> str:
    """Raises PaperRouteError."""
    site, reader, now = app_state_of(request).site, _reader(subscription), datetime.now(UTC)
    store, topic = site.store, _chosen_topic(request, subscription, fields)
    verb, _, subject = first_value(fields, "do").partition(":")
    taken_back = {f"-{opinion}": opinion for opinion in opinions.OPINIONS}
    if opinion := _opinion_of(verb):
        opinions.set_opinion(store, reader, _topic_of_opinion(request, subscription, shown), subject, opinion, now)
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


def _topic_of_opinion(request: Request, subscription: Subscription, shown: str) -> str:
    """That of the papers that stand there where the reader gets it, too; else that of the link."""
    if shown in {topic for topic, _ in _topics(request, subscription)}:
        return shown
    return subscription.topic if app_state_of(request).site.store.topics.get(subscription.topic) else ""


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


def _unheard(request: Request, subscription: Subscription, ui: Catalog) -> str:
    """That no digest goes to the address, which may have left, or moved since the mail with the link; else ""."""
    store = app_state_of(request).site.store
    own = store.subscriptions.of_address(subscription.channel, subscription.address)
    if any(one.state == "active" for one in own):
        return ""
    return ui.gettext(
        "No digests go to the address of this link now: what you say here moves none. The link in your newest mail is"
        " the one to use."
    )


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
    request: Request, token: str, paper_id: str, subscription: Subscription, outcome: FormOutcome = NOTHING_DONE
) -> Response:
    ui = request_context_of(request).ui
    forms = _paper_forms(request, subscription, [EditionPaper.alone(_paper(request, paper_id))], ui)
    title = ui.gettext("What do you think of it?")
    return _forms_page(request, token, f"papers/{paper_id}", title, subscription, forms, outcome)


def _edition_page(
    request: Request, token: str, edition_id: str, subscription: Subscription, outcome: FormOutcome = NOTHING_DONE
) -> Response:
    edition = _edition(request, edition_id)
    forms = _paper_forms(request, subscription, edition.papers, request_context_of(request).ui)
    title = edition_facts.title(edition)
    return _forms_page(request, token, f"editions/{edition_id}", title, subscription, forms, outcome)


def _buttons(
    request: Request, edition_id: str, subscription: Subscription, outcome: FormOutcome = NOTHING_DONE
) -> Response:
    """The buttons of each paper, by id, as JSON; what is to be told beside the one that was pressed."""
    edition, ui = _edition(request, edition_id), request_context_of(request).ui
    said = said_of_papers(app_state_of(request).site.store, _reader(subscription))
    ids = [*(paper.id for paper in edition.papers), *(paper.id for paper in edition.beyond)]
    told = (outcome.status == 200 and _unheard(request, subscription, ui)) or outcome.told
    body = {"told": told, "papers": {id_: [asdict(one) for one in buttons(id_, said.get(id_, ()), ui)] for id_ in ids}}
    return responses.private_json(body, outcome.status, outcome.headers())


def _forms_page(
    request: Request,
    token: str,
    path: str,
    title: str,
    subscription: Subscription,
    forms: list[PaperForm],
    outcome: FormOutcome,
) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    home = f"{context.root}{urls.FEEDBACK}/{token}"
    body = state.render(
        context,
        "feedback_papers.html",
        title=title,
        said=outcome.told,
        wrong=outcome.status != 200,
        papers=forms,
        unheard=_unheard(request, subscription, context.ui),
        action=f"{home}/{path}",
        reading_list=home,
        noindex=True,
    )
    return responses.private_page(body, outcome.status, outcome.headers())


def _paper_forms(
    request: Request, subscription: Subscription, papers: Iterable[EditionPaper], ui: Catalog
) -> list[PaperForm]:
    said = said_of_papers(app_state_of(request).site.store, _reader(subscription))
    return [paper_form(paper, said.get(paper.id, ()), ui) for paper in papers]


def _reader_page(
    request: Request, token: str, subscription: Subscription, outcome: FormOutcome = NOTHING_DONE
) -> Response:
    state, context = app_state_of(request), request_context_of(request)
    store, ui, reader = state.site.store, context.ui, _reader(subscription)
    rows = store.feedback.of_reader(reader)
    home = f"{context.root}{urls.FEEDBACK}/{token}"
    body = state.render(
        context,
        "feedback.html",
        title=ui.gettext("Reading list"),
        said=outcome.told,
        wrong=outcome.status != 200,
        papers=_kept_forms(request, reader, ui),
        forms=[(form.extension, ui.show(form.label)) for form in formats.paper_formats()],
        rows=[_said_row(one, ui) for one in rows if one.kind in _LISTED],
        topics=_topics(request, subscription),
        off=any(one.kind == "off" for one in rows),
        unheard=_unheard(request, subscription, context.ui),
        action=home,
        noindex=True,
    )
    return responses.private_page(body, outcome.status, outcome.headers())


def _kept_forms(request: Request, reader: Reader, ui: Catalog) -> list[PaperForm]:
    return [
        paper_form(
            EditionPaper.alone(item.paper), ("keep", "seen") if item.is_seen else ("keep",), ui, ("seen", "keep")
        )
        for item in reading_list(app_state_of(request).site.store, reader)
    ]


def _said_row(one: Feedback, ui: Catalog) -> SaidRow:
    about = ui.show(_KIND_NAMES[one.kind])
    return SaidRow(one.label, about, f"-{one.kind}:{one.subject}")
