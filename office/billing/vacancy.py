"""The discount on units registered as vacant: a rule of the fee type, by days (F1, A12)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from office.billing.periods import DAY
from office.billing.tariffs import WHOLE, Share


def discounts(
    vacancies: Iterable[tuple[date, date | None]], percent: Decimal, after_days: int, until: date
) -> list[Share]:
    """When only ``percent`` is charged, looked at up to ``until``: (from, to, percent).

    ``vacancies`` are (since, until or None) as registered; it begins once ``after_days`` of them are over. None for a
    fee type that charges the whole (100) while a unit stands empty.
    """
    if percent >= WHOLE:
        return []
    found = []
    for since, ended in vacancies:
        begin, end = since + after_days * DAY, until if ended is None else min(ended, until)
        if begin <= end:
            found.append((begin, end, percent))
    return found
