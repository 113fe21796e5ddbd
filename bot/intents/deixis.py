"""Deixis: whether a message points at what was said before, an answer or what people in a thread talk about.

Invariant: pure and total; a message that names a subject of its own points at nothing.
"""

from __future__ import annotations

import re

from bot.intents.question_options import has_subject

_LATIN = r"(?<![\w-])(?:{})(?![\w-])"
# Words for what is talked about in a thread.
_THIS = re.compile(
    _LATIN.format(
        r"(?:(?:about|on|for|regarding|around|to|of|in) )?(?:this|that|the|our|these|those|above|my|his|her|"
        r"their|whole|entire) "
        r"(?:thread|discussion|conversation|topics?|questions?|ideas?|subjects?|problems?|points?|messages?|"
        r"issues?|chat|exchange|debate|claims?)|"
        r"(?:about|on|for|regarding|around|to|of|in) (?:this|that|it|these|those)|"
        r"(?:what (?:do|would) you )?(?:think|say|know|suggest|recommend)|(?:your )?(?:opinion|take|thoughts)|"
        r"what does the literature say|(?:what )?(?:we|they|\w+)(?:'re| are| were|'ve been| have been)? "
        r"(?:discussing|talking about|debating|said|wrote)|"
        r"this|that|it|above|these|those|here|such|"
        r"dazu|darüber|hierzu|davon|zu (?:diesem|dieser|dem) (?:thema|thread|frage|diskussion|gespräch|idee)|"
        r"diese[mnrs]?|das|hier|"
        r"(?:diesem|dieser|den|dem|diesen) (?:thread|thema|diskussion|frage|gespräch)|was (?:meinst|denkst|"
        r"sagst) du(?: dazu)?|"
        r"là-dessus|à ce (?:sujet|propos)|(?:sur )?(?:ce|cette|cet) (?:sujet|fil|discussion|question|idée|thème|"
        r"conversation)|cela|ça|ceci|"
        r"qu'en (?:penses-tu|pensez-vous|dis-tu)|ici|"
        r"(?:sobre )?(?:esto|eso|este (?:tema|hilo|asunto)|esta (?:discusión|pregunta|idea|conversación))|"
        r"al respecto|qué (?:opinas|piensas)|aquí"
    )
    + r"|(?:この|その|上の|上記の)(?:話題?|件|スレッド|テーマ|議論|質問|会話|問題|内容|アイデア)?"
    + r"|これ|それ|上記|関連(?:する|した)?|どう思(?:う|いますか)",
    re.IGNORECASE,
)
_PAPERS = re.compile(
    _LATIN.format(
        r"papers?|articles?|literature|research|works?|surveys?|studies|references?|publications?|preprints?|"
        r"evidence|sources?|"
        r"arbeiten|artikel|literatur|forschung|studien|veröffentlichungen|quellen|belege|"
        r"travaux|littérature|recherches?|études?|artículos?|trabajos?|literatura|investigación|estudios|bibliografía"
    )
    + r"|論文|文献|研究|サーベイ",
    re.IGNORECASE,
)
_ASKING = re.compile(
    _LATIN.format(
        r"(?:can|could|would|will|do|does|is|are|have|has|there|any|some|more|find|search|look|looking|up|get|"
        r"show|give|know|say|says|said|"
        r"help|us|me|you|we|exist|out|into|please|relevant|related|recent|good|what|which|where|for|on|about|the|"
        r"a|an|and|summari[sz]e|"
        r"survey|check|read|see|back|up|support|supports|thread|anything|something|published|written|summary|"
        r"with|kannst|könntest|du|mir|uns|gibt's|"
        r"gibt|es|finden|such|suche|finde|mal|bitte|tu|peux|peux-tu|pourrais-tu|trouver|trouve|chercher|cherche|"
        r"y|a-t-il|avez-vous|des|"
        r"puedes|podrías|buscar|busca|encontrar|hay|algún|algo|publicad[oa]s?|unos)"
    ),
    re.IGNORECASE,
)
# Words that point back at the papers of an answer.
_ANSWER = re.compile(
    _LATIN.format(
        r"these|those|they|them|their|it|its|which (?:of|ones?|papers?|methods?|approach(?:es)?|works?)|(?:of|in|"
        r"from|among) (?:this|that)|"
        r"the (?:papers?|results?|methods?|authors?|survey|list|above|others?|rest|first|second|third|last|"
        r"newest|oldest|best)(?: (?:one|paper)s?)?|"
        r"(?:and |but |so )?(?:what|how) about|any of|both|each of|the same|what else|why (?:is|are|do|"
        r"does) (?:that|this|they|it)|"
        r"(?:diese[mnrs]?|davon|darunter|darin|welche[rs]?(?: davon)?|deren|ihnen|sie|die (?:arbeiten|paper|"
        r"methoden|ergebnisse))|und was ist mit|"
        r"(?:ces|ceux|celles|lesquels?|lesquelles|ils|elles|leurs?|parmi|d'entre eux|les (?:articles|méthodes|"
        r"résultats|auteurs))|et (?:pour|sur)|"
        r"(?:estos|esos|estas|esas|cuáles?(?: de)?|ellos|ellas|sus|entre ellos|los (?:artículos|trabajos|métodos|"
        r"resultados|autores))|y qué tal"
    )
    + r"|^(?:and|und|et|y)\s|これら|それら|この(?:中|論文)|その(?:中|論文)|どれ|どの(?:論文|手法)|彼ら",
    re.IGNORECASE,
)


def is_about_thread(subject: str) -> bool:
    """Whether it asks for papers without saying on what: "can you find papers on this?", "any literature?"."""
    if not (_THIS.search(subject) or _PAPERS.search(subject)):
        return not subject
    rest = _ASKING.sub(" ", _PAPERS.sub(" ", _THIS.sub(" ", subject.replace("’", "'"))))
    return not has_subject(rest)


def refers_to_answer(text: str) -> bool:
    return bool(_ANSWER.search(text.replace("’", "'")))
