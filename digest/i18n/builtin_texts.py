"""Translations for the built-in (extractive) synthesis: English, Japanese, German, French, Spanish.

Invariant: a catalogue is complete, and its templates state only the counts, dates, titles and phrases handed in; a
language without a catalogue reads the English one. In the others an English phrase stands in quotation marks, since it
is foreign there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from digest.text.language import primary_tag


@dataclass(frozen=True)
class BuiltinTexts:
    """Templates in one language. A pair is (one, several); `numbers` runs from two upwards, () where figures serve."""

    numbers: tuple[str, ...]
    papers: tuple[str, str]
    new_papers: tuple[str, str]
    sections: str
    year: str
    years: str
    months: tuple[str, ...]
    day: str
    list_end: str
    comma: str
    quotes: tuple[str, str]
    phrase: str  # how an English phrase stands in a sentence of this language
    # Sections: {papers}, {span}, {speak}; speak: {terms}
    lead_first: str
    leads: tuple[str, ...]  # taken in turn along the route
    lead_last: str
    lead_sole: str
    most_speak: str
    some_speak: str
    turns_all: tuple[str, str]  # {papers}, {phrase}
    turns_most: tuple[str, str]  # {papers}, {n}, {phrase}
    also: tuple[str, ...]  # openings of an English sentence; () where the lines are in another language
    # The opening: {papers}, {about}, {when}, {form}
    opening: str
    topic: str
    answer: str
    near: str
    when_one: str
    when_all: str
    when_most: str
    when_span: str
    when_day: str
    when_days: str
    form_one_paper: str
    form_one: str
    form_many: str
    form_largest: str
    nothing: str
    chosen: str
    chosen_one: str  # as `chosen`, of one paper
    outage: str
    widened: str
    previous: str
    route_two: str
    route_many: str
    shared: str
    central: str
    join: str  # between two sentences of this language
    note: str

    @property
    def bare_topics(self) -> bool:
        """Whether a topic stands in the sentence as a part of it, without quotation marks."""
        return self.topic.endswith(" {topic}")

    def number(self, n: int) -> str:
        return self.numbers[n - 2] if 2 <= n < len(self.numbers) + 2 else str(n)

    def count(self, n: int, forms: tuple[str, str]) -> str:
        return forms[n != 1].format(n=self.number(n))

    def date(self, day: date) -> str:
        return self.day.format(
            day=day.day, month=self.months[day.month - 1] if self.months else day.month, year=day.year
        )

    def span(self, first: int, last: int) -> str:
        return (self.year if first == last else self.years).format(first=first, last=last)

    def listed(self, items: Sequence[str]) -> str:
        """ "a, b and c"."""
        return self.list_end.join([self.comma.join(items[:-1]), items[-1]] if len(items) > 1 else items)

    def quoted(self, text: str) -> str:
        return f"{self.quotes[0]}{text}{self.quotes[1]}"


DE = BuiltinTexts(
    numbers=("zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf"),
    papers=("eine Arbeit", "{n} Arbeiten"),
    new_papers=("eine neue Arbeit", "{n} neue Arbeiten"),
    sections="{n} Abschnitte",
    year="aus dem Jahr {first}",
    years="aus den Jahren {first} bis {last}",
    months=tuple("Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()),
    day="{day}. {month} {year}",
    list_end=" und ",
    comma=", ",
    quotes=("„", "“"),
    phrase="„{phrase}“",
    lead_first="Am Anfang der Route: {papers} {span}{speak}.",
    leads=(
        "Es folgt ein Wegstück über {papers} {span}{speak}.",
        "Dieser Teil der Route umfasst {papers} {span}{speak}.",
        "Die Route führt weiter über {papers} {span}{speak}.",
        "Ein Stück weiter führt die Route über {papers} {span}{speak}.",
        "Danach erreicht die Route {papers} {span}{speak}.",
    ),
    lead_last="Am Ende der Route: {papers} {span}{speak}.",
    lead_sole="Die Route umfasst {papers} {span}{speak}.",
    most_speak="; die meisten sprechen von {terms}",
    some_speak="; mehrere sprechen von {terms}",
    turns_all=("Den nächsten {papers} ist {phrase} gemeinsam.", "Die nächsten {papers} verbindet {phrase}."),
    turns_most=(
        "Von den nächsten {papers} handeln {n} von {phrase}.",
        "Unter den nächsten {papers} sind {n} zu {phrase}.",
    ),
    also=(),
    opening="{papers} {about}{when} {form}.",
    topic="zu „{topic}“",
    answer="zur Frage {topic}",
    near="nahe an {topic}",
    when_one=", von {year},",
    when_all=", alle von {year},",
    when_most=", die meisten von {year},",
    when_span=", von {first} bis {last},",
    when_day=", eingereicht am {first},",
    when_days=", eingereicht vom {first} bis zum {last},",
    form_one_paper="wurde aufgenommen",
    form_one="bilden einen Abschnitt, {title}",
    form_many="bilden {sections}",
    form_largest="; der größte, mit {papers}, ist {title}",
    nothing="Es blieb keine Arbeit {about}.",
    outage="arXiv hat nicht geantwortet; diese Arbeiten lagen bereits im Speicher.",
    widened="Nur wenige Arbeiten enthalten alle Wörter, darum wurde die Suche erweitert.",
    chosen="Ausgewählt wurden sie aus {found}, die die Suche fand.",
    chosen_one="Die Suche fand {found}.",
    previous="Die vorige Ausgabe ist die vom {day}.",
    route_two="Die Route beginnt mit {first} und endet bei {last}.",
    route_many="Die Route beginnt mit {first}, führt über {middle} und endet bei {last}.",
    shared="Wiederkehrende Begriffe sind {terms}.",
    central="Im Wortlaut steht den übrigen {title} am nächsten [{number}].",
    join=" ",
    note="Es wurde kein Sprachmodell benutzt: Die Sätze sind Auszüge aus den Abstracts, in denen die Namen der Autoren"
    " an die Stelle von „we“ treten. Die Auszüge bleiben in der Sprache der Abstracts.",
)

FR = BuiltinTexts(
    numbers=("deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze"),
    papers=("un article", "{n} articles"),
    new_papers=("un nouvel article", "{n} nouveaux articles"),
    sections="{n} sections",
    year="de {first}",
    years="de {first} à {last}",
    months=tuple("janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()),
    day="{day} {month} {year}",
    list_end=" et ",
    comma=", ",
    quotes=("« ", " »"),
    phrase="« {phrase} »",
    lead_first="Le parcours s’ouvre sur {papers} {span}{speak}.",
    leads=(
        "Viennent ensuite {papers} {span}{speak}.",
        "Cette partie du parcours réunit {papers} {span}{speak}.",
        "Le parcours se poursuit avec {papers} {span}{speak}.",
        "Plus loin, le parcours traverse {papers} {span}{speak}.",
        "Puis le parcours atteint {papers} {span}{speak}.",
    ),
    lead_last="Le parcours se termine avec {papers} {span}{speak}.",
    lead_sole="Le parcours comprend {papers} {span}{speak}.",
    most_speak=" ; la plupart parlent de {terms}",
    some_speak=" ; plusieurs parlent de {terms}",
    turns_all=("Les {papers} qui suivent ont en commun {phrase}.", "Point commun des {papers} suivants : {phrase}."),
    turns_most=(
        "Sur les {papers} suivants, {n} traitent de {phrase}.",
        "Parmi les {papers} suivants, {n} abordent {phrase}.",
    ),
    also=(),
    opening="{papers} {about}{when} {form}.",
    topic="sur « {topic} »",
    answer="en réponse à {topic}",
    near="proches de {topic}",
    when_one=", de {year},",
    when_all=", tous de {year},",
    when_most=", la plupart de {year},",
    when_span=", de {first} à {last},",
    when_day=", déposés le {first},",
    when_days=", déposés du {first} au {last},",
    form_one_paper="a été retenu",
    form_one="forment une seule section, {title}",
    form_many="se répartissent en {sections}",
    form_largest=" ; la plus grande, avec {papers}, est {title}",
    nothing="Aucun article {about} n’a été retenu.",
    outage="arXiv n’a pas répondu ; ces articles étaient déjà enregistrés.",
    widened="Peu d’articles contiennent tous ses mots, aussi la recherche a-t-elle été élargie.",
    chosen="Ils ont été choisis parmi les {found} que la recherche a trouvés.",
    chosen_one="La recherche en a trouvé {found}.",
    previous="L’édition précédente est celle du {day}.",
    route_two="Le parcours commence par {first} et finit à {last}.",
    route_many="Le parcours commence par {first}, passe par {middle} et finit à {last}.",
    shared="Termes récurrents : {terms}.",
    central="L’article dont le vocabulaire est le plus proche des autres est {title} [{number}].",
    join=" ",
    note="Aucun modèle de langue n’a été utilisé : les phrases sont extraites des résumés des articles, « we » y étant"
    " remplacé par le nom des auteurs. Les extraits restent dans la langue des résumés.",
)

ES = BuiltinTexts(
    numbers=("dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"),
    papers=("un artículo", "{n} artículos"),
    new_papers=("un artículo nuevo", "{n} artículos nuevos"),
    sections="{n} secciones",
    year="de {first}",
    years="de {first} a {last}",
    months=tuple("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()),
    day="{day} de {month} de {year}",
    list_end=" y ",
    comma=", ",
    quotes=("«", "»"),
    phrase="«{phrase}»",
    lead_first="El recorrido se abre con {papers} {span}{speak}.",
    leads=(
        "A continuación vienen {papers} {span}{speak}.",
        "Este tramo del recorrido reúne {papers} {span}{speak}.",
        "El recorrido sigue con {papers} {span}{speak}.",
        "Más adelante, el recorrido pasa por {papers} {span}{speak}.",
        "Luego el recorrido llega a {papers} {span}{speak}.",
    ),
    lead_last="El recorrido termina con {papers} {span}{speak}.",
    lead_sole="El recorrido consta de {papers} {span}{speak}.",
    most_speak="; la mayoría habla de {terms}",
    some_speak="; varios hablan de {terms}",
    turns_all=("Los {papers} siguientes tienen en común {phrase}.", "A los {papers} siguientes los une {phrase}."),
    turns_most=(
        "De los {papers} siguientes, {n} tratan de {phrase}.",
        "Entre los {papers} siguientes, {n} abordan {phrase}.",
    ),
    also=(),
    opening="{papers} {about}{when} {form}.",
    topic="sobre «{topic}»",
    answer="en respuesta a {topic}",
    near="cercanos a {topic}",
    when_one=", de {year},",
    when_all=", todos de {year},",
    when_most=", la mayoría de {year},",
    when_span=", de {first} a {last},",
    when_day=", enviados el {first},",
    when_days=", enviados del {first} al {last},",
    form_one_paper="quedó seleccionado",
    form_one="forman una sola sección, {title}",
    form_many="se reparten en {sections}",
    form_largest="; la mayor, con {papers}, es {title}",
    nothing="No quedó ningún artículo {about}.",
    outage="arXiv no respondió; estos artículos ya estaban guardados.",
    widened="Pocos artículos contienen todas sus palabras, así que la búsqueda se amplió.",
    chosen="Se eligieron entre los {found} que encontró la búsqueda.",
    chosen_one="La búsqueda encontró {found}.",
    previous="La edición anterior es la del {day}.",
    route_two="El recorrido empieza con {first} y termina en {last}.",
    route_many="El recorrido empieza con {first}, pasa por {middle} y termina en {last}.",
    shared="Términos recurrentes: {terms}.",
    central="El artículo cuyo vocabulario está más cerca del de los demás es {title} [{number}].",
    join=" ",
    note="No se usó ningún modelo de lenguaje: las frases son extractos de los resúmenes de los artículos, con el"
    " nombre de los autores en lugar de «we». Los extractos quedan en la lengua de los resúmenes.",
)


def get_builtin_texts(language: str) -> BuiltinTexts:
    """The catalogue of a BCP 47 language ("ja", "de-AT"); English where there is none."""
    return _CATALOGUES.get(primary_tag(language), _EN)


def has_builtin_texts(language: str) -> bool:
    """Whether there is a catalogue of that language's own."""
    return primary_tag(language) in _CATALOGUES


_EN = BuiltinTexts(
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

_JA = BuiltinTexts(
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
