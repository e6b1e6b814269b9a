"""`/duty-roster/`: a week of the duty roster as a sheet, filled in cell by cell or copied from the week before (O1)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.screen import with_query
from admin_views.shell import current_actor
from models.actor import Source
from models.errors import NotFound, Refused
from models.query import Query
from office.dispatch.roster import copy_week, monday_of, week
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

NEEDS = ("staff", "duty", "absence", "department")
"""The entities without which there is no such page."""
LINK = Link("duty-roster", Text("值班周表", "Roster of the week"), "calendar-check-o", "/duty-roster/")
WEEK = timedelta(days=7)
WEEKDAYS = Text("一二三四五六日", "Mon Tue Wed Thu Fri Sat Sun")


def duty_roster_desk(registry: Registry) -> Blueprint:
    """The sheet, and what changes it."""
    pages = Blueprint("duty-roster-desk", __name__, url_prefix="/duty-roster")
    views = DutyRoster(registry)
    pages.add_url_rule("/", "week", views.show)
    pages.add_url_rule("/", "change", views.change, methods=("POST",))
    return pages


def duty_roster_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who see the roster."""
    return Extra("staff", LINK, lambda actor: registry.access.may(actor, "duty", "read"))


class DutyRoster:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def show(self) -> ResponseReturnValue:
        """The week of ``?week=`` (any day of it), this one without; ``?day=&shift=`` is the cell to be filled in."""
        actor = self._actor()
        today = self.registry.clock.today()
        shown = week(self.registry, actor, _day("week") or today)
        may = self.registry.access.may(actor, "duty", "create")
        chosen = (_day("day"), request.args.get("shift", ""))
        return render_template(
            "desks/duty_roster/week.html", week=shown, today=today, may=may, chosen=chosen, label=self._shift(actor),
            staff=self._staff(actor) if may else [], weekday=_weekday(actor),
            before=_at(shown.monday - WEEK), after=_at(shown.monday + WEEK), now=_at(monday_of(today)),
            cell=lambda day, shift: _at(shown.monday, day=day.isoformat(), shift=shift) + "#add",
        )  # fmt: skip

    def change(self) -> ResponseReturnValue:
        """Put somebody in, take somebody out, or copy the week before."""
        actor, given = self._actor(), request.form
        shown = _read_day(given.get("week", "")) or self.registry.clock.today()
        try:
            if given.get("do") == "copy":
                self._copied(actor, shown)
            elif (removed := id_of(given.get("remove"))) is not None:
                self.registry.store.delete(actor, "duty", removed, Source("form"))
            else:
                self._put_in(actor, given)
        except NotFound:
            flash(_("That was taken out already."), "warning")
        except Refused as refused:
            flash(refused.text.to(actor.locale), "error")
        return redirect(_at(monday_of(shown)), 303)

    def _copied(self, actor: Actor, shown: date) -> None:
        made, skipped = copy_week(self.registry, actor, shown)
        flash(_("%(n)s duties were copied from the week before.", n=made), "success" if made else "warning")
        if skipped:
            flash(_("%(n)s were left out: away that day, or no longer here.", n=skipped), "warning")

    def _put_in(self, actor: Actor, given: Any) -> None:
        values = {
            "day": _read_day(given.get("day", "")), "shift": given.get("shift") or None,
            "staff": id_of(given.get("staff")),
        }  # fmt: skip
        self.registry.store.create(actor, "duty", values, Source("form"))

    def _actor(self) -> Actor:
        actor = current_actor()
        self.registry.scope.require(actor, "duty", "read")
        return actor

    def _staff(self, actor: Actor) -> list[tuple[int, str, str]]:
        """(id, name, department) of everybody who works here."""
        here = "left_on == null or left_on >= today"
        query = Query(where=here, columns=("department",), sort="title")
        rows = self.registry.scope.stream(actor, "staff", query)
        return [(row.id, row.title, row.titles.get("department") or "") for row in rows]

    def _shift(self, actor: Actor) -> Any:
        choices = self.registry.schema.choices["shift"]
        return lambda code: (choices[code].label.to(actor.locale), choices[code].color)


def _day(name: str) -> date | None:
    return _read_day(request.args.get(name, ""))


def _read_day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2999 else None


def _at(monday: date, **more: str) -> str:
    return with_query(f"{request.script_root}/duty-roster/", [("week", monday.isoformat()), *more.items()])


def _weekday(actor: Actor) -> Any:
    names = list(WEEKDAYS.zh) if actor.locale == "zh" else WEEKDAYS.en.split()
    return lambda day: ("周" if actor.locale == "zh" else "") + names[day.weekday()]
