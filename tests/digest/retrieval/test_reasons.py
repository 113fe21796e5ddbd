"""Why a paper is in an edition, told in the edition's language."""

import re

from digest.i18n.catalog import get_catalog
from digest.pipeline.pipeline import survey
from digest.pipeline.services import Services, SurveyRequest, SurveySettings
from digest.retrieval.filter import describe_rule, mark_widened, select, select_nearest, widen
from digest.run_context import RunContext
from digest.text.date_range import Period, describe_period, find_period
from store.records.editions import Query
from tests.digest.text.test_date_range import NOW
from tests.factories.store import paper

LATIN = re.compile(r"[A-Za-z]+")
JA = get_catalog("edition", "ja-JP")


def test_the_rule_of_a_japanese_edition_has_no_english_but_the_search_words() -> None:
    queries = (Query(("LoRA", "image")), Query(("low-rank adaptation", "diffusion")))
    told = JA.show(
        describe_rule(
            queries,
            found=80,
            most=60,
            include=("text",),
            exclude=("video", "audio"),
            period=describe_period(Period(NOW, None)),
        )
    )
    words = set("LoRA image low rank adaptation diffusion text video audio".split())
    assert set(LATIN.findall(told)) == words
    assert "80件のうち、問いに近い60件" in told
    assert told.count("。") == 5


def test_reasons_and_widening_follow_the_language() -> None:
    papers = [paper("2401.00001", title="LoRA for images"), paper("2401.00002", title="Images", abstract="With LoRA.")]
    strict = select(papers[:1], [Query(("LoRA", "images"))])
    wide = select(papers, [Query(("LoRA",))])
    reasons = [JA.show(selected.reason) for selected in select_nearest(mark_widened(strict, wide), [0.9, 0.8], 1)]
    assert reasons == ["題名に「LoRA images」の語がすべてあるため（2件のうち、問いに近い1件の一つ）"]
    assert JA.show(mark_widened(strict, wide)[1].reason) == "緩めた条件による：アブストラクトに「LoRA」があるため"
    step = widen([Query(("LoRA", "images"))], {"lora": 1, "images": 9})
    assert step is not None
    assert JA.show(step[1]) == "もっとも特徴の薄い語「images」を外した"


def test_a_japanese_survey_tells_its_rule_in_japanese(services: Services) -> None:
    edition = survey(
        SurveyRequest("LoRA for image generation", language="ja"),
        services,
        SurveySettings(selection="all-words"),
        RunContext(),
    )
    assert JA.show(edition.filter.rule).startswith("題名とアブストラクトに、")
    assert all("ため" in JA.show(paper.reason) for paper in edition.papers)
    assert describe_period(find_period("LoRA", NOW)) == ""
