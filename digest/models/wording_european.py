"""The catalogues of German, French and Spanish.

Invariant: as in `wording.py`; an English phrase stands in quotation marks, since it is foreign there.
"""

from __future__ import annotations
