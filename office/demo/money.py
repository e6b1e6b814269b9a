"""Books the money of the demo estate, from the first bill to the last reminder; the same for the same day."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date

from models.actor import SYSTEM
from models.registry import Registry
from office.billing.periods import Period
from office.demo.bills import add_bills
from office.demo.books import BOOKED, Books
from office.demo.dunning import add_dunning
from office.demo.habits import debtors, habits
from office.demo.till import act_today, add_payments, close_months
from office.demo.waivers import add_waivers

SEED = 20260102


def add_money(registry: Registry, today: date, users: Mapping[str, int], quarters: list[Period]) -> dict[str, int]:
    """Bills, payments, waivers, deposits, reminders and closed months up to today, in the caller's transaction.

    ``quarters`` are the last ones that are over, oldest first. Returns the number of records by entity.
    """
    books = Books(registry, random.Random(SEED), today, users)
    found = habits(books)
    add_bills(books, quarters, debtors(found))
    add_payments(books, found)
    add_waivers(books)
    add_dunning(books)
    close_months(books)
    act_today(books)
    return {name: registry.scope.count(SYSTEM, name) for name in BOOKED}
