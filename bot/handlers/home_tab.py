"""Home tab: a person's digests, what the buttons on them do, and a digest that is run at once.

Invariant: a click is acknowledged first; every answer is seen by the person alone who asked; nothing is changed for
anyone else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Executor

from bot import ids
from bot.handlers.dispatcher import Dispatcher
from bot.handlers.ownership import OwnedSubscriptions, next_slot
from bot.handlers.payload import Body, action_value, channel_id, is_in_home, once_key, response_url, team_id, user_id
from bot.messages import home_view, replies
from bot.messages.escape import mrkdwn
from bot.settings import BotServices
from bot.slack.client import Slack, SlackFailure
from bot.slack.connection import Ack, App
from bot.slack.thread import ThreadRef
from bot.work.first_digests import claim_telling
from digest.errors import Cancelled, PaperRouteError
from digest.i18n.catalog import Catalog
from digest.pipeline.services import DigestRequest
from digest.render.safe_text import to_line
from digest.run_context import RunContext
from store.records.editions import Topic
from store.records.lazy_text import AnyText
from store.tables.slack_requests import NewSlackRequest

log = logging.getLogger(__name__)
_LOCKS = 64  # over all people, so that their number does not grow with them


class HomeTab:
    """`executor`: for digests that are run at once; `ending`: set when they should stop."""

    def __init__(
        self,
        slack: Slack,
        services: BotServices,
        dispatcher: Dispatcher,
        executor: Executor,
        ending: threading.Event,
    ) -> None:
        self._slack, self._services, self._dispatcher = slack, services, dispatcher
        self._executor, self._ending = executor, ending
        self.owned = OwnedSubscriptions(services.store, services.archive_url)
        self._has_cards = True  # until Slack refuses them; not every workspace may know them
        self._publishing = [threading.Lock() for _ in range(_LOCKS)]

    def register(self, app: App) -> None:
        app.event(ids.HOME_OPENED)(self.show)
        for action, change in ((ids.PAUSE, self.owned.pause), (ids.RESUME, self.owned.resume)):
            app.action(action)(self._listener_that_changes(change))
        app.action(ids.DELETE)(self._listener_that_changes(self.owned.delete))
        app.action(ids.RUN_NOW)(self.run_now)

    def show(self, event: Body) -> None:
        if event.get("tab") == "home":
            self.publish(str(event.get("user", "")))

    def publish(self, user: str) -> None:
        """One after the other: what an earlier click made may not arrive behind what a later one did."""
        with self._publishing[hash(user) % _LOCKS]:
            editions, words = self.owned.home_editions(user), self.words(user)
            subscriptions = self.owned.home_subscriptions(user)
            reading = self.owned.home_reading(editions) if self._has_cards else None
            if reading and self._publish_with_cards(user, home_view.home_view(subscriptions, editions, words, reading)):
                return
            view = home_view.home_view(subscriptions, editions, words)
            if self._slack.call_or_none("views.publish", user_id=user, view=view) and reading:
                log.warning("Slack refuses the cards of the Home tab: it is shown without them")
                self._has_cards = False

    def _publish_with_cards(self, user: str, view: Body) -> bool:
        """Whether nothing more is to be done: False where Slack refused it for good."""
        try:
            self._slack.call("views.publish", quick=True, user_id=user, view=view)
        except SlackFailure as failure:
            log.info("%s with cards: %s", failure.method, failure.error)
            return not failure.permanent
        return True

    def _listener_that_changes(self, change: Callable[[str, str], object]) -> Callable[..., None]:
        def clicked(ack: Ack, body: Body, action: Body) -> None:
            ack()
            user = user_id(body)
            try:
                change(action_value(action), user)
            except PaperRouteError as error:
                self.tell(body, error.text)
            else:
                if not is_in_home(body):
                    self.tell(body, replies.DONE)
            self.publish(user)

        return clicked

    def run_now(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        user = user_id(body)
        if refusal := self.refusal(body):
            self.tell(body, refusal)
            return
        try:
            topic = self.owned.topic_of(self.owned.get(action_value(action), user))
        except PaperRouteError as error:
            self.tell(body, error.text)
            return
        if self.claim_once(body, "run", action.get("action_ts", ""), action_value(action)):
            self.start_digest(topic, user)
            self.tell(body, replies.digest_running(topic.title))

    def start_digest(self, topic: Topic, user: str) -> None:
        self._executor.submit(self._run, topic, user)

    def _run(self, topic: Topic, user: str) -> None:
        """The digest of the newest slot; the outbox posts it."""
        run = RunContext(cancel=self._ending)
        try:
            edition = self._services.digest(DigestRequest(topic.slug), run)
        except Cancelled:
            return
        except PaperRouteError as error:
            log.warning("the digest of %s failed: %s", topic.slug, error)
            self.message(user, mrkdwn(self.words(user).show(replies.what_failed(error))))
        except Exception:
            log.exception("the digest of %s failed", topic.slug)
            self.message(user, replies.FAULT)
        else:
            title = mrkdwn(to_line(topic.title, 150))
            if edition.created_at != run.now:
                self.message(user, replies.digest_exists(title, next_slot(topic)))
            elif edition.quiet:
                for subscription in self.owned.list_of(user):
                    if subscription.topic == topic.slug:
                        claim_telling(self._services.store, subscription)
                self.message(user, replies.nothing_new(title))
        self.publish(user)

    # Telling.

    def tell(self, body: Body, text: AnyText) -> None:
        """Where the click was, to who clicked; in the Home tab there is no such place, so by direct message."""
        channel, user = channel_id(body), user_id(body)
        inert = mrkdwn(self.words(user).show(text))
        if not channel or is_in_home(body):
            self.message(user, inert)
            return
        thread = str((body.get("message") or {}).get("thread_ts") or "")
        here = ThreadRef(channel, thread, user, response_url=response_url(body))
        self._dispatcher.publisher.post_ephemeral(here, inert)

    def message(self, user: str, text: AnyText) -> None:
        """text: mrkdwn."""
        opened = self._slack.call_or_none("conversations.open", users=user)
        if opened is not None:
            self._dispatcher.publisher.post_line(ThreadRef(str(opened["channel"]["id"]), user=user), text)

    def refusal(self, body: Body, *, within: float | None = None) -> AnyText:
        """Why someone may not manage digests; "" where they may. Home tab and forms are direct, as messages are."""
        return self._dispatcher.person_refusal(team_id(body), channel_id(body) or "D", user_id(body), within=within)

    def claim_once(self, body: Body, kind: str, *parts: object) -> bool:
        """Whether this is the first telling of something that may be told twice, to whichever process."""
        new = NewSlackRequest(
            team=team_id(body),
            channel="",
            ts=once_key(kind, *parts),
            thread_ts="",
            user=user_id(body),
            kind="followup",
            text="",
        )
        return self._services.store.slack_requests.claim(new, "", 0.0, state="answered") is not None

    def words(self, user: str) -> Catalog:
        return self._dispatcher.publisher.words_in(ThreadRef("", user=user))
