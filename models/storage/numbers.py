"""Number series such as ZX260301001: one counter a series and period, taken inside the writing transaction."""

from __future__ import annotations

import re
from datetime import date

import peewee

_SLOT = re.compile(r"\{(date|serial):([^{}]+)\}")
_PERIOD = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y", "never": ""}


class Numbers:
    """Hands out the next number. Gapless, because a refused write rolls the counter back with it."""

    def __init__(self, counter: type[peewee.Model], sqlite: bool) -> None:
        self.counter, self.sqlite = counter, sqlite

    def take(self, series: str, template: str, restart: str, today: date, count: int = 1) -> list[str]:
        """The next ``count`` numbers of ``series`` on ``today``; must run inside a transaction."""
        last = self._advance(series, today.strftime(_PERIOD[restart]), count)
        return [_filled(template, today, serial) for serial in range(last - count + 1, last + 1)]

    def _advance(self, series: str, period: str, count: int) -> int:
        """Move the counter on under the database's lock on it, and give its new value."""
        mark = "?" if self.sqlite else "%s"
        sql = (
            f'INSERT INTO "_number" (series, period, last) VALUES ({mark}, {mark}, {mark}) '
            'ON CONFLICT (series, period) DO UPDATE SET last = "_number".last + excluded.last RETURNING last'
        )
        return int(self.counter._meta.database.execute_sql(sql, (series, period, count)).fetchone()[0])


def _filled(template: str, today: date, serial: int) -> str:
    def slot(found: re.Match[str]) -> str:
        kind, spec = found.groups()
        return today.strftime(spec) if kind == "date" else f"{serial:{spec}}"

    return _SLOT.sub(slot, template)
