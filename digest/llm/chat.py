"""Chat session: what every provider shares, from streaming and checks to JSON answers and their retry.

Invariant: what comes back was finished by the model itself, is not empty, and is of the shape that was asked for; every
answer that was paid for is counted, also where the call fails in the end.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

from digest.llm.budget import UsageTally
from digest.llm.failures import ModelEndpoint, ModelFault
from digest.llm.json_schema import SchemaMismatch, parse_object, schema_instruction, strict_json_schema, strip_thoughts
from digest.llm.pricing import PriceTable, TokenCount
from digest.llm.retry import RetryPolicy
from digest.ports import Answer, Prompt, S
from store.records.lazy_text import lazy_gettext

T = TypeVar("T")
_MAX_ALLOWANCE = 32_000
_ANOTHER_MODEL = lazy_gettext("Another model may do better.")
_TRY_AGAIN = lazy_gettext("Try again.")


@dataclass(frozen=True)
class ChatRequest:
    """One request. schema: what the server should hold the model to, None for free text."""

    prompt: Prompt
    most_tokens: int
    schema: dict[str, Any] | None = None


@dataclass(frozen=True)
class Finish:
    """How an answer ended; reason "" where the stream broke off without saying so. thoughts: tokens of reasoning."""

    reason: Literal["done", "limit", "refused", ""]
    tokens: TokenCount | None = None
    thoughts: int = 0
    detail: str = ""


@dataclass
class ServerCapabilities:
    """What we learnt of a server: which optional parameters it turned down, how much its model thinks.

    optional: parameter -> what a server's complaint about it looks like ("schema" is one of them everywhere).
    allowance: tokens granted for thoughts, beside those for the text. Threads share it without a lock: a lesson that
    is lost in a race is learnt again.
    """

    optional: dict[str, str]
    allowance: int = 0
    unknown: frozenset[str] = frozenset()

    def supports(self, parameter: str) -> bool:
        return parameter not in self.unknown

    def parameters_for(self, order: ChatRequest) -> frozenset[str]:
        """The optional parameters of a request for this order."""
        return (
            frozenset(self.optional) - self.unknown - (frozenset({"schema"}) if order.schema is None else frozenset())
        )

    def record_rejection(self, fault: ModelFault, sent: frozenset[str]) -> bool:
        """Whether the server complained about something in `sent` that can be left out."""
        if fault.kind != "bad_request":
            return False
        blamed = {name for name in sent if re.search(self.optional[name], fault.words, re.IGNORECASE)}
        self.unknown |= blamed
        return bool(blamed)


class ChatSession(ABC):
    """A `ChatModel`: one model of one provider; `stream_completion` is the provider's part."""

    def __init__(
        self, endpoint: ModelEndpoint, retry_policy: RetryPolicy, prices: PriceTable, capabilities: ServerCapabilities
    ) -> None:
        self.endpoint, self.retry_policy, self.prices, self.capabilities = endpoint, retry_policy, prices, capabilities
        self.model = endpoint.model

    @abstractmethod
    def stream_completion(
        self, order: ChatRequest, most_tokens: int, sent: frozenset[str]
    ) -> Generator[str | Finish, None, None]:
        """One exchange with the provider: pieces of text as they come, then a Finish. Raises ModelFault only.

        most_tokens: the order's, and what is granted for thoughts. sent: the optional parameters that may be used.
        """

    def write(
        self, prompt: Prompt, *, role: str, most_tokens: int, on_text: Callable[[str], None] = lambda _: None
    ) -> Answer[str]:
        call = _ChatCall(self, role, on_text)
        return call.answer(lambda: call.ask(ChatRequest(prompt, most_tokens), lambda text: text))

    def fill(self, prompt: Prompt, shape: type[S], *, role: str, most_tokens: int) -> Answer[S]:
        call = _ChatCall(self, role, lambda _: None)
        return call.answer(lambda: self._fill_with_retry(call, prompt, shape, most_tokens))

    def _fill_with_retry(self, call: _ChatCall, prompt: Prompt, shape: type[S], most_tokens: int) -> S:
        """From at most two answers: after bad JSON the question is another, plainer one that asks for less."""
        held = self.capabilities.supports("schema")
        order = (
            ChatRequest(prompt, most_tokens, strict_json_schema(shape))
            if held
            else ChatRequest(_prompt_with_schema(prompt, shape), most_tokens)
        )
        try:
            return call.ask(order, lambda text: self._read(text, shape))
        except ModelFault as fault:
            if fault.kind != "malformed":
                raise
            complaint = fault.words
        plainer = ChatRequest(_prompt_with_schema(prompt, shape, complaint), most_tokens)
        filled = call.ask(plainer, lambda text: self._read(text, shape))
        if held:  # this server holds no model to a schema: the next question says it in words at once
            self.capabilities.unknown |= {"schema"}
        return filled

    def _read(self, text: str, shape: type[S]) -> S:
        try:
            return parse_object(text, shape)
        except SchemaMismatch as error:
            what = lazy_gettext(
                "{model} answered with something else than was asked for: {error}.",
                model=self.endpoint.model,
                error=error.what,
            )
            raise ModelFault(what, kind="malformed", again=False, words=str(error), hint=_ANOTHER_MODEL) from None


class _ChatCall:
    """One call of a caller's: all its tries, one deadline, one tally."""

    def __init__(self, session: ChatSession, role: str, on_text: Callable[[str], None]) -> None:
        self._session, self._on_text = session, on_text
        self._tally = UsageTally(role, session.endpoint.model, session.prices)
        self._deadline = session.retry_policy.begin()

    def answer(self, work: Callable[[], T]) -> Answer[T]:
        try:
            return Answer(work(), self._tally.usage())
        except ModelFault as fault:
            fault.usage = self._tally.usage() if self._tally else None
            raise

    def ask(self, order: ChatRequest, judge: Callable[[str], T]) -> T:
        return self._session.retry_policy.ask(lambda: judge(self._read_answer(order)), self._deadline)

    def _read_answer(self, order: ChatRequest) -> str:
        """The text of one answer that the model finished. Counts it, finished or not."""
        text, end = "", Finish("")
        try:
            with self._tally.timed(), closing(self._stream(order)) as pieces:
                for piece in pieces:
                    if isinstance(piece, Finish):
                        end = piece
                    else:
                        text += piece
                        self._show(text)
        except ModelFault as fault:
            raise self._with_partial(fault, text) from fault.__cause__
        self._tally.add(end.tokens)
        return self._check_finish(strip_thoughts(text), end)

    def _stream(self, order: ChatRequest) -> Generator[str | Finish, None, None]:
        """An exchange; once more where the server turns down a parameter that can be left out."""
        capabilities = self._session.capabilities
        while True:
            sent = capabilities.parameters_for(order)
            try:
                yield from self._session.stream_completion(order, order.most_tokens + capabilities.allowance, sent)
            except ModelFault as fault:
                if not capabilities.record_rejection(fault, sent):
                    raise
            else:
                return

    def _show(self, text: str) -> None:
        if shown := strip_thoughts(text):
            self._on_text(shown)

    def _with_partial(self, fault: ModelFault, text: str) -> ModelFault:
        """The fault, with what came before it: an answer that was begun is billed."""
        if not text:
            return fault
        self._tally.add(None)
        if fault.kind == "down":
            fault = _truncated_fault(self._session.endpoint)
        fault.partial = strip_thoughts(text)
        return fault

    def _check_finish(self, text: str, end: Finish) -> str:
        if end.reason == "done" and text:
            return text
        fault = _unfinished_fault(self._session.endpoint, text, end)
        fault.partial = text
        thoughts = end.thoughts if text or end.tokens is None else end.tokens.output
        if end.reason == "limit" and thoughts and self._grant(thoughts):
            fault.again = True
        raise fault

    def _grant(self, thoughts: int) -> bool:
        """Its thoughts took what was meant for the text: grant more of them from now on, up to a bound."""
        capabilities = self._session.capabilities
        before, capabilities.allowance = (
            capabilities.allowance,
            max(capabilities.allowance, min(_MAX_ALLOWANCE, 4 * thoughts + 2_000)),
        )
        return before < _MAX_ALLOWANCE


def _prompt_with_schema(prompt: Prompt, shape: type[S], complaint: str = "") -> Prompt:
    """The same question with the shape in words, and with what was wrong with the answer before."""
    again = f"\n\nYour last answer could not be read ({complaint}). Keep every field short." if complaint else ""
    return replace(prompt, ask=f"{prompt.ask}\n\n{schema_instruction(shape)}{again}")


def _unfinished_fault(endpoint: ModelEndpoint, text: str, end: Finish) -> ModelFault:
    if end.reason == "refused":
        what = lazy_gettext("{model} refused to answer", model=endpoint.model)
        if end.detail:
            what = lazy_gettext("{what}: {said}", what=what, said=endpoint.quoted(end.detail).rstrip("."))
        return ModelFault(lazy_gettext("{fault}.", fault=what), kind="refused", hint=_ANOTHER_MODEL)
    if end.reason == "limit":
        what = lazy_gettext("{model} did not finish within its token limit.", model=endpoint.model)
        return ModelFault(what, kind="truncated", again=False, hint=_ANOTHER_MODEL)
    if text:
        return _truncated_fault(endpoint)
    what = lazy_gettext("{model}{at} answered nothing.", model=endpoint.model, at=endpoint.at)
    return ModelFault(what, kind="empty", again=True, hint=_TRY_AGAIN)


def _truncated_fault(endpoint: ModelEndpoint) -> ModelFault:
    what = lazy_gettext("{model}: the answer broke off.", model=endpoint.model)
    return ModelFault(what, kind="truncated", again=True, hint=_TRY_AGAIN)
