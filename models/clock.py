"""The one place that asks what time it is; tests hand in a clock that stands still."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


class Clock:
    """The time of day in the office's timezone."""

    def __init__(self, timezone: str) -> None:
        self.zone = ZoneInfo(timezone)

    def now(self) -> datetime:
        """This moment, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The office's date."""
        return self.now().astimezone(self.zone).date()


class StoppedClock(Clock):
    """A clock that shows ``at`` (aware) until it is set again."""

    def __init__(self, timezone: str, at: datetime) -> None:
        super().__init__(timezone)
        self.at = at

    def now(self) -> datetime:
        return self.at.astimezone(UTC)
