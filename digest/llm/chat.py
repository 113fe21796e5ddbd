"""Chat session: what every provider shares, from streaming and checks to JSON answers and their retry.

Invariant: what comes back was finished by the model itself, is not empty, and is of the shape that was asked for; every
answer that was paid for is counted, also where the call fails in the end.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import dataclass
from typing import Literal, TypeVar

from digest.fan_out import Reopenable
from digest.http_client import limit_silence
from digest.llm.budget import UsageTally
from digest.llm.failures import ModelEndpoint, ModelFault
from digest.llm.pricing import PriceTable, TokenCount
from digest.llm.requests.chat_request import ChatRequest, ServerCapabilities
from digest.llm.requests.growing_text import GrowingText
from digest.llm.requests.json_schema import SchemaMismatch, parse_object, strict_json_schema
from digest.llm.retry import RetryPolicy
from digest.ports import Answer, Prompt, S
from store.records.lazy_text import lazy_gettext

T = TypeVar("T")
_MAX_ALLOWANCE = 32_000
_ANOTHER_MODEL = lazy_gettext("Another model may do better.")
_TRY_AGAIN = lazy_gettext("Try again.")


@dataclass(frozen=True)
class Finish:
    """How an answer ended; reason "" where the stream broke off without saying so. thoughts: tokens of reasoning."""

    reason: Literal["done", "limit", "refused", ""]
    tokens: TokenCount | None = None
    thoughts: int = 0
    detail: str = ""


class ChatSession(Reopenable, ABC):
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
        """One exchange with the provider: "" once it has read the prompt, pieces of text as they come, then a Finish.
        Raises ModelFault only.

        most_tokens: the order's, and what is granted for thoughts. sent: the optional parameters that may be used.
        """

    def write(
        self, prompt: Prompt, *, role: str, most_tokens: int, on_text: Callable[[str], None] = lambda _: None
    ) -> Answer[str]:
        call = _ChatCall(self, role, on_text)
        return call.answer(lambda: call.ask(ChatRequest(prompt, most_tokens, cites=True), lambda text: text))

    def fill(self, prompt: Prompt, shape: type[S], *, role: str, most_tokens: int) -> Answer[S]:
        call = _ChatCall(self, role, lambda _: None)
        return call.answer(lambda: self._fill_with_retry(call, prompt, shape, most_tokens))

    def _fill_with_retry(self, call: _ChatCall, prompt: Prompt, shape: type[S], most_tokens: int) -> S:
        """From at most two answers: after bad JSON the question is another, plainer one that asks for less."""
        held, order = self.capabilities.supports("schema"), ChatRequest(prompt, most_tokens, strict_json_schema(shape))
        try:
            return call.ask(order, lambda text: self._read(text, shape))
        except ModelFault as fault:
            if fault.kind != "malformed":
                raise
            plainer = order.in_words(fault.words)
        filled = call.ask(plainer, lambda text: self._read(text, shape))
        if held:  # this server holds no model to a schema: the next question says it in words at once
            self.capabilities.forget("schema")
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
        granted = order.most_tokens + self._session.capabilities.allowance
        text, end = GrowingText(self._on_text, granted), Finish("")
        try:
            with self._tally.timed(), closing(self._stream(order, granted)) as pieces:
                end = _read_pieces(pieces, text)
        except ModelFault as fault:
            raise self._with_partial(fault, text) from fault.__cause__
        text.tell()
        self._tally.add(end.tokens)
        return self._check_finish(text.shown, end)

    def _stream(self, order: ChatRequest, granted: int) -> Generator[str | Finish, None, None]:
        """An exchange; once more where the server turns down a parameter that can be left out."""
        capabilities = self._session.capabilities
        while True:
            sent = capabilities.parameters_for(order)
            asked = order if "schema" in sent else order.in_words()  # decision 169
            try:
                yield from self._session.stream_completion(asked, granted, sent)
            except ModelFault as fault:
                if fault.kind != "bad_request" or not capabilities.record_rejection(fault.words, sent):
                    raise
            else:
                return

    def _with_partial(self, fault: ModelFault, text: GrowingText) -> ModelFault:
        """The fault, with what came before it: an answer that was begun is billed."""
        if text.raw:
            self._tally.add(None)
            fault.partial = text.shown
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


def _read_pieces(pieces: Iterable[str | Finish], text: GrowingText) -> Finish:
    """How the answer ended; here where it is longer than it may be, whatever its server thinks."""
    limit_silence(begun=False)
    for piece in pieces:
        if isinstance(piece, Finish):
            return piece
        if not piece:
            text.begin()
            continue
        limit_silence(begun=True)
        text.add(piece)
        if text.is_too_long:
            return Finish("limit")
    return Finish("")


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
        what = lazy_gettext("{model}: the answer broke off.", model=endpoint.model)
        return ModelFault(what, kind="down", again=True, hint=_TRY_AGAIN)
    what = lazy_gettext("{model}{at} answered nothing.", model=endpoint.model, at=endpoint.at)
    return ModelFault(what, kind="empty", again=True, hint=_TRY_AGAIN)
