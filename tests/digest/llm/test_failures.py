"""Errors as the SDKs carry them -> kinds; what may be quoted of a server's words."""

import pickle

import httpx2
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digest.errors import ModelError
from digest.llm.failures import ModelEndpoint, to_model_fault, translate_errors

ENDPOINT = ModelEndpoint("openai", "gpt-x", "http://models.example/v1", ("hush-hush",))
REQUEST = httpx2.Request("POST", "http://models.example/v1")


def status_error(status: int, body: object, **headers: str) -> openai.APIStatusError:
    response = httpx2.Response(status, request=REQUEST, headers=headers)
    return openai.APIStatusError("no", response=response, body=body)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, {"code": "model_not_found", "message": "Project does not have access to model gpt-x."}, "not_found"),
        (403, {"message": "Country, region, or territory not supported."}, "refused_key"),
        (400, {"code": "invalid_api_key", "message": "API key not valid."}, "refused_key"),
        (400, {"code": "context_length_exceeded", "message": "Too long."}, "too_long"),
        (400, {"type": "exceed_context_size_error", "message": "the request exceeds it"}, "too_long"),
        (400, {"message": "prompt is too long: 210000 tokens > 200000 maximum"}, "too_long"),
        (500, {"message": "input is larger than the max context size"}, "too_long"),
        (400, {"code": "content_policy_violation", "message": "No."}, "refused"),
        (402, {"message": "Insufficient credits."}, "quota"),
        (429, {"code": "insufficient_quota", "message": "No money."}, "quota"),
        (429, "slow down", "busy"),
        (404, {"detail": "Not Found"}, "not_found"),
        (405, None, "not_found"),
        (405, {"detail": "Method Not Allowed"}, "bad_request"),
        (501, "<html>Unsupported method</html>", "not_found"),
        (501, {"message": "This server does not support embeddings."}, "bad_request"),
        (418, {"error": {"message": "a teapot"}}, "bad_request"),
        (507, b"", "down"),
    ],
)
def test_a_name_decides_what_the_status_leaves_open(status: int, body: object, kind: str) -> None:
    assert to_model_fault(status_error(status, body), ENDPOINT).kind == kind


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "7", "retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Sun, 22 Nov 2020 10:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_all_its_forms(headers: dict[str, str], seconds: float | None) -> None:
    assert to_model_fault(status_error(429, {"message": "x"}, **headers), ENDPOINT).retry_after == seconds


@given(st.text(max_size=600))
@settings(max_examples=60, deadline=None)
def test_a_quotation_is_one_short_printable_line(words: str) -> None:
    quoted = ENDPOINT.quoted(f"{words} hush-hush")
    assert len(quoted) <= 201
    assert quoted.isprintable()
    assert "hush-hush" not in quoted


@pytest.mark.parametrize(
    "words",
    [
        "sk-proj-abcdef123456",
        "Bearer abcdef123456",
        "api_key=abcdef123456",
        "API key: abcdef123456",
        "pk_live_abcdef123456",
    ],
)
def test_what_looks_like_a_secret_is_struck_out(words: str) -> None:
    assert "abcdef123456" not in ENDPOINT.quoted(f"Bad credentials ({words}).")


def test_ordinary_words_are_left_alone() -> None:
    words = "The key parameter is missing; see the tokens of your prompt."
    assert ENDPOINT.quoted(words) == words


bodies = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.binary(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["error", "code", "type", "message"]), inner)
    ),
    max_leaves=6,
)


@given(st.integers(300, 599), bodies)
@settings(max_examples=80, deadline=None)
def test_any_body_ends_in_one_model_error(status: int, body: object) -> None:
    with pytest.raises(ModelError) as caught, translate_errors(ENDPOINT, openai.OpenAIError):
        raise status_error(status, body)
    assert caught.value.message.startswith("openai:gpt-x at http://models.example/v1")
    assert "\n" not in str(caught.value)
    assert caught.value.hint
    assert caught.value.__cause__ is None


def test_a_model_error_passes_a_boundary_unchanged() -> None:
    error = ModelError("as it is")
    with pytest.raises(ModelError) as caught, translate_errors(ENDPOINT):
        raise error
    assert caught.value is error


def test_a_stranger_passes_a_boundary_unchanged() -> None:
    with pytest.raises(ZeroDivisionError), translate_errors(ENDPOINT, openai.OpenAIError):
        raise ZeroDivisionError


def test_an_error_survives_a_process_boundary() -> None:
    error = to_model_fault(status_error(429, {"message": "x"}, **{"retry-after": "7"}), ENDPOINT)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), copy.kind, copy.permanent, copy.retry_after) == (str(error), "busy", False, 7.0)
