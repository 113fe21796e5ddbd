"""The words of the form, the Home tab and the help, per language: a part of the catalogue in `bot/texts/messages.py`.

Invariant: as for `bot/texts/messages.py`. Lines of the help are mrkdwn, written here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from digest.cadence import CadenceWords


@dataclass(frozen=True)
class FormWords:
    new_title: str  # of the form; at most 24 characters, as all three
    edit_title: str
    save: str
    cancel: str
    preview: str
    labels: Mapping[str, str]  # by field
    hints: Mapping[str, str]
    placeholders: Mapping[str, str]
    errors: Mapping[str, str]  # by field; where one is missing, the topic's own problem is told
    found: tuple[str, str]  # the preview, of {n}
    found_none: str
    more: tuple[str, str]
    cadence: CadenceWords
    in_channel: str  # of {place}
    in_message: str
    next_at: str
    last_at: str
    paused: str
    paused_because: str
    pause: str
    resume: str
    edit: str
    run_now: str
    delete: str
    delete_title: str
    delete_text: str  # of {title}
    keep: str
    new_digest: str
    my_digests: str
    no_digests: str
    more_digests: tuple[str, str]
    recent: str
    papers: tuple[str, str]
    no_editions: str
    help_title: str
    help: tuple[str, ...]


EN = FormWords(
    new_title="New digest",
    edit_title="Edit digest",
    save="Save",
    cancel="Cancel",
    preview="Preview last week",
    labels={
        "question": "What is it about?",
        "include": "Words that every paper must have",
        "exclude": "Words that no paper may have",
        "categories": "arXiv categories",
        "cadence": "How often",
        "at": "At what time",
        "timezone": "Time zone",
        "max_papers": "Papers at most",
        "conversation": "Where to post",
    },
    hints={
        "question": "A question or a subject, as you would ask me.",
        "include": "In title or abstract, separated by commas. A phrase is matched as a whole.",
        "categories": "Only papers of these, separated by commas: cs.CL, eess.AS, or cs.* for all of one.",
        "timezone": "The time above is local there.",
        "conversation": "A channel that I am in, or a direct message to you.",
    },
    placeholders={
        "question": "LoRA for image generation",
        "include": "diffusion, text-to-image",
        "exclude": "medical",
        "categories": "cs.CV, cs.LG",
        "timezone": "Europe/Berlin",
    },
    errors={
        "max_papers": "Write a whole number from 1 to 300.",
        "conversation": "Choose a channel, or a direct message.",
        "too_many": "At most {most}, please.",
    },
    found=("This would have found {n} paper last week.", "This would have found {n} papers last week."),
    found_none="This would have found nothing last week. Fewer words, or other ones, find more.",
    more=("and {n} more", "and {n} more"),
    cadence=CadenceWords(
        daily="Every day",
        weekdays="Monday to Friday",
        weekly="Every {day}",
        monthly="On day {day} of the month",
        month_end="On the last day of the month",
        days=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        schedule="{cadence} at {at}, {timezone}",
    ),
    in_channel="in {place}",
    in_message="as a direct message",
    next_at="next: {when}",
    last_at="last: {when}",
    paused="Paused",
    paused_because="Paused: {reason}",
    pause="Pause",
    resume="Resume",
    edit="Edit",
    run_now="Run now",
    delete="Delete",
    delete_title="Delete this digest?",
    delete_text="“{title}” will not be posted here any more. Its editions stay in the archive.",
    keep="Keep it",
    new_digest="New digest",
    my_digests="Your digests",
    no_digests="You have none yet. A digest brings only the new papers on a topic, on the days you choose.",
    more_digests=("and {n} more: /paperroute subscriptions", "and {n} more: /paperroute subscriptions"),
    recent="Recent editions",
    papers=("{n} paper", "{n} papers"),
    no_editions="Nothing has been written yet. Mention me in a channel with a question, or write to me.",
    help_title="What you can ask",
    help=(
        (
            "*Ask.* Mention me in a channel, or write to me: `LoRA for image generation`. The answer is a survey of "
            "arXiv papers with linked citations, as a reply in the thread. *Survey this*, in the menu of any message, "
            "makes it the question."
        ),
        (
            "*Options*, before or behind the question: `top 20`, `last month`, `since 2024`, `only 2025`, "
            "`in Japanese`, `no cache`. Where the language could be part of the question: "
            "`speech recognition, answer in Japanese`."
        ),
        (
            "*In the thread of an answer:* ask about its papers, or say `more like [7]`, `only 2025`, `shorter`, "
            "`BibTeX`. `mute` keeps me quiet there, `stop` ends the work under way, `survey` and a subject begins anew."
        ),
        (
            "*Digests:* `/paperroute subscribe` brings the new papers on a topic to a channel or to you. "
            "`/paperroute subscriptions`, `pause`, `topics`, `run`; `history` and words look for what was written."
        ),
    ),
)

JA = FormWords(
    new_title="ダイジェストの作成",
    edit_title="ダイジェストの編集",
    save="保存",
    cancel="キャンセル",
    preview="先週分を試す",
    labels={
        "question": "テーマ",
        "include": "必ず含む語",
        "exclude": "含まない語",
        "categories": "arXivのカテゴリ",
        "cadence": "頻度",
        "at": "時刻",
        "timezone": "タイムゾーン",
        "max_papers": "論文数の上限",
        "conversation": "投稿先",
    },
    hints={
        "question": "質問または主題を、ふだん尋ねるとおりに書いてください。",
        "include": "題名か要旨に含まれる語。コンマで区切ります。句はひとまとまりとして扱います。",
        "categories": "このカテゴリの論文だけを対象にします。コンマ区切り：cs.CL, eess.AS。cs.* は分野全体です。",
        "timezone": "上の時刻はこの地域の現地時刻です。",
        "conversation": "私が参加しているチャンネル、またはあなたへのダイレクトメッセージ。",
    },
    placeholders={
        "question": "画像生成のためのLoRA",
        "include": "diffusion, text-to-image",
        "exclude": "medical",
        "categories": "cs.CV, cs.LG",
        "timezone": "Asia/Tokyo",
    },
    errors={
        "question": "1〜2,000文字で、言葉を含むテーマを書いてください。",
        "include": "検索できる語を、コンマで区切って書いてください（英数字を含む語）。",
        "exclude": "検索できる語を、コンマで区切って書いてください（英数字を含む語）。",
        "categories": "arXivのカテゴリではありません。cs.CL、hep-th、cs.* のように書いてください。",
        "timezone": "IANAのタイムゾーン名を書いてください（例：Asia/Tokyo）。",
        "max_papers": "1から300までの整数を書いてください。",
        "conversation": "チャンネルかダイレクトメッセージを選んでください。",
        "too_many": "{most}個までにしてください。",
    },
    found=("先週なら{n}件の論文が見つかっていました。", "先週なら{n}件の論文が見つかっていました。"),
    found_none="先週は該当する論文がありませんでした。語を減らすか、変えてみてください。",
    more=("ほか{n}件", "ほか{n}件"),
    cadence=CadenceWords(
        daily="毎日",
        weekdays="平日",
        weekly="毎週{day}",
        monthly="毎月{day}日",
        month_end="毎月末日",
        days=("月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日"),
        schedule="{cadence} {at}（{timezone}）",
    ),
    in_channel="{place}へ投稿",
    in_message="ダイレクトメッセージ",
    next_at="次回：{when}",
    last_at="前回：{when}",
    paused="休止中",
    paused_because="休止中：{reason}",
    pause="休止",
    resume="再開",
    edit="編集",
    run_now="今すぐ実行",
    delete="削除",
    delete_title="削除しますか",
    delete_text="「{title}」はここに投稿されなくなります。これまでの版はアーカイブに残ります。",
    keep="残す",
    new_digest="ダイジェストを作成",
    my_digests="あなたのダイジェスト",
    no_digests="まだありません。ダイジェストは、選んだ曜日に、テーマの新着論文だけをお届けします。",
    more_digests=("ほか{n}件：/paperroute subscriptions", "ほか{n}件：/paperroute subscriptions"),
    recent="最近の版",
    papers=("論文{n}件", "論文{n}件"),
    no_editions="まだ何も書かれていません。チャンネルで私をメンションして質問するか、メッセージを送ってください。",
    help_title="使い方",
    help=(
        (
            "*質問する。* チャンネルで私をメンションするか、メッセージを送ってください：`画像生成のためのLoRA`。"
            "引用リンクのついたarXiv論文のサーベイを、スレッドに返信します。"
            "どのメッセージでも、メニューの *Survey this* で質問にできます。"
        ),
        (
            "*オプション*（質問の前か後に）：`上位20件`、`過去2週間`、`2024年以降`、`日本語で`、`キャッシュなし`。"
            "英語でも書けます：`top 20`、`last month`、`in Japanese`、`no cache`。"
        ),
        (
            "*回答のスレッドで：* 論文について質問するか、`more like [7]`、`only 2025`、`短く`、"
            "`BibTeX` と書いてください。"
            "`ミュート` でそのスレッドでは黙り、`中止` で作業を止め、`survey` と主題で新しく始めます。"
        ),
        (
            "*ダイジェスト：* `/paperroute subscribe` で、テーマの新着論文をチャンネルかあなたに届けます。"
            "`/paperroute subscriptions`、`pause`、`topics`、`run`、そして書かれたものを探す `history` があります。"
        ),
    ),
)
