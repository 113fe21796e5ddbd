from digest.llm.requests.chat_request import ChatRequest, ServerCapabilities
from digest.ports import Document, Prompt

OPTIONAL = {"schema": "json_schema", "citations": "search_result", "cache_key": "prompt_cache_key", "cache": "cache"}
PROMPT = Prompt("Do.", "Now.", documents=(Document(1, "T", "u", ("S.",)),), cache_key="k")


def test_only_parameters_that_say_something_are_sent() -> None:
    known = ServerCapabilities(OPTIONAL)
    assert known.parameters_for(ChatRequest(Prompt("", "Now."), 9, cites=True)) == {"cache"}
    assert known.parameters_for(ChatRequest(PROMPT, 9, cites=True)) == {"cache", "cache_key", "citations"}
    assert known.parameters_for(ChatRequest(PROMPT, 9, {"type": "object"})) == {"cache", "cache_key", "schema"}


def test_a_lesson_changes_the_next_request_and_blames_only_what_was_sent() -> None:
    known, order = ServerCapabilities(OPTIONAL), ChatRequest(PROMPT, 9, cites=True)
    before = known.parameters_for(order)
    assert known.record_rejection("Input tag 'search_result' is not expected", before)
    assert before - known.parameters_for(order) == {"citations"}
    assert not known.record_rejection("json_schema is not supported", before)
    assert known.record_rejection("Input tag 'search_result' is not expected", before), "by another thread, meanwhile"


def test_a_schema_in_words_asks_for_the_same() -> None:
    words = ChatRequest(PROMPT, 9, {"type": "object"}).in_words("it was empty")
    assert words.schema is None
    assert '{"type": "object"}' in words.prompt.ask
    assert "(it was empty)" in words.prompt.ask
    assert words.in_words() == words
