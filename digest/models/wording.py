"""The lines that connect extracts: every word the assembled survey adds of its own, by language.

Invariant: a language without a catalogue reads the English one.
"""

from __future__ import annotations

from digest.models.lines import Wording
from digest.models.wording_european import DE, ES, FR


def wording(language: str) -> Wording:
    """The catalogue of a BCP 47 language ("ja", "de-AT"); English where there is none."""
    return _CATALOGUES.get(_primary(language), _EN)


def has_wording(language: str) -> bool:
    """Whether there is a catalogue of that language's own."""
    return _primary(language) in _CATALOGUES


def _primary(language: str) -> str:
    return language.lower().replace("_", "-").split("-")[0]


_EN = Wording(
    numbers=("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    papers=("one paper", "{n} papers"),
    new_papers=("one new paper", "{n} new papers"),
    sections="{n} sections",
    year="from {first}",
    years="from {first} to {last}",
    months=tuple("January February March April May June July August September October November December".split()),
    day="{day} {month} {year}",
    list_end=" and ",
    comma=", ",
    quotes=("“", "”"),
    phrase="{phrase}",
    lead_first="The route opens with {papers} {span}{speak}.",
    leads=(
        "The next stretch takes in {papers} {span}{speak}.",
        "This part of the route holds {papers} {span}{speak}.",
        "The route goes on with {papers} {span}{speak}.",
        "Further along, the route passes {papers} {span}{speak}.",
        "Then the route reaches {papers} {span}{speak}.",
    ),
    lead_last="The route ends with {papers} {span}{speak}.",
    lead_sole="The route holds {papers} {span}{speak}.",
    most_speak="; most of them speak of {terms}",
    some_speak="; several of them speak of {terms}",
    turns_all=(
        "The next {papers} share an interest in {phrase}.",
        "What the next {papers} have in common is {phrase}.",
    ),
    turns_most=("Of the next {papers}, {n} deal with {phrase}.", "Among the next {papers}, {n} turn to {phrase}."),
    also=("Also concerned with {phrase}, ", "On {phrase} as well, ", "Working on {phrase} too, "),
    opening="{papers} {about}{when} {form}.",
    topic="on {topic}",
    answer="in answer to {topic}",
    near="close to {topic}",
    when_one=", from {year},",
    when_all=", all from {year},",
    when_most=", most of them from {year},",
    when_span=", from {first} to {last},",
    when_day=", submitted on {first},",
    when_days=", submitted from {first} to {last},",
    form_one_paper="was kept",
    form_one="form one section, {title}",
    form_many="fall into {sections}",
    form_largest="; the largest, with {papers}, is {title}",
    nothing="No paper {about} was kept.",
    outage="arXiv did not answer; these papers were already in the store.",
    widened="Few papers have all of its words, so the search was widened.",
    chosen="They were chosen from the {found} that the search found.",
    chosen_one="The search found {found}.",
    previous="The digest before this one is that of {day}.",
    route_two="The route starts with {first} and ends at {last}.",
    route_many="The route starts with {first}, passes through {middle} and ends at {last}.",
    shared="Terms that recur across them are {terms}.",
    central="The paper whose wording is closest to that of the others is {title} [{number}].",
    join=" ",
    note="No language model was used: the sentences are extracts from the papers' abstracts, with “we” turned into the"
    " authors' names.",
)

_JA = Wording(
    numbers=(),
    papers=("論文1本", "論文{n}本"),
    new_papers=("新着論文1本", "新着論文{n}本"),
    sections="{n}つの節",
    year="{first}年",
    years="{first}年から{last}年まで",
    months=(),
    day="{year}年{month}月{day}日",
    list_end="、",
    comma="、",
    quotes=("「", "」"),
    phrase="「{phrase}」",
    lead_first="この経路は、{span}の{papers}から始まります{speak}。",
    leads=(
        "続いて、{span}の{papers}を取り上げます{speak}。",
        "この節には、{span}の{papers}が並びます{speak}。",
        "経路は、{span}の{papers}へと進みます{speak}。",
        "その先にあるのは、{span}の{papers}です{speak}。",
        "次に、{span}の{papers}を見ていきます{speak}。",
    ),
    lead_last="経路の最後には、{span}の{papers}が並びます{speak}。",
    lead_sole="経路をなすのは、{span}の{papers}です{speak}。",
    most_speak="。多くに共通する語は{terms}です",
    some_speak="。複数の論文に共通する語は{terms}です",
    turns_all=("次の{papers}は、いずれも{phrase}に触れています。", "次の{papers}に共通するのは{phrase}です。"),
    turns_most=(
        "次の{papers}のうち{n}本が{phrase}を扱っています。",
        "次の{papers}では、{n}本が{phrase}に触れています。",
    ),
    also=(),
    opening="{about}{papers}{when}を、似たものが隣り合う順に並べました。{form}。",
    topic="「{topic}」に関する",
    answer="{topic}という問いに答える",
    near="{topic}に近い",
    when_one="（{year}年）",
    when_all="（すべて{year}年）",
    when_most="（多くは{year}年）",
    when_span="（{first}年から{last}年まで）",
    when_day="（{first}投稿）",
    when_days="（{first}から{last}までに投稿）",
    form_one_paper="採用したのはこの1本です",
    form_one="全体を一つの節{title}にまとめました",
    form_many="全体は{sections}に分かれます",
    form_largest="。最も大きい節は{title}（{papers}）です",
    nothing="{about}論文は残りませんでした。",
    outage="arXivから応答がなかったため、すでに保存されていた論文だけを使っています。",
    widened="すべての語を含む論文が少ないため、検索条件を緩めました。",
    chosen="検索で見つかった{found}本の中から選びました。",
    chosen_one="検索で見つかったのは{found}本です。",
    previous="前回のダイジェストは{day}のものです。",
    route_two="経路は{first}に始まり、{last}で終わります。",
    route_many="経路は{first}に始まり、{middle}を経て、{last}で終わります。",
    shared="繰り返し現れる語は{terms}です。",
    central="語彙の面で他の論文に最も近いのは{title}です [{number}]。",
    join="",
    note="言語モデルは使用していません。各文は論文の要旨からの抜粋で、“we” を著者名に置き換えています。"
    "抜粋は要旨の言語のまま掲載しています。",
)

_CATALOGUES = {"en": _EN, "ja": _JA, "de": DE, "fr": FR, "es": ES}
