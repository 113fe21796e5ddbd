"""The two servers, bioRxiv and medRxiv: when each began, and the subject areas by which it files papers.

Invariant: pure. A subject's one spelling is that of addresses ("cell_biology"); papers have it with blanks. Sources:
the lists of subject areas on both servers' pages, the closed ones too.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import date

from digest.errors import BadInput
from store.records.lazy_text import lazy_gettext
from store.records.repositories import repository_name

_MOST_NEAR = 3


@dataclass(frozen=True)
class PreprintServer:
    """name: in addresses, ids and the registry. since: no paper is older. subjects: in their one spelling."""

    name: str
    since: date
    subjects: frozenset[str]

    @property
    def label(self) -> str:
        return repository_name(self.name)

    def find_subject(self, typed: str) -> str:
        """The one spelling of "Cell Biology"; "" of "". Raises BadInput, with those near to it as the hint."""
        subject = "_".join(re.findall(r"[a-z]+", typed.lower()))
        if subject in self.subjects or not typed.strip():
            return subject
        near = difflib.get_close_matches(subject, sorted(self.subjects), _MOST_NEAR, 0.5) or sorted(self.subjects)
        raise BadInput(
            lazy_gettext(
                "{typed:quoted} is no subject area of {source}.", typed=" ".join(typed.split())[:80], source=self.label
            ),
            hint=lazy_gettext("Write {names:any}.", names=near),
        )


BIORXIV = PreprintServer(
    "biorxiv",
    date(2013, 11, 1),
    frozenset(
        "animal_behavior_and_cognition biochemistry bioengineering bioinformatics biophysics cancer_biology"
        " cell_biology clinical_trials developmental_biology ecology epidemiology evolutionary_biology genetics"
        " genomics immunology microbiology molecular_biology neuroscience paleontology pathology"
        " pharmacology_and_toxicology physiology plant_biology scientific_communication_and_education"
        " synthetic_biology systems_biology zoology".split()
    ),
)
MEDRXIV = PreprintServer(
    "medrxiv",
    date(2019, 6, 1),
    frozenset(
        "addiction_medicine allergy_and_immunology anesthesia cardiovascular_medicine dentistry_and_oral_medicine"
        " dermatology emergency_medicine endocrinology epidemiology forensic_medicine gastroenterology"
        " genetic_and_genomic_medicine geriatric_medicine health_economics health_informatics health_policy"
        " health_systems_and_quality_improvement hematology hiv_aids infectious_diseases"
        " intensive_care_and_critical_care_medicine medical_education medical_ethics nephrology neurology nursing"
        " nutrition obstetrics_and_gynecology occupational_and_environmental_health oncology ophthalmology"
        " orthopedics otolaryngology pain_medicine palliative_medicine pathology pediatrics"
        " pharmacology_and_therapeutics primary_care_research psychiatry_and_clinical_psychology"
        " public_and_global_health radiology_and_imaging rehabilitation_medicine_and_physical_therapy"
        " respiratory_medicine rheumatology sexual_and_reproductive_health sports_medicine surgery toxicology"
        " transplantation urology".split()
    ),
)
SERVERS = {server.name: server for server in (BIORXIV, MEDRXIV)}
