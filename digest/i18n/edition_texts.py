"""Translations for every rendering of an edition (English, Japanese); plurals, dates, text direction.

Invariant: one entry per language, each with every field; a language without an entry is rendered in English. Fields
with braces are `str.format` patterns; pairs are (one, many).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from digest.text.language import primary_tag

_MONTHS = "January February March April May June July August September October November December".split()
_RIGHT_TO_LEFT = frozenset("ar dv fa he ku ps sd ug ur yi".split())


@dataclass(frozen=True)
class EditionTexts:
    date: str  # of {day} {month} {name} {year}
    kinds: dict[str, str]
    question: str
    contents: str
    section_papers: tuple[str, str]
    to_text: str
    paper_list: str
    parts: tuple[str, str, str]  # problem, method, result
    abstract_only: str
    unwritten: str
    why: str
    also: str
    also_lead: str
    beyond: str
    beyond_lead: str
    more_match: str
    no_authors: str
    more_authors: str
    et_al: str
    journal: str
    columns: tuple[str, str, str, str, str]  # of the paper table
    map_caption: str
    figures: tuple[str, str, str]  # found, kept, cited
    made: str
    queries: str
    filter: str
    widened: str
    counts: str
    counts_line: str
    new_work: str
    all_new: str
    unknown: tuple[str, str]
    route: str
    shorter: str
    longer: str
    by_similarity: str
    as_found: str
    time: str
    seconds: str
    models: str
    roles: dict[str, str]
    calls: tuple[str, str]
    tokens: str
    no_price: str
    total_cost: str
    sources: str
    failed: str
    window: str
    window_line: str
    keep: str
    quiet: str
    thanks: str
    more_papers: tuple[str, str]
    more_sections: tuple[str, str]
    subject_new: tuple[str, str]
    subject_survey: tuple[str, str]
    subject_quiet: str
    joiner: str  # between the items of a list
    stop: str  # between a label and what it labels
    gap: str  # between sentences


EN = EditionTexts(
    date="{day} {name} {year}",
    kinds={"survey": "Survey", "digest": "Digest"},
    question="The question",
    contents="Contents",
    section_papers=("Paper {first}", "Papers {first}–{last}"),
    to_text="To the text",
    paper_list="Papers",
    parts=("Problem", "Method", "Result"),
    abstract_only="Abstract; no summary could be made",
    unwritten="This section could not be written. Here are the summaries of its papers.",
    why="Why kept",
    also="Also found",
    also_lead="The filter kept these papers, but no sentence above cites them.",
    beyond="Also new, in brief",
    beyond_lead="These are on the topic, too. The papers above are nearer to its question.",
    more_match="More papers match than the {found} that were read.",
    no_authors="authors not recorded",
    more_authors="and {n} more ({all} authors)",
    et_al="{name} et al.",
    journal="Published in {journal}",
    columns=("No.", "Title", "Authors", "Date", "arXiv"),
    map_caption="Each point is a paper, and the line is the order in which you read them: "
    "neighbours on the line are close in meaning. A flat map cannot show every nearness, so the line may cross itself.",
    figures=("found", "kept", "cited"),
    made="How this was made",
    queries="Searched for",
    filter="Filter",
    widened="Widened",
    counts="Papers",
    counts_line="{found} found, {kept} kept, {cited} cited",
    new_work="made for this edition: summaries of {summarised}, vectors of {embedded}; the others were in the store",
    all_new="all summaries and vectors were made for this edition",
    unknown=("{n} citation that named no paper was dropped", "{n} citations that named no paper were dropped"),
    route="Route",
    shorter="The route is {percent}\u00a0% shorter than the order as found.",
    longer="The route is {percent}\u00a0% longer than the order as found.",
    by_similarity="The papers come in order of similarity to the question.",
    as_found="The papers come in the order as found.",
    time="Time",
    seconds="{n} s",
    models="Models",
    roles={"queries": "queries", "summary": "summaries", "synthesis": "text", "embedding": "vectors"},
    calls=("{n} call", "{n} calls"),
    tokens="{into} tokens in, {out} out",
    no_price="price unknown",
    total_cost="Cost",
    sources="Sources",
    failed="failed",
    window="Submitted",
    window_line="{since} to {until} (UTC)",
    keep="Take it with you",
    quiet="Nothing new this time",
    thanks="Thank you to arXiv for use of its open access interoperability. Paper Route is not part of arXiv.",
    more_papers=("and {n} more paper in this edition", "and {n} more papers in this edition"),
    more_sections=("and {n} more section in this edition", "and {n} more sections in this edition"),
    subject_new=("{n} new paper on {title}", "{n} new papers on {title}"),
    subject_survey=("{title} ({n} paper)", "{title} ({n} papers)"),
    subject_quiet="No new papers on {title}",
    joiner=", ",
    stop=": ",
    gap=" ",
)

JA = EditionTexts(
    date="{year}年{month}月{day}日",
    kinds={"survey": "サーベイ", "digest": "ダイジェスト"},
    question="問い",
    contents="目次",
    section_papers=("論文{first}", "論文{first}〜{last}"),
    to_text="本文へ",
    paper_list="論文一覧",
    parts=("課題", "手法", "結果"),
    abstract_only="アブストラクト（要約は作成できませんでした）",
    unwritten="この節の本文は作成できませんでした。代わりに各論文の要約を掲載します。",
    why="採用理由",
    also="そのほかに見つかった論文",
    also_lead="条件に合ったものの、本文では引用されていない論文です。",
    beyond="そのほかの新着論文",
    beyond_lead="次の論文もトピックに該当しますが、上の論文のほうが問いに近い内容です。",
    more_match="該当する論文は、読み込んだ{found}件のほかにもあります。",
    no_authors="著者の記録なし",
    more_authors="ほか{n}名（全{all}名）",
    et_al="{name}ほか",
    journal="掲載：{journal}",
    columns=("番号", "題名", "著者", "日付", "arXiv"),
    map_caption="点は論文、線は読む順序を表します。線の上で隣り合う論文は、内容も近いものです。平面の地図ではすべての近さを表せないため、線は交差することがあります。",
    figures=("検索結果", "採用", "引用"),
    made="作成の経緯",
    queries="検索語",
    filter="絞り込み",
    widened="条件の緩和",
    counts="論文数",
    counts_line="検索結果{found}件、採用{kept}件、引用{cited}件",
    new_work="今回作成したもの：要約{summarised}件、ベクトル{embedded}件（ほかは保存済みのものを利用）",
    all_new="要約とベクトルはすべて今回作成しました",
    unknown=("該当する論文のない引用番号{n}件を削除", "該当する論文のない引用番号{n}件を削除"),
    route="読む順序",
    shorter="見つかった順に読むより、道のりが{percent}%短くなっています。",
    longer="見つかった順に読むより、道のりが{percent}%長くなっています。",
    by_similarity="問いに近い順に並べています。",
    as_found="見つかった順に並べています。",
    time="所要時間",
    seconds="{n}秒",
    models="モデル",
    roles={"queries": "検索語", "summary": "要約", "synthesis": "本文", "embedding": "ベクトル"},
    calls=("{n}回", "{n}回"),
    tokens="入力{into}トークン、出力{out}トークン",
    no_price="料金不明",
    total_cost="費用",
    sources="情報源",
    failed="失敗",
    window="投稿期間",
    window_line="{since}から{until}まで（UTC）",
    keep="書き出し",
    quiet="今回は新しい論文はありません",
    thanks="arXivのオープンアクセスの仕組みに感謝します。Paper RouteはarXivの一部ではありません。",
    more_papers=("この版にはほかに{n}件の論文があります", "この版にはほかに{n}件の論文があります"),
    more_sections=("この版にはほかに{n}個の節があります", "この版にはほかに{n}個の節があります"),
    subject_new=("{title}：新着論文{n}件", "{title}：新着論文{n}件"),
    subject_survey=("{title}（論文{n}件）", "{title}（論文{n}件）"),
    subject_quiet="{title}：新着論文なし",
    joiner="、",
    stop="：",
    gap="",
)

_LANGUAGES = {"en": EN, "ja": JA}


def get_edition_texts(language: str) -> EditionTexts:
    return _LANGUAGES.get(primary_tag(language), EN)


def text_direction(language: str) -> str:
    """The `dir` of a text in this language."""
    return "rtl" if primary_tag(language) in _RIGHT_TO_LEFT else "ltr"


def format_plural(forms: tuple[str, str], n: int, **fields: object) -> str:
    """The form for n things, with n grouped in thousands."""
    return forms[n != 1].format(n=f"{n:,}", **fields)


class HasDatePattern(Protocol):
    @property
    def date(self) -> str: ...  # of {day} {month} {name} {year}


def format_date(moment: datetime, words: HasDatePattern) -> str:
    """A day as the words' language writes it: "22 November 2026"."""
    return words.date.format(day=moment.day, month=moment.month, name=_MONTHS[moment.month - 1], year=moment.year)
