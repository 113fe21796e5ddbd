"""Slash command /paperroute and the topic form: digests are managed inside Slack.

Invariant: whatever comes in is acknowledged first, and a form is opened within the 3 seconds that its trigger lives,
however long Slack takes to say who asks; every answer is seen by the person alone who asked; nothing is changed for
anyone else.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace

from bot import ids
from bot.handlers.dispatcher import Dispatcher
from bot.handlers.feedback import reading_list_answer, turn
from bot.handlers.home_tab import HomeTab
from bot.handlers.ownership import SavedSubscription, next_slot
from bot.handlers.payload import Body, action_value, response_url, team_id, thread_of_click, user_id
from bot.messages import home_view, replies, topic_form, views
from bot.messages.escape import mrkdwn
from bot.messages.topic_form import TopicForm
from bot.messages.views import Preview, help_message
from bot.settings import BotServices
from bot.slack.canvas import Canvases
from bot.slack.client import Slack, SlackFailure
from bot.slack.connection import Ack, App
from bot.slack.response_url import respond
from bot.slack.users import UserDirectory
from digest.cadence import describe_schedule
from digest.errors import PaperRouteError
from digest.i18n.catalog import Catalog
from digest.render.safe_text import to_line
from digest.run_context import RunContext
from store.records.lazy_text import AnyText

log = logging.getLogger(__name__)
_QUICK_SECONDS = 1.0  # for Slack to say who somebody is: a command, its trigger and a form that is sent live 3


class Commands:
    """`home`: shows what was changed, and tells who asked; `ending`: set when a preview should stop."""

    def __init__(
        self,
        home: HomeTab,
        slack: Slack,
        services: BotServices,
        users: UserDirectory,
        dispatcher: Dispatcher,
        canvases: Canvases,
        ending: threading.Event,
    ) -> None:
        self._canvases = canvases
        self._home, self._slack, self._services, self._users = home, slack, services, users
        self._dispatcher, self._ending, self._owned = dispatcher, ending, home.owned

    def register(self, app: App) -> None:
        app.command(ids.COMMAND)(self.command)
        app.view(ids.TOPIC_VIEW)(self.submit)
        app.action(ids.SUBSCRIBE)(self.subscribe)
        app.action(ids.NEW_TOPIC)(self.new_topic)
        app.action(ids.PREVIEW)(self.preview)
        app.action(ids.EDIT)(self.edit)

    # The command.

    def command(self, ack: Ack, body: Body) -> None:
        user, channel = user_id(body), str(body.get("channel_id", ""))
        verb, _, rest = str(body.get("text") or "").strip().partition(" ")
        within = 0.0 if verb.lower() in ("", "help") else _QUICK_SECONDS  # anybody may know what there is
        if refusal := self._dispatcher.person_refusal(team_id(body), channel, user, within=within):
            ack(text=self._home.words(user).show(refusal))
            return
        if verb.lower() == "subscribe":
            ack()
            self._open(body, TopicForm(question=to_line(rest, 1_000), conversation=channel), user)
        elif verb.lower() in ("", "help"):
            message = help_message(self._home.words(user))
            ack(text=message.text, blocks=[dict(block) for block in message.blocks])
        else:
            ack(text=self._answer(verb.lower(), rest.strip(), user))

    def _answer(self, verb: str, rest: str, user: str) -> str:
        """What a command says, as mrkdwn."""
        words = self._home.words(user)
        verbs: dict[str, Callable[[str, str], AnyText]] = {
            "subscriptions": lambda _, who: home_view.subscription_lines(self._owned.home_subscriptions(who), words),
            "topics": lambda *_: home_view.topic_lines(self._services.store.topics.list(active_only=True), words),
            "history": lambda query, _: self._history(query, words),
            "pause": lambda which, who: self._change(self._owned.pause, which, who),
            "resume": lambda which, who: self._change(self._owned.resume, which, who),
            "run": self._run_command,
            "canvas": self._canvas_command,
            "reading-list": lambda _, who: reading_list_answer(self._services, who, words),
            "feedback": lambda which, who: turn(self._services, which.lower(), who),
        }
        if verb not in verbs:
            return words.show(replies.unknown_command(mrkdwn(to_line(verb, 40))))
        try:
            return words.show(verbs[verb](rest, user))
        except PaperRouteError as error:
            return mrkdwn(words.show(replies.what_failed(error)))

    def _history(self, query: str, words: Catalog) -> str:
        """The newest editions; with a query, those that hold its words."""
        store, most = self._services.store, home_view.MOST_EDITIONS
        hits = [hit.edition for hit in store.search.editions(query, limit=most)] if query else []
        heads = hits if query else store.editions.list(limit=most)
        return home_view.edition_lines([self._owned.home_edition(head) for head in heads], query, words)

    def _change(self, change: Callable[[str, str], object], which: str, user: str) -> AnyText:
        if not which:
            return replies.WHICH_DIGEST
        change(which, user)
        self._home.publish(user)
        return replies.DONE

    def _run_command(self, which: str, user: str) -> AnyText:
        if not which:
            return replies.WHICH_DIGEST
        topic = self._owned.topic_of(self._owned.get(which, user))
        self._home.start_digest(topic, user)
        return replies.digest_running(mrkdwn(topic.title))

    def _canvas_command(self, rest: str, user: str) -> AnyText:
        which, _, switch = rest.partition(" ")
        if not which:
            return replies.WHICH_DIGEST
        if switch.strip().lower() == "off":
            return self._owned.set_canvas(which, user, on=False)
        return self._owned.set_canvas(which, user, on=True) if self._canvases.offered else replies.NO_CANVASES

    # The form.

    def _open_for_click(self, body: Body, form: TopicForm) -> None:
        """The form, for someone who pressed a button."""
        if refusal := self._home.refusal(body, within=_QUICK_SECONDS):
            self._home.tell(body, refusal)
        else:
            self._open(body, form, user_id(body))

    def _open(self, body: Body, form: TopicForm, user: str) -> None:
        """At once, with what is known; the person's own time zone comes in when Slack has told it."""
        if not self._home.claim_once(body, "trigger", body.get("trigger_id", "")):
            return  # told twice: a trigger opens one form
        if self._canvases.offered:
            form = replace(form, canvas=form.canvas or "off")
        known = self._users.known(user)
        words = self._home.words(user)
        form = _with_timezone(form, str((known or {}).get("tz") or ""))
        try:
            view = self._slack.call(
                "views.open", trigger_id=str(body.get("trigger_id", "")), view=views.topic_view(form, words)
            )["view"]
        except SlackFailure as failure:
            log.warning("the form could not be opened: %s", failure)
            respond(self._slack, response_url(body), words.show(replies.FORM_NOT_OPENED))
            return
        if known is None and not form.topic:
            profile = self._users.profile(user)
            words = self._home.words(user)
            form = _with_timezone(form, str(profile.get("tz") or ""))
            refusal = self._home.refusal(body)  # it may have come too late for the form not to open
            told = Preview(failed=words.show(refusal)) if refusal else None
            self._slack.call_or_none(
                "views.update", view_id=view["id"], view=views.topic_view(form, words, preview=told)
            )

    def subscribe(self, ack: Ack, body: Body, action: Body) -> None:
        """The button of a survey: its question becomes a topic."""
        ack()
        thread, id_ = thread_of_click(body), action_value(action)
        length = self._services.store.slack_requests.length_asked(thread.team, thread.channel, id_)
        try:
            form = self._owned.survey_as_form(id_, conversation=thread.channel, timezone="UTC", length=length)
        except PaperRouteError as error:
            self._home.tell(body, error.text)
            return
        self._open_for_click(body, form)

    def new_topic(self, ack: Ack, body: Body) -> None:
        ack()
        self._open_for_click(body, TopicForm())

    def edit(self, ack: Ack, body: Body, action: Body) -> None:
        ack()
        user = user_id(body)
        try:
            kept = self._owned.get(action_value(action), user)
            topic = self._owned.topic_of(kept)
        except PaperRouteError as error:
            self._home.tell(body, error.text)
            return
        canvas = topic_form.KEEP_CANVAS if self._owned.keeps_canvas(kept) else ""
        form = topic_form.form_of(topic, conversation=kept.address, subscription=str(kept.id), canvas=canvas)
        self._open_for_click(body, form)

    def preview(self, ack: Ack, body: Body) -> None:
        """What the topic would have found last week, into the form that is open."""
        ack()
        if self._home.refusal(body):
            return
        view, words = body.get("view") or {}, self._home.words(user_id(body))
        form = topic_form.read(view)
        wrong = topic_form.errors(form, words, by_rules=self._services.by_rules)
        for field in ("conversation", "canvas"):
            wrong.pop(field, None)
        found = Preview(failed=words.sentence_space.join(wrong.values())) if wrong else self._make_preview(form, words)
        self._slack.call_or_none(
            "views.update", view_id=str(view.get("id", "")), view=views.topic_view(form, words, preview=found)
        )

    def _make_preview(self, form: TopicForm, words: Catalog) -> Preview:
        base = self._services.store.topics.get(form.topic) if form.topic else None
        try:
            papers = self._services.preview(topic_form.topic_of(form, base=base), RunContext(cancel=self._ending))
        except PaperRouteError as error:
            return Preview(failed=words.show(replies.what_failed(error)))
        return Preview(len(papers), tuple((paper.title, paper.url) for paper in papers[:5]))

    def submit(self, ack: Ack, body: Body) -> None:
        view, user = body.get("view") or {}, user_id(body)
        words, form = self._home.words(user), topic_form.read(view)
        if refusal := self._home.refusal(body, within=_QUICK_SECONDS):
            ack(response_action="errors", errors={"question": words.show(refusal)})
            return
        try:
            base = self._owned.topic_to_edit(form, user)
            wrong = topic_form.errors(form, words, base=base, by_rules=self._services.by_rules) or {
                field: words.show(problem) for field, problem in self._conversation_problems(form, user).items()
            }
            if wrong:
                ack(response_action="errors", errors=wrong)
                return
            saved = self._owned.save(form, user) if self._home.claim_once(body, "view", view.get("id", "")) else None
        except PaperRouteError as error:
            ack(response_action="errors", errors={"question": words.show(replies.what_failed(error))})
            return
        ack()
        if saved is None:
            return
        if refusal := self._home.refusal(body):  # Slack said it too late for the form
            self._owned.delete(str(saved.subscription.id), user)
            self._home.message(user, refusal)
        else:
            self._tell_saved(saved, words, user)
        self._home.publish(user)

    def _conversation_problems(self, form: TopicForm, user: str) -> dict[str, AnyText]:
        """What speaks against the conversation, as far as Slack tells."""
        if form.conversation.startswith("D"):
            opened = self._slack.call_or_none("conversations.open", users=user)
            ours = opened is None or opened["channel"]["id"] == form.conversation
            return {} if ours else {"conversation": replies.NOT_OUR_DIRECT}
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

    def _tell_saved(self, saved: SavedSubscription, words: Catalog, user: str) -> None:
        topic = saved.topic
        schedule = mrkdwn(words.show(describe_schedule(topic.cadence, topic.at, topic.timezone)))
        text = replies.digest_saved(
            mrkdwn(to_line(topic.title, 150)), schedule, saved.subscription.address, next_slot(topic)
        )
        self._home.message(user, text)


def _with_timezone(form: TopicForm, zone: str) -> TopicForm:
    return form if form.topic or not zone else replace(form, timezone=zone)
