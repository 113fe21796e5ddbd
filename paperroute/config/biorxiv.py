"""Configuration of the API of bioRxiv and medRxiv: the sections `[biorxiv]` and `[medrxiv]`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from paperroute.config.sections import ConfigSection


class PreprintServerSection(ConfigSection):
    api_url: Annotated[str, Field(pattern=r"^https?://[^\s?#]+$", max_length=500)] = "https://api.biorxiv.org"
    delay_seconds: Annotated[float, Field(ge=0, le=60)] = 1.0
    deadline_seconds: Annotated[float, Field(gt=0, le=3600)] = 120.0
