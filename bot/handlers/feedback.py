"""What people in Slack say of papers: the menu below an edition, its buttons, their reading list.

Invariant: what is pressed is acknowledged first and looked up; whoever presses says it for themselves alone, and alone
sees the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bot import ids
from bot.handlers.home_tab import HomeTab
from bot.handlers.payload import Body, action_value, channel_id, user_id
from bot.messages import replies
from bot.messages.blocks import actions, section
from bot.messages.paper_message import (
    opinion_message,
    opinion_told,
    reading_list_lines,
    take_back_button,
    taken_back,
)
from bot.settings import BotServices
from bot.slack.connection import Ack, App
from bot.slack.publisher import MessagePublisher
from bot.slack.thread import ThreadRef
from digest.errors import BadInput, NotFound, PaperRouteError
from digest.feedback import opinions
from digest.feedback.reading_list import reading_list
from digest.i18n.catalog import Catalog
from store.records.editions import Edition, EditionPaper
from store.records.feedback import PaperOpinion, Reader
from store.records.lazy_text import AnyText


class FeedbackListeners:
    def __init__(self, home: HomeTab, services: BotServices, publisher: MessagePublisher) -> None:
        self._home, self._services, self._publisher = home, services, publisher

    def register(self, app: App) -> None:
        app.action(ids.CHOOSE_PAPER)(self.choose)
        for opinion in opinions.OPINIONS:
            app.action(ids.OPINIONS[opinion])(self._listener(opinion))
            app.action(ids.TAKE_BACK[opinion])(self._taking_back(opinion))

    def choose(self, ack: Ack, body: Body, action: Body) -> None:
        """A paper of the menu: what can be said of it, to who chose it."""
        ack()
        try:
            edition, paper = self._find(body, action)
        except PaperRouteError as error:
            self._home.tell(body, error.text)
            return
        user = user_id(body)
        said = opinions.opinions_on(self._services.store, Reader("slack", user), paper.id)
        message = opinion_message(paper, edition.id, said, self._home.words(user))
        self._publisher.post_ephemeral(_place(body), message.text, message.blocks)

    def _listener(self, opinion: PaperOpinion) -> Callable[..., None]:
        def clicked(ack: Ack, body: Body, action: Body) -> None:
            ack()
            user = user_id(body)
            try:
                edition, paper = self._find(body, action)
                store, reader = self._services.store, Reader("slack", user)
                topic = edition.topic if store.topics.get(edition.topic) else ""
                opinions.set_opinion(store, reader, topic, paper.id, opinion, datetime.now(UTC))
            except PaperRouteError as error:
                self._home.tell(body, error.text)
                return
            words = self._home.words(user)
            told = opinion_told(paper, opinion, words, topic=bool(topic))
            back = take_back_button(opinion, words, action_value(action))
            self._publisher.post_ephemeral(_place(body), told, [section(told), actions([back])])

        return clicked

    def _taking_back(self, opinion: PaperOpinion) -> Callable[..., None]:
        def clicked(ack: Ack, body: Body, action: Body) -> None:
            ack()
            user = user_id(body)
            try:
                _, paper = self._find(body, action)
                opinions.clear_opinions(self._services.store, Reader("slack", user), paper.id, [opinion])
            except PaperRouteError as error:
                self._home.tell(body, error.text)
                return
            self._publisher.post_ephemeral(_place(body), taken_back(paper, opinion, self._home.words(user)))

        return clicked

    def _find(self, body: Body, action: Body) -> tuple[Edition, EditionPaper]:
        """Raises BadInput where they may not, or nobody is asked; NotFound where it is gone."""
        if refusal := self._home.refusal(body) or ("" if self._services.feedback else replies.NOBODY_IS_ASKED):
            raise BadInput(refusal)
        number, _, id_ = action_value(action).partition(" ")
        edition = self._services.store.editions.get(id_)
        paper = next((one for one in edition.papers if str(one.number) == number), None) if edition else None
        if edition is None or paper is None:
            raise NotFound(replies.EDITION_GONE)
        return edition, paper


def _place(body: Body) -> ThreadRef:
    """Where the click was. A message that one person alone sees is not in its body, yet where it stands is."""
    holders = (body.get("message") or {}, body.get("container") or {})
    thread = next((str(holder["thread_ts"]) for holder in holders if holder.get("thread_ts")), "")
    return ThreadRef(channel_id(body), thread, user_id(body))


def _require_asked(services: BotServices) -> None:
    if not services.feedback:
        raise BadInput(replies.NOBODY_IS_ASKED)


def reading_list_answer(services: BotServices, user: str, words: Catalog) -> str:
    """As mrkdwn. Raises BadInput where nobody is asked."""
    _require_asked(services)
    items = reading_list(services.store, Reader("slack", user))
    return reading_list_lines([(item.paper, item.is_seen) for item in items[:50]], words)


def turn(services: BotServices, which: str, user: str) -> AnyText:
    """On or off, by whom it is about. Raises BadInput where nobody is asked."""
    _require_asked(services)
    reader = Reader("slack", user)
    if which == "off":
        opinions.turn_off(services.store, reader, datetime.now(UTC))
    elif which == "on":
        opinions.turn_on(services.store, reader)
    else:
        return replies.ON_OR_OFF
    return replies.DONE
