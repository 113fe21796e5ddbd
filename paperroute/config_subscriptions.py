"""The part of the configuration that is about subscriptions by mail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from digest.subscriptions.lookup import Limits


class SubscriptionsSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    confirm_hours: Annotated[float, Field(gt=0, le=8760)] = 168.0
    confirmations_per_hour: Annotated[int, Field(ge=0, le=1_000_000)] = 100
    ask_again_hours: Annotated[float, Field(gt=0, le=720)] = 1.0
    pending_days: Annotated[float, Field(gt=0, le=3650)] = 14.0

    def limits(self) -> Limits:
        again, pending = timedelta(hours=self.ask_again_hours), timedelta(days=self.pending_days)
        return Limits(self.confirmations_per_hour, again, pending)


def subscription_problems(section: SubscriptionsSection) -> Iterator[str]:
    """What a type cannot say, a line for each."""
    if section.pending_days * 24 < section.confirm_hours:
        yield "subscriptions.pending_days is less than subscriptions.confirm_hours: links would be void before they end"
