"""Edition pages: the list of all, each as a page, for print, and as a download in every form.

Invariant: what an edition says comes from its own row; around it stand its neighbours and where its papers were before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, HTTPException, Request, Response
from markupsafe import Markup

from digest.i18n.catalog import Catalog
from digest.question.limits_input import LimitValues, limits_of
from digest.render import edition_facts, formats, html
from digest.render.formats import EditionFormat, set_length
from digest.render.maps.map_svg import draw_page_map
from digest.render.safe_text import to_line
from store import Store
from store.records.editions import Edition, EditionKind
from store.tables.editions import EditionHead
from web import urls
from web.http import responses
from web.http.middleware import CONTENT_SECURITY_POLICY
from web.http.request_context import request_context_of
from web.http.state import app_state_of
from web.views import listing
from web.views.citation_tags import context_object
from web.views.listing import Pagination, page_number
from web.views.mathml import SETTING

router = APIRouter()
_PAGE_SIZE = 30
_EARLIER = 3  # earlier editions named with a paper

_PAGE_POLICY = f"{CONTENT_SECURITY_POLICY}; script-src 'self'"
_FEEDBACK_POLICY = f"{_PAGE_POLICY}; connect-src 'self'"  # the script asks for a reader's buttons

# Files of their own, with their style inside: saved, or opened without any right.
_SANDBOX_HEADERS = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}


@dataclass(frozen=True)
class EditionLink:
    """A link to an edition."""

    path: str
    title: str
    date: str


@dataclass(frozen=True)
class PaperInArchive:
    """What the archive adds to a paper of an edition."""

    page: str
    earlier: list[EditionLink]
    new: bool
    coins: str  # for reference managers


@router.get(urls.EDITIONS)
def show_editions(request: Request) -> Response:
    return responses.cached_page(request, lambda: _list_page(request), takes=("page", "kind"))


@router.get(urls.EDITIONS + "/{name}")
def show_edition(request: Request, name: str) -> Response:
    """A page, or with an ending one of the forms; "latest" leads to the newest."""
    store, context = app_state_of(request).site.store, request_context_of(request)
    id_, form = formats.split_file_name(name)
    if form:
        return _file(request, id_, form)
    if name == "latest" and (found := store.editions.find("latest")):
        return responses.see_other(context.root + urls.edition(found[0]))
    answer = responses.cached_page(
        request, lambda: _page(request, _shown(request, _require_edition(store, name))), takes=("length",)
    )
    takes_feedback = app_state_of(request).site.import_seeds is not None
    answer.headers["content-security-policy"] = _FEEDBACK_POLICY if takes_feedback else _PAGE_POLICY
    return answer


@router.get(urls.EDITIONS + "/{name}/print")
def show_for_print(request: Request, name: str) -> Response:
    return responses.cached_page(
        request,
        lambda: _print(request, _shown(request, _require_edition(app_state_of(request).site.store, name))),
        takes=("length",),
    )


def _shown(request: Request, edition: Edition) -> Edition:
    """The edition in the length that the address asks for, whole where it asks for none."""
    asked = request.query_params.get("length")
    return set_length(edition, "short" if asked == "short" else "standard" if asked == "standard" else "full")


def _require_edition(store: Store, id_: str) -> Edition:
    edition = store.editions.get(id_)
    if edition is None:
        raise HTTPException(404)
    return edition


def _file(request: Request, id_: str, form: EditionFormat) -> Response:
    edition = _require_edition(app_state_of(request).site.store, id_)
    section = request.query_params.get("section", "")
    answer = responses.cached_page(
        request,
        lambda: _render(_shown(request, edition) if form.has_lengths else edition, form, section),
        takes=("section", "length"),
        media_type=form.media_type,
    )
    where = "attachment" if form.is_download else "inline"
    answer.headers["content-disposition"] = f'{where}; filename="{_file_name(edition.id)}.{form.extension}"'
    answer.headers.update(_SANDBOX_HEADERS)
    if form is formats.PNG:  # what is shown elsewhere of a link to the edition
        answer.headers["cross-origin-resource-policy"] = "cross-origin"
    return answer


def _render(edition: Edition, form: EditionFormat, section: str) -> str | bytes:
    made = _render_section(edition, form, section) if section else form.render(edition)
    if made is None:
        raise HTTPException(404)
    return made


def _render_section(edition: Edition, form: EditionFormat, section: str) -> str | None:
    """None where there is no such section, or the form is none of papers alone."""
    is_number = section.isascii() and section.isdecimal() and len(section) < 4
    papers = edition_facts.papers_of_section(edition, int(section)) if is_number else []
    return form.render_papers(papers) if papers and form.render_papers else None


def _file_name(id_: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "-", id_)[:120]


def _page(request: Request, edition: Edition) -> str:
    state, context = app_state_of(request), request_context_of(request)
    store, ui = state.site.store, context.ui
    previous, following = store.edition_links.previous(edition), store.edition_links.next(edition)
    topic = store.topics.get(edition.topic) if edition.topic else None
    known = store.edition_links.paper_ids(previous.id) if previous else set()
    return state.render(
        context,
        "archive_edition.html",
        **html.template_values(edition, map_svg=_map(edition, styled=False), setting=SETTING),
        script=state.script_address(context, urls.EDITION_SCRIPT),
        ask_about=_question_link(edition, context.root) if state.site.ask else None,
        inside=_papers_in_archive(edition, known, store, context.root, ui),
        new_mark=ui.gettext("New"),
        earlier_label=ui.gettext("Earlier in"),
        cite_section_label=ui.gettext("Cite this section"),
        paper_forms=[(form.extension, ui.show(form.label)) for form in formats.paper_formats()],
        forms=[(form.extension, ui.show(form.label)) for form in formats.offered_formats()],
        since_line=_since(edition, previous, known, ui),
        previous=_edition_link(previous, ui) if previous else None,
        next=_edition_link(following, ui) if following else None,
        topic=listing.topic_items([topic], ui)[0] if topic else None,
        feed=urls.topic_feed(topic.slug) if topic else "",
    )


def _question_link(edition: Edition, root: str) -> Callable[[str], str]:
    """What makes of a question the address of the form that asks it within the limits of this edition."""
    limits = LimitValues.of_limits(limits_of(edition)).as_lines()
    return lambda question: root + urls.ask(question, limits)


def _print(request: Request, edition: Edition) -> str:
    view = html.template_values(edition, map_svg=_map(edition, styled=False), setting=SETTING)
    return app_state_of(request).render(request_context_of(request), "print.html", unfolded=True, **view)


def _map(edition: Edition, *, styled: bool = True) -> Markup | None:
    drawn = draw_page_map(edition, styled=styled)
    return Markup(drawn) if drawn else None  # noqa: S704  # our own drawing


def _papers_in_archive(
    edition: Edition, known: set[str], store: Store, root: str, ui: Catalog
) -> dict[int, PaperInArchive]:
    before = store.edition_links.shown_in((paper.id for paper in edition.papers), before=edition.created_at)
    some = 0 < sum(paper.id in known for paper in edition.papers) < len(edition.papers)
    return {
        paper.number: PaperInArchive(
            page=root + urls.paper(paper.id),
            earlier=[_edition_link(head, ui) for head in before.get(paper.id, []) if head.id != edition.id][:_EARLIER],
            new=some and paper.id not in known,  # where all are new, a mark on each says nothing
            coins=context_object(paper),
        )
        for paper in edition.papers
    }


def _since(edition: Edition, previous: EditionHead | None, known: set[str], ui: Catalog) -> str:
    """What is new since the edition before."""
    if not previous or not edition.papers:
        return ""
    new = sum(paper.id not in known for paper in edition.papers)
    when = ui.date(previous.slot or previous.created_at)
    if new == len(edition.papers):
        return ui.ngettext(
            "Its {n} paper is new since {previous}.", "All {n} papers are new since {previous}.", new, previous=when
        )
    return ui.gettext(
        "New since {previous}: {new} of {n} papers, marked.", previous=when, new=new, n=len(edition.papers)
    )


def _edition_link(head: EditionHead, ui: Catalog) -> EditionLink:
    return EditionLink(urls.edition(head.id), to_line(head.title, 120), ui.date(head.slot or head.created_at))


def _list_page(request: Request) -> str:
    state, context = app_state_of(request), request_context_of(request)
    store, ui = state.site.store, context.ui
    kind = _kind(request.query_params.get("kind", ""))
    pages = Pagination(
        page_number(request, state.site.limits.last_page),
        store.edition_links.count(kind),
        _PAGE_SIZE,
        request,
        context.root,
    )
    heads = store.editions.list(kind, limit=_PAGE_SIZE, offset=pages.offset)
    return state.render(
        context,
        "editions.html",
        title=ui.gettext("All editions"),
        items=listing.items(heads, store, ui),
        total=pages.total,
        kind=kind or "",
        pages=pages,
    )


def _kind(asked: str) -> EditionKind | None:
    return asked if asked in ("survey", "digest") else None  # type: ignore[return-value]  # mypy does not narrow "in"
