"""The pages' messages as fields that each language fills in, and the advice for a failed survey.

Invariant: every field is filled in every language. Fields with braces are `str.format` patterns; pairs are (one, many).
No advice names an option, a setting or a command.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from digest.cadence import CadenceWords
from digest.errors import BadInput, NotFound, PaperRouteError

Language = Literal["en", "ja"]
Advice = Literal["", "words", "later"]  # the keys of `PageMessages.advice`


def advice_for(error: PaperRouteError) -> Advice:
    """What a reader can do about a failure; "" for what only the operator can mend.

    The hints of the pipeline are for whoever sits at its command line.
    """
    if isinstance(error, BadInput | NotFound):
        return "words"
    return "" if error.permanent else "later"


@dataclass(frozen=True)
class PageMessages:
    tag: Language
    name: str  # of the language, in itself
    tagline: str
    about: str
    to_text: str
    main_menu: str
    topics: str
    editions: str
    search: str
    status: str
    ask: str
    subscribe: str
    feed: str
    api: str
    search_label: str
    search_hint: str
    search_button: str
    latest: str
    newest: str
    all_editions: str
    all_topics: str
    more: str
    no_editions: str
    no_topics: str
    papers: tuple[str, str]
    cited: str
    quiet: str
    kinds: dict[str, str]
    other_kinds: dict[str, str]  # as a choice: all of a kind
    date: str  # of {day} {month} {name} {year}
    thanks: str
    made_with: str
    # topics
    cadence: CadenceWords
    looks_for: str
    categories: str
    include: str
    exclude: str
    resting: str
    next_slot: str
    last_edition: str
    not_yet: str
    topic_feed: str
    editions_of: str
    # editions
    previous: str
    next: str
    take: str
    forms: dict[str, str]
    print: str
    new_all: tuple[str, str]
    new_some: str
    new_mark: str
    earlier: str
    # papers
    abstract: str
    summary: str
    nearest: str
    shown_in: str
    no_edition: str
    submitted: str
    version: str
    comment: str
    closeness: str
    more_like: str
    # search
    search_title: str
    results_for: str
    in_papers: str
    in_editions: str
    in_meaning: str
    filters: str
    any_topic: str
    any_kind: str
    topic: str
    kind: str
    since: str
    until: str
    category: str
    category_hint: str
    apply: str
    found: tuple[str, str]
    found_many: str
    nearest_of: str
    nothing_found: str
    nothing_hints: tuple[str, ...]
    nothing_to_search: str
    bad_window: str
    no_topic: str  # of {value}
    no_category: str  # of {value}
    filtered: str  # of {n}
    filtered_near: str
    unfiltered: str
    bad_date: str
    bad_category: str
    search_feed: str
    like_paper: str
    words_note: str
    pages: str
    page_of: str
    page_next: str
    page_previous: str
    # status
    status_title: str
    well: str
    unwell: str
    running: str
    not_running: str
    part_names: dict[str, str]
    schedule: str
    waits: str
    last_slot: str
    sources: str
    never: str
    ok: str
    failed: str
    queue: str
    queue_line: tuple[str, str]
    deliveries: str
    delivery_states: dict[str, str]
    no_deliveries: str
    asks: str
    spend: str
    spend_line: str
    spend_free: str
    holdings: str
    holdings_line: str
    # ask
    ask_title: str
    ask_lead: str
    ask_off: str
    ask_button: str
    ask_label: str
    ask_wait: str
    ask_place: str
    ask_done: str
    ask_failed: str
    ask_again: str
    ask_reload: str
    ask_busy: str
    ask_quota: str  # of {wait}
    ask_unknown: str
    advice: dict[Advice, str]  # what to do about a survey that could not be made
    ask_empty: str
    ask_long: str
    stages: dict[str, str]
    errors: dict[int, tuple[str, str]]
    error_back: str
    minutes: tuple[str, str]
    too_often: str  # of {wait}

    def wait(self, seconds: int) -> str:
        """How long, in whole minutes, rounded up."""
        minutes = max(1, -(-seconds // 60))
        return self.minutes[minutes != 1].format(n=minutes)
