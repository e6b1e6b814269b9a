"""A made-up estate for an empty office: the same every time for the same day and number of units."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from models.registry import Registry
from office.billing.periods import Period, period_before, period_holding
from office.demo.accounts import ACCOUNTS, add_accounts
from office.demo.belongings import add_belongings
from office.demo.books import Books
from office.demo.callbacks import add_callbacks
from office.demo.community import add_community
from office.demo.desk import add_desk
from office.demo.draft import Draft
from office.demo.estate import add_estate
from office.demo.gate import add_gate
from office.demo.households import add_households
from office.demo.meters import add_meters, months_read
from office.demo.money import add_money
from office.demo.notices import add_notices
from office.demo.orders import add_orders
from office.demo.plans import add_plans
from office.demo.renovation import add_renovation
from office.demo.requests import add_requests
from office.demo.rounds import add_rounds
from office.demo.signs import add_signs
from office.demo.staff import add_staff
from office.demo.surveys import add_surveys
from office.demo.tariffs import SHARED, add_tariffs
from office.demo.visits import add_visits

__all__ = ["ACCOUNTS", "add_accounts", "draft_of", "fill"]

SEED = 20260101


def quarters_before(today: date) -> list[Period]:
    """The last three quarters that are over, oldest first."""
    last = period_before(period_holding("quarter", today))
    return [period_before(period_before(last)), period_before(last), last]


def draft_of(units: int, today: date, zone: ZoneInfo, users: Mapping[str, int]) -> Draft:
    """The records of an estate with that many units as of ``today``, drawn with a fixed seed; nothing is written."""
    draft = Draft(random.Random(SEED), today, zone, users)
    add_estate(draft, units)
    add_households(draft)
    add_belongings(draft)
    add_desk(draft)
    quarters = quarters_before(today)
    fee_types = add_tariffs(draft, raised_on=quarters[-2].starts_on)
    add_meters(draft, months_read(quarters[-1].starts_on, today), fee_types[SHARED])
    return draft


def fill(registry: Registry, units: int = 600, today: date | None = None) -> dict[str, int]:
    """Fill an empty office with a made-up estate as of ``today`` (the office's date unless told).

    Returns the number of records by entity. The stewards' buildings, keepers and handlers are the demo accounts
    where there are any, so those are made first. Raises Invalid or Duplicate, and then nothing is written.
    """
    users = {account.username: account.id for account in registry.accounts.list()}
    day = today or registry.clock.today()
    with registry.store.transaction():
        made = draft_of(units, day, registry.clock.zone, users).write(registry)
        add_staff(Books(registry, random.Random(SEED), day, users))
        add_requests(Books(registry, random.Random(SEED), day, users))
        add_orders(Books(registry, random.Random(SEED), day, users))
        add_gate(Books(registry, random.Random(SEED), day, users))
        add_notices(Books(registry, random.Random(SEED), day, users))
        add_surveys(registry, day, users)
        add_callbacks(Books(registry, random.Random(SEED), day, users))
        add_rounds(Books(registry, random.Random(SEED), day, users))
        add_visits(Books(registry, random.Random(SEED), day, users))
        add_signs(Books(registry, random.Random(SEED), day, users))
        booked = add_money(registry, day, users, quarters_before(day))
        # Permits hold the deposits that the till has taken, and the plans go by the permits.
        add_renovation(Books(registry, random.Random(SEED), day, users))
        add_plans(Books(registry, random.Random(SEED), day, users))
        add_community(Books(registry, random.Random(SEED), day, users))
        return made | booked
