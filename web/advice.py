"""What a reader can do about a failure. The hints of the pipeline are for whoever sits at its command line.

Invariant: no advice names an option, a setting or a command; what only the operator can mend has none.
"""

from __future__ import annotations

from typing import Literal

from digest.errors import BadInput, NotFound, PaperRouteError

Advice = Literal["", "words", "later"]  # the keys of `Words.advice`


def advice(error: PaperRouteError) -> Advice:
    if isinstance(error, BadInput | NotFound):
        return "words"
    return "" if error.permanent else "later"
