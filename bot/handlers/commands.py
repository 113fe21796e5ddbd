"""Slash command /paperroute, the topic form and the Home tab: digests are managed inside Slack.

Invariant: whatever comes in is acknowledged first, and a form is opened before anything else is asked of Slack, for its
trigger lives 3 seconds; every answer is seen by the person alone who asked; nothing is changed for anyone else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

from slack_bolt import Ack, App

from bot import ids
from bot.handlers import lists
from bot.handlers.dispatcher import Dispatcher
from bot.handlers.ownership import OwnedSubscriptions, SavedSubscription, next_slot
from bot.messages import topic_form, views
from bot.messages.escape import mrkdwn
from bot.messages.topic_form import TopicForm
from bot.messages.views import Preview, help_message
from bot.settings import BotServices
from bot.slack.client import Slack, SlackFailure
from bot.slack.progress import ThreadRef
from bot.slack.users import UserDirectory
from bot.texts import replies
from bot.texts.forms import FormWords
from bot.texts.messages import bot_strings
from digest.cadence import describe_schedule
from digest.errors import Cancelled, PaperRouteError
from digest.pipeline.services import DigestRequest
from digest.render.safe_text import to_line
from digest.run_context import RunContext
from store.records.editions import Topic
from store.tables.slack_requests import NewSlackRequest

log = logging.getLogger(__name__)
Body = Mapping[str, Any]


class CommandsAndHome:
    """`executor`: for what takes long; `ending`: set when it should stop."""

    def __init__(
        self,
        slack: Slack,
        services: BotServices,
        people: UserDirectory,
        desk: Dispatcher,
        executor: Executor,
        ending: threading.Event,
    ) -> None:
        self._slack, self._services, self._people, self._desk = slack, services, people, desk
        self._executor, self._ending = executor, ending
        self._own = OwnedSubscriptions(services.store, services.archive_url)

    def register(self, app: App) -> None:
        app.command(ids.COMMAND)(self.command)
        app.event(ids.HOME_OPENED)(self.home_opened)
        app.view(ids.TOPIC_VIEW)(self.submitted)
        app.action(ids.SUBSCRIBE)(self.subscribe)
        app.action(ids.NEW_TOPIC)(self.new_topic)
        app.action(ids.PREVIEW)(self.preview)
        app.action(ids.EDIT)(self.edit)
        for action, change in ((ids.PAUSE, self._own.pause), (ids.RESUME, self._own.resume)):
            app.action(action)(self._changing(change))
        app.action(ids.DELETE)(self._changing(self._own.delete))
        app.action(ids.RUN_NOW)(self.run_now)

    # The command.

    def command(self, ack: Ack, body: Body) -> None:
        user, channel = str(body.get("user_id", "")), str(body.get("channel_id", ""))
        verb, _, rest = str(body.get("text") or "").strip().partition(" ")
        if refusal := self._desk.refused_person(str(body.get("team_id", "")), channel, user):
            ack(text=refusal)
            return
        if verb.lower() == "subscribe":
            ack()
            self._open(body, TopicForm(question=to_line(rest, 1_000), conversation=channel), user)
        elif verb.lower() in ("", "help"):
            message = help_message(self._words(user))
            ack(text=message.text, blocks=[dict(block) for block in message.blocks])
        else:
            ack(text=self._answer(verb.lower(), rest.strip(), user))

    def _answer(self, verb: str, rest: str, user: str) -> str:
        """What a command says, as mrkdwn."""
        verbs: dict[str, Callable[[str, str], str]] = {
            "subscriptions": lambda _, who: lists.subscriptions(self._own, who, self._words(who)),
            "topics": lambda _, who: lists.topics(self._services.store, self._words(who)),
            "history": lambda words_, _: lists.history(self._own, self._services.store, words_),
            "pause": lambda which, who: self._moved(self._own.pause, which, who),
            "resume": lambda which, who: self._moved(self._own.resume, which, who),
            "run": self._run_command,
        }
        if verb not in verbs:
            return replies.unknown_command(mrkdwn(to_line(verb, 40)))
        try:
            return verbs[verb](rest, user)
        except PaperRouteError as error:
            return mrkdwn(str(error))

    def _moved(self, change: Callable[[str, str], object], which: str, user: str) -> str:
        if not which:
            return replies.WHICH_DIGEST
        change(which, user)
        self._publish(user)
        return replies.DONE

    def _run_command(self, which: str, user: str) -> str:
        if not which:
            return replies.WHICH_DIGEST
        topic = self._own.topic(self._own.one(which, user))
        self._start(topic, user)
        return replies.digest_running(mrkdwn(topic.title))

    # The form.

    def _refusal(self, body: Body) -> str:
        """Why someone may not manage digests; "" where they may. Home tab and forms are direct, as messages are."""
        team = body.get("team") or {}
        channel = str((body.get("channel") or {}).get("id") or "D")
        return self._desk.refused_person(str(team.get("id") or body.get("team_id") or ""), channel, _user_id(body))

    def _opened(self, body: Body, form: TopicForm) -> None:
        """The form, for someone who pressed a button."""
        if refusal := self._refusal(body):
            self._tell(body, refusal)
        else:
            self._open(body, form, _user_id(body))

    def _open(self, body: Body, form: TopicForm, user: str) -> None:
        """At once, with what is known; the person's own time zone comes in when Slack has told it."""
        if not self._first(body, f"trigger:{body.get('trigger_id', '')}"):
            return  # told twice: a trigger opens one form
        known = self._people.known(user)
        said = bot_strings(str((known or {}).get("locale") or "")).forms
        zone = str((known or {}).get("tz") or "")
        form = _with_timezone(form, zone)
        try:
            view = self._slack.call(
                "views.open", trigger_id=str(body.get("trigger_id", "")), view=views.topic_view(form, said)
            )["view"]
        except SlackFailure as failure:
            log.warning("the form could not be opened: %s", failure)
            return
        if known is None and not form.topic:
            profile = self._people.profile(user)
            said = bot_strings(str(profile.get("locale") or "")).forms
            form = _with_timezone(form, str(profile.get("tz") or ""))
            self._slack.call_or_none("views.update", view_id=view["id"], view=views.topic_view(form, said))

    def subscribe(self, ack: Ack, body: Body, action: Body) -> None:
        """The button of a survey: its question becomes a topic."""
        ack()
        channel = str((body.get("channel") or {}).get("id") or "")
        try:
            form = self._own.survey_as_form(str(action.get("value", "")), conversation=channel, timezone="UTC")
        except PaperRouteError as error:
            self._tell(body, str(error))
            return
        self._opened(body, form)

    def new_topic(self, ack: Ack, body: Body) -> None:
        ack()
        self._opened(body, TopicForm())

    def edit(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        user = _user_id(body)
        try:
            kept = self._own.one(str(action.get("value", "")), user)
            topic = self._own.topic(kept)
        except PaperRouteError as error:
            self._tell(body, str(error))
            return
        form = topic_form.form_of(topic, conversation=kept.address, subscription=str(kept.id))
        self._opened(body, form)

    def preview(self, ack: Ack, body: Body) -> None:
        """What the topic would have found last week, into the form that is open."""
        ack()
        if self._refusal(body):
            return
        view, said = body.get("view") or {}, self._words(_user_id(body))
        form = topic_form.read(view)
        wrong = topic_form.errors(form, said)
        wrong.pop("conversation", None)
        found = Preview(failed=" ".join(wrong.values())) if wrong else self._previewed(form)
        self._slack.call_or_none(
            "views.update", view_id=str(view.get("id", "")), view=views.topic_view(form, said, preview=found)
        )

    def _previewed(self, form: TopicForm) -> Preview:
        base = self._services.store.topics.get(form.topic) if form.topic else None
        try:
            papers = self._services.preview(topic_form.topic_of(form, base=base), RunContext(cancel=self._ending))
        except PaperRouteError as error:
            return Preview(failed=str(error))
        return Preview(len(papers), tuple((paper.title, f"https://arxiv.org/abs/{paper.id}") for paper in papers[:5]))

    def submitted(self, ack: Ack, body: Body) -> None:
        view, user = body.get("view") or {}, _user_id(body)
        said, form = self._words(user), topic_form.read(view)
        if refusal := self._refusal(body):
            ack(response_action="errors", errors={"question": refusal})
            return
        try:
            wrong = topic_form.errors(form, said, base=self._own.base(form, user)) or self._unreachable(form)
            if wrong:
                ack(response_action="errors", errors=wrong)
                return
            saved = self._own.save(form, user) if self._first(body, f"view:{view.get('id', '')}") else None
        except PaperRouteError as error:
            ack(response_action="errors", errors={"question": str(error)})
            return
        ack()
        if saved is not None:
            self._publish(user)
            self._tell_saved(saved, said, user)

    def _unreachable(self, form: TopicForm) -> dict[str, str]:
        """What speaks against the conversation, as far as Slack tells."""
        if not form.conversation.startswith(("C", "G")):
            return {}
        try:
            found = self._slack.call("conversations.info", quick=True, channel=form.conversation).get("channel") or {}
        except SlackFailure as failure:
            return {"conversation": replies.NOT_A_MEMBER} if failure.error == "channel_not_found" else {}
        if found.get("is_archived"):
            return {"conversation": replies.ARCHIVED}
        if found.get("is_ext_shared") or found.get("is_ext_shared_channel"):
            return {"conversation": replies.SHARED_CHANNEL}
        return {} if found.get("is_member", True) else {"conversation": replies.NOT_A_MEMBER}

    def _tell_saved(self, saved: SavedSubscription, said: FormWords, user: str) -> None:
        topic = saved.topic
        when = describe_schedule(topic.cadence, topic.at, topic.timezone, said.cadence)
        text = replies.digest_saved(
            mrkdwn(to_line(topic.title, 150)), mrkdwn(when), saved.subscription.address, next_slot(topic)
        )
        self._message(user, text)

    # The Home tab, and what its buttons do.

    def home_opened(self, event: Body) -> None:
        if event.get("tab") == "home":
            self._publish(str(event.get("user", "")))

    def _publish(self, user: str) -> None:
        view = views.home_view(self._own.shown(user), self._own.editions(user), self._words(user))
        self._slack.call_or_none("views.publish", user_id=user, view=view)

    def _changing(self, change: Callable[[str, str], object]) -> Callable[..., None]:
        def clicked(ack: Ack, body: Body, action: Body) -> None:
            ack()
            user = _user_id(body)
            try:
                change(str(action.get("value", "")), user)
            except PaperRouteError as error:
                self._tell(body, str(error))
            else:
                if not _is_in_home(body):
                    self._tell(body, replies.DONE)
            self._publish(user)

        return clicked

    def run_now(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        user = _user_id(body)
        if refusal := self._refusal(body):
            self._tell(body, refusal)
            return
        try:
            topic = self._own.topic(self._own.one(str(action.get("value", "")), user))
        except PaperRouteError as error:
            self._tell(body, str(error))
            return
        if self._first(body, f"run:{action.get('action_ts', '')}:{action.get('value', '')}"):
            self._start(topic, user)
            self._tell(body, replies.digest_running(mrkdwn(topic.title)))

    def _start(self, topic: Topic, user: str) -> None:
        self._executor.submit(self._run, topic, user)

    def _run(self, topic: Topic, user: str) -> None:
        """The digest of the newest slot; the outbox posts it."""
        run = RunContext(cancel=self._ending)
        try:
            edition = self._services.digest(DigestRequest(topic.slug), run)
        except Cancelled:
            return
        except PaperRouteError as error:
            self._message(user, mrkdwn(str(error)))
        except Exception:
            log.exception("the digest of %s failed", topic.slug)
            self._message(user, replies.FAULT)
        else:
            title = mrkdwn(to_line(topic.title, 150))
            if edition.created_at != run.now:
                self._message(user, replies.digest_exists(title, next_slot(topic)))
            elif edition.quiet:
                self._message(user, replies.nothing_new(title))
        self._publish(user)

    # Telling.

    def _tell(self, body: Body, text: str) -> None:
        """Where the click was, to who clicked; in the Home tab there is no such place, so by direct message."""
        channel = str((body.get("channel") or {}).get("id") or "")
        if not channel or _is_in_home(body):
            self._message(_user_id(body), mrkdwn(text))
            return
        thread = str((body.get("message") or {}).get("thread_ts") or "")
        self._desk.poster.post_ephemeral(ThreadRef("", channel, thread, _user_id(body)), mrkdwn(text))

    def _message(self, user: str, text: str) -> None:
        """text: mrkdwn."""
        said = self._slack.call_or_none("conversations.open", users=user)
        if said is not None:
            self._desk.poster.post_line(ThreadRef("", str(said["channel"]["id"]), "", user), text)

    def _first(self, body: Body, mark: str) -> bool:
        """Whether this is the first telling of something that may be told twice, to whichever process."""
        team = str((body.get("team") or {}).get("id") or body.get("team_id") or "")
        new = NewSlackRequest(team, "", mark, "", _user_id(body) or str(body.get("user_id", "")), "followup", "")
        return self._services.store.slack_requests.claim(new, "", 0.0, state="answered") is not None

    def _words(self, user: str) -> FormWords:
        return bot_strings(str((self._people.known(user) or {}).get("locale") or "")).forms


def _with_timezone(form: TopicForm, zone: str) -> TopicForm:
    return form if form.topic or not zone else TopicForm(**{**vars(form), "timezone": zone})


def _is_in_home(body: Body) -> bool:
    return str((body.get("view") or {}).get("type", "")) == "home"


def _user_id(body: Body) -> str:
    return str((body.get("user") or {}).get("id") or "")
