"""The two servers, bioRxiv and medRxiv: when each began, its subject areas as its addresses and papers have them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from digest.categories import SUBJECT_AREAS, parse_category
from store.records.repositories import repository_name, split_category
from store.text.source_text import clean_line

_ASIDE = re.compile(r"\([^()]*\)")


@dataclass(frozen=True)
class PreprintServer:
    """name: in addresses, ids and the registry. since: no paper is older."""

    name: str
    since: date

    @property
    def label(self) -> str:
        return repository_name(self.name)

    def find_subject(self, typed: str) -> str:
        """As addresses have it: "cell_biology" of "Cell Biology"; "" of "". Raises BadInput, with those near to it."""
        return parse_category(f"{self.name}:{typed}").partition(":")[2] if typed.strip() else ""

    def read_subject(self, told: str) -> str:
        """As papers have it: "cell biology", "infectious diseases" of "Infectious Diseases (except HIV/AIDS)". One that
        is on no list stays, in small letters.
        """
        _, area = split_category(f"{self.name}:{_ASIDE.sub('', told)}")
        return area if area.replace(" ", "_") in SUBJECT_AREAS[self.name] else clean_line(told).lower()


BIORXIV = PreprintServer("biorxiv", date(2013, 11, 1))
MEDRXIV = PreprintServer("medrxiv", date(2019, 6, 1))
SERVERS = {server.name: server for server in (BIORXIV, MEDRXIV)}
