"""The words of the bot's messages, per language.

Invariant: one entry per language, each with every field; a language without an entry is spoken to in English. Fields
with braces are `str.format` patterns; pairs are (one, many). What stands in an edition's own renderings is taken from
`digest.i18n.edition_texts`, not said again here.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.texts import forms as formwords
from bot.texts.forms import FormWords
from digest.text.language import primary_tag


@dataclass(frozen=True)
class BotStrings:
    part: str
    continued: str
    says: str  # a message's one sentence, of {title} {papers} {finding}
    papers: tuple[str, str]
    part_says: str
    notice: str
    kept: str  # of {when}
    start_with: str
    in_thread: tuple[str, str]
    refresh: str
    bibtex: str
    subscribe: str
    archive: str
    helpful: str
    not_helpful: str
    pause: str
    feedback_about: tuple[str, str]
    forms: FormWords


EN = BotStrings(
    part="Part {n}/{all}",
    continued="{title} (continued)",
    says="{papers} on “{title}”. {finding}",
    papers=("{n} paper", "{n} papers"),
    part_says="{part} of “{title}”: {sections}",
    notice="Please note",
    kept="This survey was made {when}. “Refresh” searches again and writes a new one.",
    start_with="Start with these",
    in_thread=("The section is in the thread.", "The {n} sections are in the thread."),
    refresh="Refresh",
    bibtex="BibTeX",
    subscribe="Subscribe weekly",
    archive="Open in the archive",
    helpful="Helpful",
    not_helpful="Not helpful",
    pause="Pause this digest",
    feedback_about=("This was helpful", "This was not helpful"),
    forms=formwords.EN,
)

JA = BotStrings(
    part="{n}/{all}",
    continued="{title}（続き）",
    says="「{title}」の{papers}。{finding}",
    papers=("論文{n}件", "論文{n}件"),
    part_says="「{title}」{part}：{sections}",
    notice="ご注意",
    kept="このサーベイは{when}に作成したものです。「更新」を押すと、検索し直して新しく作成します。",
    start_with="まず読むなら",
    in_thread=("本文はスレッドにあります。", "{n}節の本文はスレッドにあります。"),
    refresh="更新",
    bibtex="BibTeX",
    subscribe="毎週受け取る",
    archive="アーカイブで開く",
    helpful="役に立った",
    not_helpful="役に立たなかった",
    pause="このダイジェストを休止",
    feedback_about=("この回答は役に立った", "この回答は役に立たなかった"),
    forms=formwords.JA,
)

_LANGUAGES = {"en": EN, "ja": JA}


def bot_strings(language: str) -> BotStrings:
    """For a BCP 47 tag, or for a locale as Slack writes it ("ja-JP")."""
    return _LANGUAGES.get(primary_tag(language), EN)
