"""An abstract as the servers send it -> text: without the marks that their typesetting leaves in it.

Figures and tables stand between O_FIG and C_FIG, a heading between O_ST_ABS and C_ST_ABS, points between O_LI and C_LI;
other headings stand before a paragraph without a blank: "ResultsWe find". Seen in answers of 2026.

Invariant: pure, linear in the text; of the words of an abstract only the captions of figures and tables are gone.
"""

from __future__ import annotations

import re

from store.text.source_text import clean_line

_LEFT_OUT = re.compile(r"O_(FIG|TBL)\b.*?C_\1", re.DOTALL)
_HEADING = re.compile(r"O_ST_ABS(.{0,200}?)[:.]?\s*C_ST_ABS", re.DOTALL)
_MARK = re.compile(r"[OCM]_(?:LI|ST_ABS|TEXTBOX|QD|FIG|TBL)")
_GLUED_HEADING = re.compile(
    r"^[ \t]*(Abstract|Summary|Background|Introduction|Importance|Significance|Motivation|Purpose|Rationale|Context"
    r"|Aims?|Objectives?|Hypothesis|Design|Setting|Participants|Patients|Interventions?|Exposures?|Main outcomes?"
    r"|Materials and methods|Methods and findings|Methods?|Measurements?|Findings|Results?|Discussion|Interpretation"
    r"|Conclusions?|Conclusions and relevance|Limitations?|Availability|Funding|Trial registration)(?=[A-Z])",
    re.MULTILINE,
)


def read_abstract(text: str) -> str:
    """One line, as `clean_line` leaves it."""
    text = _HEADING.sub(r" \1: ", _LEFT_OUT.sub(" ", text))
    return clean_line(_GLUED_HEADING.sub(r"\1: ", _MARK.sub(" ", text)))
