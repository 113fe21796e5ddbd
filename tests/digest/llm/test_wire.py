"""Both APIs at wire level: whatever the server does, the call ends in an answer or in one ModelError that says so."""

import itertools
import logging
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from digest.errors import Cancelled, ModelError
from digest.llm.concurrency import ConcurrencyLimiter
from digest.llm.pricing import PriceTable
from digest.llm.requests.documents import render_documents
from digest.ports import Document
from digest.run_context import leave_when
from tests.doubles.llm_server import Fault, Refused
from tests.factories.llm import KEY, MODEL, PROMPT, Paper, Wire, wire

ANSWER = "A first sentence about pebbles. A second one, and it is the last."


@pytest.fixture(scope="module", params=["openai", "anthropic"])
def shared(request: Any) -> Iterator[Wire]:
    with wire(request.param) as one:
        yield one


@pytest.fixture
def w(shared: Wire) -> Wire:
    """The server as new."""
    server = shared.server
    server.faults.clear()
    server.log.clear()
    server.prefixes.clear()
    server.answer = lambda asked: {"problem": "hard", "method": "walk"} if asked["schema"] else ANSWER
    server.lacks, server.ignores, server.models = set(), set(), None
    shared.waits.clear()
    return shared


def write(w: Wire, **options: Any) -> Any:
    return w.model(**options).write(PROMPT, role="synthesis", most_tokens=500)


def failure(w: Wire, **options: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        write(w, **options)
    return caught.value


def test_a_text_streams_in_and_comes_back_whole(w: Wire) -> None:
    seen: list[str] = []
    answer = w.model().write(PROMPT, role="synthesis", most_tokens=500, on_text=seen.append)
    assert answer.value == ANSWER
    assert seen[0] == ""  # the prompt was read
    assert len([text for text in seen if text]) > 5
    assert all(ANSWER.startswith(text) for text in seen)
    assert seen == sorted(seen, key=len)


def test_calls_one_after_another_are_made_over_one_connection(w: Wire) -> None:
    model = w.model()
    for _ in range(4):
        assert model.write(PROMPT, role="synthesis", most_tokens=500).value == ANSWER
    assert len({call["connection"] for call in w.server.log}) == 1


def test_an_answer_that_is_left_in_the_middle_holds_nobody_up(w: Wire) -> None:
    """Its connection is given up: the next call has an answer of its own."""
    w.server.ignores, w.server.answer = {"limit"}, lambda asked: "A sentence without end. " * 5_000
    model = w.model()
    for _ in range(2):
        with pytest.raises(ModelError, match="limit"):
            model.write(PROMPT, role="synthesis", most_tokens=50)
    w.server.answer = lambda asked: ANSWER
    assert model.write(PROMPT, role="synthesis", most_tokens=500).value == ANSWER
    assert len({call["connection"] for call in w.server.log}) == 3


def test_papers_stand_after_the_instructions_and_before_what_is_shared_and_asked(w: Wire) -> None:
    paper = Document(7, "Gears", "https://arxiv.org/abs/2501.00007", ("Gears wear.",))
    w.model().write(replace(PROMPT, documents=(paper,)), role="synthesis", most_tokens=500)
    told = w.server.log[-1]["prompt"]
    assert told == "\n\n".join([PROMPT.instructions, render_documents((paper,)), PROMPT.shared, PROMPT.ask])


def test_usage_names_role_model_tokens_and_dollars(w: Wire) -> None:
    usage = write(w).usage
    assert (usage.role, usage.model, usage.calls) == ("synthesis", f"{w.api}:{MODEL[w.api]}", 1)
    assert usage.output_tokens == len(ANSWER) // 4
    assert usage.input_tokens > 0
    assert 0 < usage.usd < 0.001
    assert usage.seconds > 0


def test_the_second_call_of_a_run_reads_the_shared_part_from_the_cache(w: Wire) -> None:
    model = w.model()
    first, second = (model.write(PROMPT, role="synthesis", most_tokens=500).usage for _ in range(2))
    assert first.cached_tokens == 0
    assert 0 < second.cached_tokens < second.input_tokens
    assert second.input_tokens == first.input_tokens
    assert second.usd < first.usd


def test_an_object_is_asked_for_by_schema_and_validated(w: Wire) -> None:
    answer = w.model().fill(PROMPT, Paper, role="summary", most_tokens=500)
    assert answer.value == Paper(problem="hard", method="walk")
    schema = w.server.log[-1]["schema"]
    assert schema["required"] == ["problem", "method"]
    assert schema["additionalProperties"] is False
    assert "minLength" not in str(schema)


# What the server does to the first two calls -> how it ends: (kind, permanent, calls made), or the calls made for an
# answer. The same fault twice ends in an error where one would have been forgiven.
ENDS = {
    "429": ("ok", 3), "529": ("ok", 3), "500": ("ok", 3), "503": ("ok", 3), "408": ("slow", False, 2),
    "reset": ("ok", 3), "error:overloaded_error": ("ok", 3), "error:rate_limit_error": ("ok", 3),
    "429:3600": ("busy", False, 1), "429:date": ("busy", False, 1), "503:3600": ("down", False, 1),
    "quota": ("quota", True, 1), "401": ("refused_key", True, 1), "403": ("refused_key", True, 1),
    "404": ("not_found", True, 1), "400": ("bad_request", True, 1), "422": ("bad_request", True, 1),
    "413": ("too_long", True, 1), "redirect": ("not_found", True, 1), "html": ("not_found", True, 2),
    "body:{}": ("not_found", True, 2), "cut": ("ok", 3), "ends-early": ("ok", 3),
    "nothing": ("empty", False, 2), "empty": ("empty", False, 2), "malformed": ("malformed", False, 2),
    "error:api_error": ("ok", 3), "error:authentication_error": ("refused_key", True, 1),
    "refusal": ("refused", True, 1), "filtered": ("refused", True, 1), "limit": ("truncated", False, 1),
    "slow": ("ok", 1),
}  # fmt: skip


@pytest.mark.parametrize("fault", ENDS)
def test_every_fault_has_its_end(w: Wire, fault: str) -> None:
    w.server.fail(fault, fault)
    expected = ENDS[fault]
    if expected[0] == "ok":
        assert write(w).value == ANSWER
        assert len(w.server.log) == expected[1]
        return
    error = failure(w)
    assert (error.kind, error.permanent, len(w.server.log)) == expected
    assert error.message.startswith(f"{w.api}:{MODEL[w.api]}")
    assert error.hint
    assert "\n" not in str(error)


@pytest.mark.parametrize("fault", [fault for fault, end in ENDS.items() if end[-1] == 2])
def test_what_comes_once_in_passing_is_forgiven(w: Wire, fault: str) -> None:
    w.server.fail(fault)
    assert write(w).value == ANSWER


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_a_deadline_ends_a_silence_and_a_drip(w: Wire, fault: str) -> None:
    w.server.fail(fault)
    error = failure(w, deadline_seconds=2.5)  # the request and a first text must come within it, on a busy machine, too
    assert (error.kind, error.permanent, len(w.server.log)) == ("slow", False, 1)
    assert "within 2.5 s" in error.message
    assert ANSWER.startswith(error.partial)
    assert bool(error.partial) == (fault != "hang")


def test_an_answer_that_falls_silent_is_asked_for_again_long_before_the_deadline(
    w: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("digest.http_client._SILENCE_SECONDS", 0.5)
    w.server.fail("hang-within")
    answer = w.model(deadline_seconds=600.0).write(PROMPT, role="synthesis", most_tokens=500)
    assert (answer.value, answer.usage.calls, len(w.server.log)) == (ANSWER, 2, 2)


def test_a_cut_again_and_again_is_the_servers_failure_and_not_a_long_answer(w: Wire) -> None:
    w.server.fail(*["cut"] * 4)
    error = failure(w)
    assert (error.kind, len(w.server.log)) == ("down", 4)
    assert ANSWER.startswith(error.partial)
    assert error.partial


def test_pauses_grow_over_faults_of_all_kinds(w: Wire) -> None:
    w.server.fail("500", "ends-early", "529", "empty", "reset")
    assert write(w, deadline_seconds=120.0).value == ANSWER
    assert len(w.waits) == 5
    assert all(later > earlier * 1.5 for earlier, later in itertools.pairwise(w.waits))


def test_an_answer_without_end_is_left_at_a_length_that_no_allowed_one_has(w: Wire) -> None:
    w.server.ignores = {"limit"}
    w.server.answer = lambda asked: "Pebbles all the way down. " * 80_000
    with pytest.raises(ModelError) as caught:
        w.model().write(PROMPT, role="synthesis", most_tokens=100)
    assert caught.value.kind == "truncated"
    assert len(caught.value.partial) < 300_000
    assert caught.value.usage.usd is None


def test_one_character_at_a_time_is_told_in_linear_work(w: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "word " * 800
    monkeypatch.setattr("tests.doubles.llm_events.Api.pieces", lambda api: list(api.text))
    w.server.answer = lambda asked: text
    told: list[int] = []
    answer = w.model().write(PROMPT, role="synthesis", most_tokens=2_000, on_text=lambda text: told.append(len(text)))
    assert answer.value == text.strip()
    assert sum(told) < 45 * len(text)
    assert len(told) > 60


@pytest.mark.parametrize("fault", ["hang", "hang-within", "drip"])
def test_nobody_waits_for_an_answer_once_the_run_is_stopped(w: Wire, fault: str) -> None:
    w.server.faults.extend(Fault(fault) for _ in range(20))
    ended = threading.Event()

    def wait(_: float) -> None:
        if ended.is_set():
            raise Cancelled("Stopped as asked.")

    threading.Timer(0.5, ended.set).start()
    with pytest.raises((Cancelled, ModelError)) as left, leave_when(ended):
        write(w, deadline_seconds=600.0, wait=wait)
    assert "within 600 s" not in str(left.value), "it was the deadline that ended it"


def test_a_silence_shorter_than_the_deadline_is_tried_again(shared: Wire, w: Wire) -> None:
    impatient = Wire(w.api, w.server, w.client.with_options(timeout=0.15))

    def wait(_: float) -> None:
        impatient.client.timeout = 60.0  # the second try meets no silence, and maybe a busy machine

    w.server.fail("hang")
    assert write(impatient, wait=wait).value == ANSWER


@pytest.mark.parametrize(
    ("url", "kind", "words"),
    [("http://127.0.0.1:9/v1", "down", "cannot be reached at http://127.0.0.1:9/v1"),
     ("ftp://models.example", "not_found", "ftp://models.example is no web address")],
)  # fmt: skip
def test_an_address_where_nobody_answers_is_named(w: Wire, url: str, kind: str, words: str) -> None:
    error = failure(Wire(w.api, w.server, w.client.with_options(base_url=url)))
    assert error.kind == kind
    assert words in error.message


def test_a_short_retry_after_is_waited_for_and_narrows_the_lane(w: Wire) -> None:
    limiter = ConcurrencyLimiter(16)
    w.server.fail("429:0.1")
    assert write(w, limiter=limiter).value == ANSWER
    assert w.waits[0] >= 0.1
    assert limiter.width == 8
    began, again = (one["at"] for one in w.server.log)
    assert again - began >= 0.1  # the limiter itself was closed for that long


def test_a_long_retry_after_fails_everybody_at_once_without_another_call(w: Wire) -> None:
    limiter = ConcurrencyLimiter(16)
    w.server.fail("429:3600")
    assert "60 minutes" in failure(w, limiter=limiter).message
    assert failure(w, limiter=limiter).kind == "busy"
    assert len(w.server.log) == 1


def test_one_refusal_narrows_the_whole_fan_out(w: Wire) -> None:
    limiter, widths = ConcurrencyLimiter(4), list[int]()

    def answer(asked: Any) -> str:
        widths.append(limiter.width)
        return ANSWER

    w.server.answer = answer
    w.server.fail(*["429"] * 4)
    model = w.model(limiter=limiter, deadline_seconds=60)
    with ThreadPoolExecutor(12) as pool:
        jobs = [pool.submit(model.write, PROMPT, role="summary", most_tokens=500) for _ in range(12)]
        assert {job.result().value for job in jobs} == {ANSWER}
    assert len(w.server.log) == 16
    assert widths[0] <= 2  # no call got through at the old width
    assert limiter.width > widths[0]


def test_the_model_may_stop_at_its_limit_and_what_it_wrote_is_kept(w: Wire) -> None:
    long = "Pebbles all the way down. " * 2_000
    w.server.answer = lambda asked: long
    with pytest.raises(ModelError) as caught:
        w.model().write(PROMPT, role="synthesis", most_tokens=10)
    assert caught.value.kind == "truncated"
    assert long.startswith(caught.value.partial)
    assert caught.value.partial
    assert caught.value.usage.calls == 1


def test_thoughts_that_took_the_whole_limit_are_granted_more(w: Wire) -> None:
    model = w.model()
    w.server.fail("thinks")
    usage = model.write(PROMPT, role="synthesis", most_tokens=500).usage
    assert usage.calls == 2
    limits = [body.get("max_tokens") or body.get("max_completion_tokens") for body in (w.asked(0), w.asked(1))]
    assert limits[0] <= limits[1]
    assert limits[1] >= 500 + 4 * 500


def test_cancelling_closes_the_stream_and_passes_through(w: Wire) -> None:
    def stop(text: str) -> None:
        raise cancelled

    cancelled = Cancelled("Stopped as asked.")
    w.server.fail("drip")  # the server would go on for ever
    with pytest.raises(Cancelled) as caught:
        w.model().write(PROMPT, role="synthesis", most_tokens=500, on_text=stop)
    assert caught.value is cancelled
    for _ in range(18_000):
        if not w.server.busy:
            break
        threading.Event().wait(0.01)
    assert w.server.busy == 0


def test_a_bug_of_the_listener_is_not_taken_for_the_servers(w: Wire) -> None:
    with pytest.raises(AttributeError):
        w.model().write(PROMPT, role="synthesis", most_tokens=500, on_text=lambda text: text.nothing)
    assert len(w.server.log) == 1


def test_a_wait_that_raises_ends_the_call(w: Wire) -> None:
    def stop(seconds: float) -> None:
        raise Cancelled("Stopped as asked.")

    w.server.fail("500")
    with pytest.raises(Cancelled):
        write(w, wait=stop)


@pytest.mark.parametrize(
    ("said", "second"),
    [("Sorry, here you are!", True), ('{"problem": "hard"}', True), ('{"problem": 3, "method": "x"}', True),
     ('```json\n{"problem": "hard", "method": "walk"}\n```', False),
     ('Sure: {"problem": "hard", "method": "walk"}.', False)],
)  # fmt: skip
def test_bad_json_is_asked_for_once_more_in_other_words(w: Wire, said: str, second: bool) -> None:
    w.server.fail(f"says:{said}")
    w.server.answer = lambda asked: '{"problem": "hard", "method": "walk"}'
    answer = w.model().fill(PROMPT, Paper, role="summary", most_tokens=500)
    assert answer.value == Paper(problem="hard", method="walk")
    assert answer.usage.calls == len(w.server.log) == (2 if second else 1)
    if second:
        first, again = (one["prompt"] for one in w.server.log)
        assert again != first
        assert "could not be read" in again
        assert '"required": ["problem", "method"]' in again


def test_bad_json_twice_is_malformed_and_counted(w: Wire) -> None:
    w.server.answer = lambda asked: "I would rather not."
    with pytest.raises(ModelError) as caught:
        w.model().fill(PROMPT, Paper, role="summary", most_tokens=500)
    assert (caught.value.kind, caught.value.permanent, len(w.server.log)) == ("malformed", False, 2)
    assert caught.value.usage.calls == 2
    assert caught.value.usage.usd > 0


def test_a_server_that_ignores_schemas_is_asked_in_words_from_then_on(w: Wire) -> None:
    w.server.ignores = {"schema"}
    w.server.answer = lambda asked: (
        '{"problem": "hard", "method": "walk"}' if "JSON schema" in asked["prompt"] else "Of course!"
    )
    model = w.model()
    model.fill(PROMPT, Paper, role="summary", most_tokens=500)
    assert model.fill(PROMPT, Paper, role="summary", most_tokens=500).usage.calls == 1
    assert [one["schema"] is None for one in w.server.log] == [True, True, True]
    assert not {"response_format", "output_config"} & {name for name in w.asked() if name != "output_config"}


def test_a_refusal_to_fill_is_a_refusal(w: Wire) -> None:
    w.server.fail("refusal")
    with pytest.raises(ModelError) as caught:
        w.model().fill(PROMPT, Paper, role="summary", most_tokens=500)
    assert caught.value.kind == "refused"
    assert len(w.server.log) == 1


@pytest.mark.parametrize("lacking", ["schema", "effort"])
def test_a_parameter_that_the_server_turns_down_is_left_out_and_stays_so(w: Wire, lacking: str) -> None:
    w.server.lacks = {lacking}
    w.server.answer = lambda asked: '{"problem": "hard", "method": "walk"}'
    model = w.model(effort="low")
    assert model.fill(PROMPT, Paper, role="summary", most_tokens=500).usage.calls == 1
    assert len(w.server.log) == 2
    model.fill(PROMPT, Paper, role="summary", most_tokens=500)
    assert len(w.server.log) == 3
    assert ("schema" in str(w.asked())) == (lacking != "schema" or "JSON schema" in str(w.asked()))


def test_a_schema_that_is_turned_down_is_said_in_words_at_once(w: Wire) -> None:
    w.server.lacks = {"schema"}
    w.server.answer = lambda asked: '{"problem": "hard", "method": "walk"}' if "JSON schema" in asked["ask"] else "Hm."
    assert w.model().fill(PROMPT, Paper, role="summary", most_tokens=500).usage.calls == 1
    assert len(w.server.log) == 2


def test_calls_side_by_side_each_learn_what_a_server_turns_down(w: Wire) -> None:
    w.server.lacks = {"effort"}
    model = w.model(effort="low")
    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(model.write, PROMPT, role="summary", most_tokens=500) for _ in range(6)]
        assert {job.result().value for job in jobs} == {ANSWER}


def test_thoughts_written_into_the_text_are_not_shown(w: Wire) -> None:
    w.server.answer = lambda asked: f"<think>Let me see, pebbles are stones.</think>\n\n{ANSWER}"
    seen: list[str] = []
    answer = w.model().write(PROMPT, role="synthesis", most_tokens=500, on_text=seen.append)
    assert answer.value == ANSWER
    assert all(ANSWER.startswith(text) for text in seen)


def test_nothing_shows_the_key(w: Wire, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    model = w.model()
    assert KEY not in repr(model) + repr(vars(model)) + repr(model.endpoint)
    for fault in ("401", "500", "404", "400", "reset"):
        w.server.fail(fault)
        write(w) if fault in {"500", "reset"} else failure(w)
    assert KEY not in caplog.text


def test_a_server_that_repeats_the_key_is_not_quoted_with_it(w: Wire) -> None:
    def answer(asked: Any) -> str:
        raise Refused(400, f"Bad header {KEY} and Bearer abcdefgh12345 of sk-other-99999999")

    w.server.answer = answer
    error = failure(w)
    chain = [error, error.__cause__]
    assert "***" in error.message
    for secret in (KEY, "abcdefgh12345", "sk-other-99999999"):
        assert all(secret not in f"{one!r}{one}" for one in chain if one)


def test_prices_unknown_make_the_dollars_unknown_and_nothing_else(w: Wire) -> None:
    usage = write(w, model_id="some-new-model").usage
    assert usage.usd is None
    assert usage.output_tokens > 0
    free = PriceTable([{"model": f"{w.api}:some-new-model", "input": 0, "output": 0}])
    assert write(w, model_id="some-new-model", prices=free).usage.usd == 0


def test_it_asks_for_no_temperature_and_says_who_it_is(w: Wire) -> None:
    write(w)
    assert not {"temperature", "top_p"} & set(w.asked())
    assert w.server.log[-1]["headers"]["user-agent"] == "paperroute"
