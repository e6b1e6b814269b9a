"""`/rounds/calendar/`: a month of rounds of one person, day by day (P5)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.screen import with_query
from admin_views.shell import current_actor
from models import reports
from models.errors import NotFound
from office.rounds.month import month_of
from office.rounds.owed import sees_all
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

NEEDS = ("round_plan", "stand_in", "patrol", "patrol_point", "visit", "vacancy_round", "renovation_inspection")
"""The entities without which there is no such page."""
REPORT = "rounds_due"
"""Who may open this report may see the month."""
LINK = Link("rounds-calendar", Text("巡查月历", "Month of rounds"), "calendar", "/rounds/calendar/")
WEEKDAYS = Text("周一 周二 周三 周四 周五 周六 周日", "Mon Tue Wed Thu Fri Sat Sun")
MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])")


def rounds_calendar_desk(registry: Registry) -> Blueprint:
    """The page of the month."""
    pages = Blueprint("rounds-calendar", __name__, url_prefix="/rounds/calendar")
    pages.add_url_rule("/", "month", RoundsCalendar(registry).show)
    return pages


def rounds_calendar_link(registry: Registry) -> Extra:
    """The page's place in the sidebar."""
    spec = registry.schema.reports[REPORT]
    return Extra("rounds", LINK, lambda actor: reports.may_open(actor, spec))


class RoundsCalendar:
    """The page of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def show(self) -> ResponseReturnValue:
        """The month of ``?month=``, this one without, of ``?person=``. Raises NotFound for another's month."""
        actor = current_actor()
        reports.find(self.registry.schema, actor, REPORT)
        first = _first(request.args.get("month", "")) or self.registry.clock.today().replace(day=1)
        person = id_of(request.args.get("person"))
        if person not in (None, actor.id) and not sees_all(actor):
            raise NotFound(reports.LABEL)
        month = month_of(self.registry, actor, first, person)
        kinds = self.registry.schema.choices["round_kind"]
        return render_template(
            "desks/rounds_calendar/month.html", month=month, chooses=sees_all(actor), me=actor.id,
            weekdays=WEEKDAYS.to(actor.locale).split(), kind=lambda code: kinds[code].label.to(actor.locale),
            at=lambda day: _at(day, month.person), before=_at(first - timedelta(days=1), month.person),
            after=_at(first + timedelta(days=32), month.person), due=lambda day: _due(day, month.person),
        )  # fmt: skip


def _first(text: str) -> date | None:
    """The first day of '2026-03'; None where it is no month."""
    found = MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else None


def _at(day: date, person: int | None) -> str:
    """The address of the month that ``day`` lies in."""
    shown = [("month", f"{day:%Y-%m}"), *([("person", str(person))] if person is not None else [])]
    return with_query(f"{request.script_root}/rounds/calendar/", shown)


def _due(day: date, person: int | None) -> str:
    """The address of what was due on a day."""
    shown = [("day", day.isoformat()), *([("person", str(person))] if person is not None else [])]
    return with_query(f"{request.script_root}/reports/{REPORT}/", shown)
