"""Translations for mails (English, Japanese).

Invariant: as in `edition_texts.py`: every language has every field, and one without an entry gets English.
"""

from __future__ import annotations

from dataclasses import dataclass

from digest.cadence import CadenceWords
from digest.text.language import primary_tag


@dataclass(frozen=True)
class MailTexts:
    tag: str  # of the language that these words are in
    counts: str
    web: str
    archive: str
    preferences: str
    unsubscribe: str
    because: str
    map_caption: str
    map_alt: str  # of {n} {sections}
    map_section: str  # of {number} {title} {first} {last}
    map_joiner: str
    confirm_subject: str
    confirm_lead: str
    confirm_button: str
    confirm_ignore: str
    confirm_hours: tuple[str, str]
    confirm_days: tuple[str, str]
    welcome_subject: str
    welcome_lead: str
    welcome_when: str  # of {cadence}, a schedule
    cadence: CadenceWords
    welcome_first: str
    goodbye_subject: str
    goodbye_lead: str
    goodbye_back: str
    topic: str
    topics: str  # of {n}
    stop: str


_EN = MailTexts(
    tag="en",
    counts="{found} found, {new} new on this topic, {kept} kept",
    web="Read on the web",
    archive="All digests of this topic",
    preferences="Preferences",
    unsubscribe="Unsubscribe",
    because="You get this mail because you subscribed to this topic.",
    map_caption="A dot is a paper, the line your way through them; a number in a square is a section.",
    map_alt="Map of the {n} papers with the reading route. It leads through {sections}.",
    map_section="{title} (section {number}, papers {first} to {last})",
    map_joiner=", then ",
    confirm_subject="Please confirm your subscription",
    confirm_lead="Someone, most likely you, asked for digests of new papers at this address. "
    "They start when you confirm.",
    confirm_button="Confirm the subscription",
    confirm_ignore="If it was not you, do nothing: no further mail will come.",
    confirm_hours=("The link holds for {n} hour.", "The link holds for {n} hours."),
    confirm_days=("The link holds for {n} day.", "The link holds for {n} days."),
    welcome_subject="You are subscribed: {title}",
    welcome_lead="New papers will come to you in the order in which they read well, each with its problem, method "
    "and result.",
    welcome_when="A digest is made {cadence}.",
    cadence=CadenceWords(
        daily="every day",
        weekdays="from Monday to Friday",
        weekly="every {day}",
        monthly="on day {day} of every month",
        month_end="on the last day of every month",
        days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        schedule="{cadence} at {at} ({timezone})",
    ),
    welcome_first="Until the first one, there is the archive.",
    goodbye_subject="You are unsubscribed: {title}",
    goodbye_lead="No more digests on what is named below will come to this address.",
    goodbye_back="If that was a mistake, subscribe again on the topic's page.",
    topic="The topic's page",
    topics="{n} topics",
    stop=": ",
)

_JA = MailTexts(
    tag="ja",
    counts="検索結果{found}件、新着{new}件、採用{kept}件",
    web="ウェブで読む",
    archive="このトピックのダイジェスト一覧",
    preferences="配信設定",
    unsubscribe="配信停止",
    because="このトピックを購読されているため、このメールをお送りしています。",
    map_caption="点は論文、線は読む順序、四角の中の数字は節の番号です。",
    map_alt="論文{n}件と読む順序の地図。順に{sections}を通ります。",
    map_section="{title}（第{number}節、論文{first}〜{last}）",
    map_joiner="、",
    confirm_subject="購読の確認をお願いします",
    confirm_lead="このアドレスで新着論文のダイジェストを受け取るお申し込みがありました。ご確認いただくと配信が始まります。",
    confirm_button="購読を確認する",
    confirm_ignore="お心当たりがない場合は、何もなさらなくて結構です。以後メールは届きません。",
    confirm_hours=("このリンクの有効期限は{n}時間です。",) * 2,
    confirm_days=("このリンクの有効期限は{n}日です。",) * 2,
    welcome_subject="購読を開始しました：{title}",
    welcome_lead="新着論文を、読みやすい順に並べ、課題・手法・結果を添えてお届けします。",
    welcome_when="ダイジェストは{cadence}に作成します。",
    cadence=CadenceWords(
        daily="毎日",
        weekdays="月曜日から金曜日の",
        weekly="毎週{day}",
        monthly="毎月{day}日",
        month_end="毎月末日",
        days=("月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日"),
        schedule="{cadence}{at}（{timezone}）",
    ),
    welcome_first="最初の号が届くまでは、過去のダイジェストをご覧ください。",
    goodbye_subject="購読を停止しました：{title}",
    goodbye_lead="下記のダイジェストは、今後このアドレスには届きません。",
    goodbye_back="お間違いの場合は、トピックのページからもう一度お申し込みください。",
    topic="トピックのページ",
    topics="{n}件のトピック",
    stop="：",
)

_LANGUAGES = {"en": _EN, "ja": _JA}


def get_mail_texts(language: str) -> MailTexts:
    return _LANGUAGES.get(primary_tag(language), _EN)
