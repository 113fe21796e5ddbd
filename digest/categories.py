"""Categories that papers may be asked for by: arXiv's ("cs.CL") and the subject areas of bioRxiv and medRxiv.

Invariant: pure; a category is found however it is typed, and has one spelling. That of a subject area is the one of
`harvest.collections`: "biorxiv:cell_biology", or "biorxiv" for all of it, so that none can be one of arXiv's, or is cut
where lists are. Sources: arXiv's taxonomy, and the lists of subject areas on both servers' pages, the closed ones too.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from digest.errors import BadInput
from digest.text.arxiv_categories import NAMES, find_arxiv_category, nearest_arxiv_categories
from store.records.lazy_text import AnyText, lazy_gettext
from store.records.repositories import repository_name, split_category
from store.text.source_text import printable_line

SUBJECT_AREAS: Mapping[str, frozenset[str]] = {
    "biorxiv": frozenset(
        "animal_behavior_and_cognition biochemistry bioengineering bioinformatics biophysics cancer_biology"
        " cell_biology clinical_trials developmental_biology ecology epidemiology evolutionary_biology genetics"
        " genomics immunology microbiology molecular_biology neuroscience paleontology pathology"
        " pharmacology_and_toxicology physiology plant_biology scientific_communication_and_education"
        " synthetic_biology systems_biology zoology".split()
    ),
    "medrxiv": frozenset(
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
}
AREA_CATEGORIES = tuple(f"{server}:{area}" for server, areas in SUBJECT_AREAS.items() for area in sorted(areas))
CATEGORIES = frozenset((*NAMES, *SUBJECT_AREAS, *AREA_CATEGORIES))
_MOST_NEAR = 3
_LEAST_RATIO, _LEAST_RATIO_ALONE = 0.4, 0.85  # where no server is named, the rest may be of arXiv
_LONGEST_SHOWN = 60


def find_category(typed: str) -> str:
    """Its one spelling: "cs.CL", "cs", "biorxiv:cell_biology", "biorxiv"; "" where there is none."""
    server, area = split_category(typed)
    if not server:
        return find_arxiv_category(typed)
    if not area:
        return "" if typed.rstrip().endswith(":") else server
    found = f"{server}:{area.replace(' ', '_')}"
    return found if found in CATEGORIES else ""


def nearest_categories(typed: str) -> tuple[str, ...]:
    """Those that somebody may have meant; of a server that is named its own alone."""
    server, area = split_category(typed)
    if server:
        return tuple(f"{server}:{near}" for near in _near_areas(area, SUBJECT_AREAS[server], _LEAST_RATIO))
    areas = frozenset(category.partition(":")[2] for category in AREA_CATEGORIES)
    near = _near_areas(" ".join(typed.lower().split()), areas, _LEAST_RATIO_ALONE)
    named = [category for category in AREA_CATEGORIES if category.partition(":")[2] in near]
    return (*named, *nearest_arxiv_categories(typed))[:_MOST_NEAR]


def parse_category(typed: str) -> str:  # decision 276
    """Its one spelling. Raises BadInput, with those near to it as the hint."""
    if found := find_category(typed):
        return found
    server, _ = split_category(typed)
    near = nearest_categories(typed)
    raise BadInput(
        _describe_unknown(server, typed),
        hint=lazy_gettext("Did you mean {categories:any}?", categories=near) if near else _describe_example(server),
    )


def _near_areas(area: str, areas: frozenset[str], least: float) -> list[str]:
    return difflib.get_close_matches(area.replace(" ", "_"), sorted(areas), _MOST_NEAR, least)


def _describe_unknown(server: str, typed: str) -> AnyText:
    if not server:
        return lazy_gettext("{category:quoted} is no category of arXiv.", category=_shorten(typed))
    area = typed.partition(":")[2]
    return lazy_gettext(
        "{typed:quoted} is no subject area of {source}.", typed=_shorten(area), source=repository_name(server)
    )


def _describe_example(server: str) -> AnyText:
    if not server:
        return lazy_gettext("Write one such as cs.CL or hep-th, or cs for all of an archive.")
    example = next(category for category in AREA_CATEGORIES if category.startswith(f"{server}:"))
    return lazy_gettext("Write one such as {example}, or {server} for all it has.", example=example, server=server)


def _shorten(text: str) -> str:
    clean = printable_line(text)
    return clean if len(clean) <= _LONGEST_SHOWN else f"{clean[: _LONGEST_SHOWN - 1]}…"
