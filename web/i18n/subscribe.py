"""The messages of the subscription pages, per language.

Invariant: one entry per language, each with every field; nothing here tells whether an address is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from web.i18n.messages import Language


@dataclass(frozen=True)
class SubscribeMessages:
    title: str
    lead: str
    off: str
    address: str
    topics: str
    honeypot: str
    button: str
    asked: str
    asked_lead: str  # of {address}
    asked_hint: str
    flood: str
    confirm_title: str
    confirm_lead: str
    confirm_button: str
    confirmed: str
    confirmed_lead: str
    nothing_waits: str
    leave_title: str  # of {topic}
    leave_lead: str
    leave_button: str
    left: str
    left_lead: str
    preferences: str
    of_address: str
    states: dict[str, str]
    pause: str
    resume: str
    leave: str
    pause_all: str
    resume_all: str
    leave_all: str
    more_topics: str
    add: str
    other_address: str
    new_address: str
    change: str
    change_lead: str
    data: str
    export: str
    erase: str
    erase_lead: str
    erase_sure: str
    erased: str
    erased_lead: str
    erase_tick: str
    done: str
    unchanged: str
    invalid: str
    invalid_lead: str
    expired: str
    expired_lead: str
    gone: str
    gone_lead: str


EN = SubscribeMessages(
    title="Subscribe",
    lead="New papers on a topic, by mail, as soon as a digest is written. Nothing is tracked, and one click ends it.",
    off="This site takes no subscriptions by mail.",
    address="Your mail address",
    topics="Topics",
    honeypot="Leave this empty",
    button="Subscribe",
    asked="Look into your mailbox",
    asked_lead="If {address} does not have these topics yet, a mail is on its way with a link to confirm.",
    asked_hint="Nothing within a few minutes? Look among the unwanted mails. A second mail is sent after a while only.",
    flood="Too many subscriptions were asked for just now. Try again in an hour.",
    confirm_title="One click to go",
    confirm_lead="Digests on these topics will come to {address}:",
    confirm_button="Yes, send them to me",
    confirmed="You are subscribed",
    confirmed_lead="The next digest will come to {address}. Each mail has links to your preferences and out.",
    nothing_waits="Nothing waits to be confirmed: it was confirmed before, or has ended.",
    leave_title="No more mails on {topic}?",
    leave_lead="The digests stay in the archive, and you can subscribe again at any time.",
    leave_button="Unsubscribe",
    left="You are unsubscribed",
    left_lead="No more mails on {topic} will come.",
    preferences="Your subscriptions",
    of_address="For {address}",
    states={
        "pending": "waits to be confirmed",
        "active": "comes by mail",
        "paused": "paused",
        "unsubscribed": "ended",
        "bounced": "your address refused our mails",
    },
    pause="Pause",
    resume="Resume",
    leave="Unsubscribe",
    pause_all="Pause all",
    resume_all="Resume all",
    leave_all="Unsubscribe from all",
    more_topics="More topics",
    add="Add these",
    other_address="Another address",
    new_address="New mail address",
    change="Move to this address",
    change_lead="The new address gets a mail to confirm; until then all stays as it is.",
    data="Your data",
    export="Download all that is kept of you",
    erase="Erase all that is kept of you",
    erase_lead="Your address, your topics and what was sent to you are removed at once. It cannot be undone.",
    erase_sure="Yes, erase everything",
    erased="Everything is erased",
    erased_lead="Nothing of your address is kept here any more.",
    erase_tick="Tick the box to erase. Nothing was erased.",
    done="Done.",
    unchanged="Nothing changed: it was so already, or is none of your subscriptions.",
    invalid="This link is not valid",
    invalid_lead="Copy it whole from the mail, or use the link in the newest mail.",
    expired="This link has run out",
    expired_lead="Ask again for a mail to confirm.",
    gone="This subscription is no longer here",
    gone_lead="It was erased. Subscribe again if you would like to.",
)

JA = SubscribeMessages(
    title="購読",
    lead="トピックの新着論文を、ダイジェストができしだいメールでお届けします。追跡は一切せず、ワンクリックで解除できます。",
    off="このサイトではメール購読を受け付けていません。",
    address="メールアドレス",
    topics="トピック",
    honeypot="空欄のままにしてください",
    button="購読する",
    asked="メールをご確認ください",
    asked_lead="{address}でまだ購読していないトピックがあれば、確認用リンクを記載したメールをお送りします。",
    asked_hint="数分待っても届かない場合は、迷惑メールフォルダーをご確認ください。再送までにはしばらく間をあけています。",
    flood="ただいま申し込みが集中しています。1時間後にもう一度お試しください。",
    confirm_title="あと1クリックです",
    confirm_lead="次のトピックのダイジェストを{address}にお届けします。",
    confirm_button="購読を確定する",
    confirmed="購読を開始しました",
    confirmed_lead="次回のダイジェストから{address}にお届けします。各メールに設定と解除のリンクがあります。",
    nothing_waits="確認待ちのものはありません。すでに確認済みか、終了しています。",
    leave_title="「{topic}」の配信を解除しますか",
    leave_lead="ダイジェストはアーカイブで引き続き読めます。購読はいつでも再開できます。",
    leave_button="解除する",
    left="解除しました",
    left_lead="「{topic}」のメールは今後届きません。",
    preferences="購読の設定",
    of_address="{address}",
    states={
        "pending": "確認待ち",
        "active": "配信中",
        "paused": "休止中",
        "unsubscribed": "解除済み",
        "bounced": "メールが届きませんでした",
    },
    pause="休止",
    resume="再開",
    leave="解除",
    pause_all="すべて休止",
    resume_all="すべて再開",
    leave_all="すべて解除",
    more_topics="ほかのトピック",
    add="追加",
    other_address="アドレスの変更",
    new_address="新しいメールアドレス",
    change="このアドレスに変更",
    change_lead="新しいアドレスに確認メールをお送りします。確認されるまでは今のままです。",
    data="保存されている情報",
    export="自分の情報をすべてダウンロード",
    erase="自分の情報をすべて消去",
    erase_lead="アドレス、トピック、送信履歴をただちに消去します。元に戻せません。",
    erase_sure="はい、すべて消去します",
    erased="すべて消去しました",
    erased_lead="お客様のアドレスに関する情報はもう残っていません。",
    erase_tick="消去するには、確認欄にチェックを入れてください。まだ何も消去していません。",
    done="変更しました。",
    unchanged="変更はありません。すでにその状態か、お客様の購読ではありません。",
    invalid="このリンクは無効です",
    invalid_lead="メールからリンク全体をコピーするか、最新のメールのリンクをお使いください。",
    expired="このリンクは期限切れです",
    expired_lead="もう一度お申し込みください。",
    gone="この購読はもうありません",
    gone_lead="消去されています。必要であればもう一度お申し込みください。",
)

_LANGUAGES: dict[Language, SubscribeMessages] = {"en": EN, "ja": JA}


def subscribe_messages(language: Language) -> SubscribeMessages:
    return _LANGUAGES[language]
