"""Small talk: what needs no survey, in the words of five languages; and what stops or silences us.

Invariant: pure and total; a message is small talk only where each of its clauses is, so "help with diffusion models"
and "thanks, and what about robustness?" are none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from digest.question.term_tables import is_known_phrase

SmallTalkKind = Literal[
    "help",
    "empty",
    "thanks",
    "greeting",
    "wellbeing",
    "identity",
    "test",
    "assent",
    "farewell",
    "elsewhere",
    "mute",
    "unmute",
    "stop",
]


@dataclass(frozen=True)
class SmallTalk:
    """What needs no survey: a short answer, or a thing to do. language: the tag of its words, where they tell it."""

    kind: SmallTalkKind
    language: str = field(default="", compare=False)


# Of appointments, which people make with people.
EVERYDAY_WORDS = (
    r"lunch|dinner|coffee|meeting|slides|deadline|budget|office|holidays?|"
    r"today|tomorrow|tonight|yesterday|monday|tuesday|wednesday|thursday|friday|saturday|sunday|weekend"
)
_SURVEY = r"(?:the |this |that |my )?(?:survey|search|work|answer|run|request|job)"
_HERE = r"(?: (?:here|now|please|any ?more|in here|in this thread|this thread))*"
_GOOD = (
    r"(?:really |very |so |super |quite |just )*(?:helpful|useful|great|perfect|nice|awesome|good|cool|excellent|"
    r"amazing|"
    r"interesting|impressive|brilliant|wonderful|fantastic|exactly what (?:i|we) (?:needed|wanted|was looking for))"
)
# kind -> language -> what may be said. The first kind that fits counts; of several clauses, the first kind as well.
_SAID: dict[SmallTalkKind, dict[str, str]] = {
    "mute": {
        "en": rf"mute(?: (?:this )?thread| yourself| it)?{_HERE}|(?:be |keep )?(?:quiet|silent){_HERE}|shut up|"
        rf"hush|shush|silence|"
        rf"stop (?:listening|replying|answering|responding|talking|posting|writing){_HERE}|"
        rf"(?:do not|don'?t) (?:reply|answer|respond|listen|post|talk){_HERE}|go away|leave (?:us|me) alone|"
        rf"stay out of this",
        "de": r"sei (?:still|ruhig|leise)|ruhe|stumm(?:schalten)?|halt den mund|nicht mehr antworten|"
        r"antworte (?:hier )?nicht mehr",
        "fr": r"tais-toi|silence|chut|ne réponds plus(?: ici)?|muet|sois discret",
        "es": r"cállate|silencio|calla|no respondas(?: más)?(?: aquí)?|silencia(?:r)?(?: este hilo)?",
        "ja": r"ミュート(?:して)?|静かにして|黙って(?:て|いて)?|返事しないで|返信しないで",
    },
    "unmute": {
        "en": r"unmute(?: (?:this )?thread| yourself)?|listen(?: again)?(?: here)?|you (?:can|may) (?:speak|talk|"
        r"answer) again",
        "de": r"hör wieder zu|stummschaltung aufheben",
        "fr": r"écoute(?: de nouveau| à nouveau)?|tu peux (?:parler|répondre)(?: de nouveau| à nouveau)?",
        "es": r"escucha(?: de nuevo| otra vez)?|puedes (?:hablar|responder)(?: de nuevo| otra vez)?",
        "ja": r"ミュート解除(?:して)?|また聞いて",
    },
    "stop": {
        "en": rf"(?:stop|cancel|abort|halt|quit|kill|end)(?: (?:it|that|this|now|everything|working|searching|"
        rf"here|{_SURVEY}))*|"
        rf"never ?mind|forget (?:it|that|about it)|(?:that's |that is )?enough|stop(?: stop)+|(?:i|we) (?:don'?t|"
        rf"do not) need (?:it|that|this)"
        r"(?: any ?more)?",
        "de": r"stopp?|anhalten|abbrechen|brich (?:es |das )?ab|abbruch|hör auf|aufhören|lass (?:es|gut sein)|"
        r"vergiss es|genug",
        "fr": r"arrête(?:-toi| ça| tout| la recherche)?|arrêtez(?: ça| tout)?|arrêter|annule[rz]?(?: ça)?|"
        r"laisse tomber|ça suffit|stop(?:pe)?(?: ça| tout)?",
        "es": r"para|pare|detente|detén(?:lo)?|cancela(?:r|lo)?|basta|déjalo|olvídalo|alto",
        "ja": r"中止(?:して)?|やめて|止めて|とめて|停止(?:して)?|キャンセル(?:して)?|ストップ|もういい(?:です)?",
    },
    "help": {
        "en": r"help(?: me)?(?: out)?|/?help|man|usage|commands?|options?|instructions|(?:show (?:me )?the )?help|"
        r"what (?:can|do|could) (?:you|i) (?:do|ask|offer)(?: (?:here|for (?:me|us)|you))?|what are you able to do|"
        r"how (?:does|do) (?:this|it|that) work|how (?:do|can|should) (?:you|i|we) (?:work|use (?:this|you|it)|"
        r"ask)(?: you)?|"
        r"what (?:are (?:the|your) )?(?:commands|options|features)(?: are there| do you have)?|i need help|"
        r"how (?:(?:do|can|would) (?:i|we)|to) (?:(?:un)?subscribe|(?:un)?mute|stop|cancel|export|get started|begin)"
        r"(?: (?:to |from )?(?:you|it|this|a (?:topic|survey)|an answer|papers))?",
        "de": r"hilfe|hilf mir|wie (?:abonniere|starte|stoppe) ich(?: (?:es|das|dich|ein thema))?|"
        r"was kannst du(?: (?:alles|so|hier))?(?: tun| machen)?|wie funktioniers?t (?:das|es|"
        r"du)|wie benutze ich dich|befehle",
        "fr": r"(?:à l')?aide|aide-moi|que (?:peux-tu|sais-tu|pouvez-vous|savez-vous) faire|comment (?:ça marche|"
        r"tu marches|ça fonctionne)|"
        r"qu'est-ce que tu (?:peux|sais) faire|comment (?:t'utiliser|m'abonner|je m'abonne|commencer|t'arrêter)",
        "es": r"ayuda|ayúdame|qué (?:puedes|sabes) hacer|cómo (?:funciona|funcionas)(?: esto)?|cómo te uso|"
        r"cómo (?:me suscribo|empiezo|te paro)",
        "ja": r"ヘルプ|使い方(?:を教えて)?|(?:あなたは)?何が(?:できますか|できるの?|できる？?)|助けて|"
        r"(?:購読|登録)(?:の仕方|方法)(?:は|を教えて)?",
    },
    "wellbeing": {
        "en": r"how are (?:you|things|we)(?: (?:doing|today|this morning))*|how(?:'s| is) (?:it going|life|"
        r"your day|everything)|"
        r"how do you do|what'?s (?:up|new with you|going on)|sup|(?:are )?you (?:ok|okay|good|well)|how(?:'s|"
        r" is) (?:the )?day(?: going)?",
        "de": r"wie geht(?:'s| es| es dir| es ihnen|s dir|'s dir|s)(?: heute)?|alles (?:gut|ok|"
        r"okay)(?: bei dir)?|was geht",
        "fr": r"comment (?:ça va|vas-tu|allez-vous|tu vas)|(?:tu vas|vous allez) bien|ça va(?: bien)?|quoi de neuf",
        "es": r"qué tal(?: estás| todo)?|cómo (?:estás|está|va|te va|andas)|todo bien",
        "ja": r"お?元気(?:ですか|かな|\?|？)?|調子は(?:どう(?:ですか)?|いかがですか)",
    },
    "identity": {
        "en": r"(?:who|what) (?:are|r) you(?: exactly| really)?|what(?:'s| is) your name|do you have a name|"
        r"are you (?:an? )?(?:bot|human|robot|ai|real|person|llm|chatgpt|gpt|machine|program|alive person)|"
        r"who (?:made|built|created|runs|wrote|programmed) you|introduce yourself|tell (?:me|us) about yourself|"
        r"what is paper ?route",
        "de": r"(?:wer|was) bist du|wie heißt du|wer hat dich (?:gemacht|gebaut|programmiert)|bist du ein (?:bot|"
        r"mensch|roboter)|stell dich vor",
        "fr": r"qui (?:es-tu|êtes-vous|tu es|t'a (?:créé|fait))|tu es qui|comment tu t'appelles|quel est ton nom|"
        r"es-tu un (?:robot|humain|bot)|"
        r"présente-toi",
        "es": r"quién (?:eres|es usted|te (?:creó|hizo))|qué eres|cómo te llamas|eres un (?:bot|robot|humano)|"
        r"preséntate",
        "ja": r"(?:あなた|君|きみ)(?:は|って)?(?:誰|だれ|何者|何)(?:ですか|なの|\?|？)?|お?名前は(?:何ですか|"
        r"なに)?|自己紹介(?:して)?|誰ですか",
    },
    "test": {
        "en": r"(?:this is (?:only |just )?a )?test(?:ing)?(?: (?:test(?:ing)?|only|please|message|123|1 2 3|"
        r"one two three|ignore))*|ping|1 2 3|"
        r"(?:are )?you (?:there|here|alive|online|awake|up|working|listening|around)(?: today)?|"
        r"is (?:this|anyone|anybody|it)(?: thing)? (?:on|working|there|here)|"
        r"does (?:this|it) work|(?:is )?(?:anybody|anyone) (?:there|here|home)|can you hear (?:me|us)|hello world|"
        r"just testing|checking|check check|foo",
        "de": r"(?:nur )?(?:ein )?test|bist du (?:da|wach|online)|(?:funktioniert|geht) (?:das|es)|hörst du mich|"
        r"jemand da",
        "fr": r"(?:un )?(?:petit )?test|essai|(?:tu es|t'es|es-tu|vous êtes) là|ça (?:marche|fonctionne)|"
        r"tu m'entends|il y a quelqu'un",
        "es": r"(?:una )?prueba|probando|estás ahí|funciona(?: esto)?|me oyes|hay alguien(?: ahí)?",
        "ja": r"テスト(?:です|中)?|聞こえ(?:ますか|る)|(?:いますか|いる|動いてる|動いていますか)|ピン",
    },
    "thanks": {
        "en": r"(?:(?:ok|okay|great|perfect|nice|cool|super|good|awesome|wow|oh|ah|alright|many|a lot of|"
        r"a million|big|lots of|"
        r"no)[,.! ]+)*"
        r"(?:thanks?(?: you| u)?|thx|ty|tysm|cheers|much appreciated|appreciate it|i appreciate (?:it|that|this))"
        r"(?: (?:so|very) much| a (?:lot|bunch|million|ton)| again| all| anyway| everyone| mate| man| buddy|"
        r" indeed| kindly| in advance| bot)*"
        r"(?: for [^?]{1,80}| (?:that|this|it)(?:'s| is| was)? .{0,12}" + _GOOD + r")?|"
        rf"{_GOOD}(?: (?:work|job|stuff|one|answer|survey|bot|summary|list|papers?|find))?|well done|good (?:bot|"
        rf"job|work|one)|"
        rf"(?:that|this|it|you|these)(?:'s|'re| is| was| are| were| looks?)? {_GOOD}(?: (?:work|job|stuff|one|"
        rf"answer|survey|bot|papers?))?|"
        r"(?:i )?love (?:it|this|that)|you(?:'re| are) the best|(?:that|this) helps(?: a lot)?|"
        r"just what i needed|kudos|bravo",
        "de": r"(?:(?:ok|super|toll|prima|perfekt|vielen|lieben|besten|herzlichen|tausend|oh|ja|alles klar)[,.! ]+)*"
        r"(?:danke?(?: dir| schön| sehr| euch| ihnen| vielmals| nochmals?)*|dankeschön)(?: für .{1,80})?|"
        r"super(?: arbeit| gemacht)?|toll|klasse|"
        r"prima|perfekt|gut gemacht|sehr (?:gut|hilfreich|schön)|das (?:ist|war) (?:sehr |super )?(?:hilfreich|"
        r"gut|toll|super)|hat (?:mir )?sehr geholfen|"
        r"(?:das (?:ist|war) )?genau (?:das|was)(?: habe?)?(?: ich)? (?:gesucht|gebraucht|brauche|suche)(?: habe?)?",
        "fr": r"(?:(?:ok|super|parfait|oh|grand|mille|un grand)[,.! ]+)*merci(?: (?:beaucoup|bien|infiniment|"
        r"à toi|encore))*(?: (?:pour|de) .{1,80})?|"
        r"parfait|génial|super(?: travail)?|bravo|excellent|très (?:bien|utile)|c'est (?:très |"
        r"vraiment )?(?:utile|parfait|génial|super|top)|bien joué",
        "es": r"(?:(?:ok|vale|genial|perfecto|oh|muchas|mil|muchísimas)[,.! ]+)*gracias(?: (?:por .{1,80}|"
        r"de nuevo|a ti))*|perfecto|genial|excelente|"
        r"muy (?:bien|útil)|buen trabajo|qué bien|(?:es|está) (?:muy )?(?:útil|genial|perfecto)|estupendo",
        "ja": r"(?:どうも|本当に|とても)?ありがとう(?:ございます|ございました)?(?:、.{1,40})?|どうも|"
        r"感謝(?:します)?|助かり(?:ました|ます)|"
        r"すごい(?:です(?:ね)?)?|素晴らしい(?:です)?|最高(?:です)?|完璧(?:です)?|サンキュー|とても役に立ちました",
    },
    "farewell": {
        "en": r"(?:good ?)?bye(?: bye)?(?: (?:all|everyone|bot))?|see (?:you|ya)(?: (?:later|soon|tomorrow|"
        r"around|next week))?|cya|good night|ttyl|"
        r"(?:have|enjoy) (?:a|the|your) (?:nice |good |great )?(?:day|weekend|evening|one|night)|take care|"
        r"i(?:'m| am) (?:off|out|done)(?: for today)?",
        "de": r"tschüss?|auf wiedersehen|bis (?:bald|morgen|später|dann)|gute nacht|schönen (?:tag|abend|"
        r"feierabend)(?: noch)?|ciao",
        "fr": r"au revoir|à (?:bientôt|demain|plus(?: tard)?|la prochaine)|bonne (?:journée|nuit|soirée)",
        "es": r"adiós|hasta (?:luego|pronto|mañana)|buenas noches|nos vemos|chao",
        "ja": r"さようなら|またね|また(?:明日|今度)|おやすみ(?:なさい)?|お疲れ(?:様|さま)(?:です|でした)?|バイバイ",
    },
    "greeting": {
        "en": r"(?:hi|hello|hey|hiya|heya|yo|howdy|greetings|good (?:morning|afternoon|evening|day)|morning|"
        r"welcome(?: back| aboard)?|"
        r"nice to meet you|hi hi|hello hello)(?: (?:there|all|everyone|team|bot|again|you|folks|friend|"
        r"paper ?route|to you))*",
        "de": r"(?:hallo|guten (?:tag|morgen|abend)|moin(?: moin)?|servus|grüß (?:dich|gott)|na|"
        r"hallöchen)(?: (?:zusammen|du|da|bot|alle))*",
        "fr": r"(?:bonjour|salut|coucou|bonsoir|enchanté)(?: (?:à tous|toi|tout le monde|le bot))*",
        "es": r"(?:hola|buenas(?: tardes)?|buenos días|encantado)(?: (?:a todos|bot|de nuevo|qué tal))*",
        "ja": r"こんにちは|こんにちわ|おはよう(?:ございます)?|こんばんは|やあ|はじめまして|"
        r"(?:どうぞ)?よろしく(?:お願いします|お願いいたします)?",
    },
    "elsewhere": {
        "en": r"(?:tell|make) (?:me|us) (?:a|another) joke|(?:do )?you know (?:a|any) jokes?|make me laugh|"
        r"sing(?: (?:me )?a song)?|"
        r"what(?:'s| is) the (?:weather|time|date)(?: (?:like|today|tomorrow|now|outside|in \w+|it))*|how(?:'s|"
        r" is) the weather(?: \w+){0,3}|"
        r"what (?:time|day) is it(?: (?:today|now))?|(?:i )?(?:love|hate|like) you|do you (?:love|like|hate) me|"
        r"will you marry me|"
        r"what(?:'s| is) (?:for lunch|for dinner|the meaning of life)|(?:is it|"
        r"will it) (?:going to )?rain(?: \w+){0,2}|flip a coin|roll a dice",
        "de": r"erzähl(?:e)? (?:mir |uns )?(?:einen|noch einen) witz|wie (?:ist|wird) das wetter(?: \w+){0,2}|"
        r"wie spät ist es|ich (?:liebe|mag) dich",
        "fr": r"raconte(?:-moi)? une blague|quel temps fait-il(?: \w+){0,2}|quelle heure est-il|je t'aime",
        "es": r"cuéntame un chiste|qué tiempo hace(?: \w+){0,2}|qué hora es|te (?:quiero|amo)",
        "ja": r"(?:何か)?(?:冗談|ジョーク)(?:を)?(?:言って|教えて)|(?:今日|明日)の(?:天気|"
        r"お天気)(?:は(?:どう(?:ですか)?)?)?|今何時(?:ですか)?|愛してる",
    },
    "assent": {
        "en": r"o?k(?:ay|ey)?(?: (?:then|good|cool|sure|great))?|yes(?: please)?|yep|yeah|yup|no|nope|nah|"
        r"sure(?: thing)?|al(?:l )?right|fine|got it|i see|"
        r"understood|noted|right|true|fair enough|sounds good|makes sense|agreed|exactly|indeed|lol|haha+|hehe+|"
        r"wow|oh|ah|hmm*|sorry|my bad|oops|"
        r"(?:(?:that's|it's|that is|it is|sorry)[, ]+)?(?:the )?wrong (?:topic|question|thread|channel|one|paper|bot)|"
        r"i know|same|done|good to know|no worries|no problem|maybe|whatever|interesting",
        "de": r"ja|nein|doch|alles klar|verstanden|in ordnung|genau|stimmt|aha|ach so|passt|okidoki|"
        r"entschuldigung|kein problem|interessant|falsche[rs]? (?:thema|frage|thread|kanal)",
        "fr": r"oui|non|d'accord|compris|entendu|exact|ah bon|pardon|désolé|pas de problème|intéressant|"
        r"ça marche pour moi|mauvais(?:e)? (?:sujet|question|fil|canal)",
        "es": r"sí|vale|de acuerdo|entendido|claro|exacto|perdón|lo siento|no pasa nada|interesante|bueno|"
        r"(?:tema|pregunta|hilo|canal) equivocad[oa]",
        "ja": r"はい|いいえ|うん|了解(?:です|しました)?|わかりました|分かりました|わかった|なるほど|"
        r"そうです(?:か|ね)?|ok(?:です)?|すみません|ごめん(?:なさい)?|へえ|"
        r"間違え(?:ました|た)|間違い(?:です)?",
    },
}
# What may stand around anything that is said: "ok stop now".
_BEFORE = r"(?:(?:ok|okay|oh|hey|well|so|and|but|just|now|please|bitte|also|dann|alors|bon|pues|bueno|vale)[ ,]+|もう)*"
_BEHIND = (
    r"(?: (?:now|then|already|right away|immediately|jetzt|sofort|denn|mal|eigentlich|maintenant|tout de suite|ya|"
    r"ahora))*"
)
_PATTERNS = {
    kind: {tag: re.compile(rf"{_BEFORE}(?:{words}){_BEHIND}", re.IGNORECASE) for tag, words in languages.items()}
    for kind, languages in _SAID.items()
}
_POLITE = (
    r"(?:please|pls|plz|(?:can|could|would|will) you|(?:can|could|may) (?:i|we) (?:get|have)|now|bitte|"
    r"s'il (?:te|vous) pla[iî]t|svp|"
    r"stp|por favor|actually|by the way|btw|au fait|por cierto|"
    r"お願いします|ください|下さい)(?![^\W_]*['’-])(?!\w)"
)
_MARKS = r"[\s,.!?:;。！？、~…'\"¿¡()（）^*-]"
POLITE_EDGES = re.compile(
    rf"^(?:{_POLITE}|{_MARKS})+|(?:(?<=[\s,.!、。はてで語ル止]){_POLITE}|[\s,.!:;。！、~…'\"¡()*-])+$", re.IGNORECASE
)
_BETWEEN_CLAUSES = re.compile(r"[,.!?;:。！？、…~()\-–—]+\s*|\s+[-–—]+\s+")
_NAMES = re.compile(r"(?:\s+|^)(?:@?paper[ -]?route|@?bot|dear bot|mr\.? bot)$", re.IGNORECASE)
_MOST_CHARACTERS = 160
_EVERYDAY = re.compile(rf"\b(?:{EVERYDAY_WORDS})\b", re.IGNORECASE)
_OF_PEOPLE = re.compile(r"\b(?:we|us|our|i|i'm|i'll|my|me|let's|you|your)\b", re.IGNORECASE)


def parse_small_talk(text: str) -> SmallTalk | None:
    """text: one line of words, as `message_event.extract_question` gives it; None where it is anything else."""
    if len(text) > _MOST_CHARACTERS:
        return None
    bare = _bare(text)
    if bare and (said := _said(bare)):
        return said
    found = [_said(_bare(clause)) for clause in _BETWEEN_CLAUSES.split(text) if _bare(clause)]
    if not found or not all(found):
        return None
    kinds = list(_SAID)
    return min((said for said in found if said), key=lambda said: kinds.index(said.kind))


def is_of_appointments(text: str, concepts: Sequence[str]) -> bool:
    """ "We should meet tomorrow": what people say of themselves and of days, where it names nothing of research.

    concepts: what the text would be searched for by.
    """
    if not (_EVERYDAY.search(text) and _OF_PEOPLE.search(text)):
        return False
    return not any(
        " " in rest or rest.isupper() or is_known_phrase(rest)
        for concept in concepts
        if (rest := " ".join(_EVERYDAY.sub(" ", concept).split()))
    )


def _bare(text: str) -> str:
    plain = " ".join(text.replace("’", "'").split())
    stripped = POLITE_EDGES.sub("", _NAMES.sub("", POLITE_EDGES.sub("", plain)))
    return stripped.rstrip("?？ ")


def _said(clause: str) -> SmallTalk | None:
    """Words that several languages have tell none."""
    for kind, languages in _PATTERNS.items():
        if tags := [tag for tag, words in languages.items() if words.fullmatch(clause)]:
            return SmallTalk(kind, tags[0] if len(tags) == 1 else "")
    return None
