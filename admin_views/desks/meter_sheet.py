"""`/meter-sheet/`: a building's meters entered line by line, at a desk with the keyboard or on a phone (F2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.screen import with_query
from admin_views.shell import current_actor
from models.actor import Actor
from models.errors import NotAllowed, NotFound, Refused
from office.metering.rules import plain
from office.metering.sheet import Entry, Line, Saved, progress, save, sheet, usual_period
from schema.text import BadValue, Text

if TYPE_CHECKING:
    from models.registry import Registry

NEEDS = ("meter", "meter_reading", "unit", "building")
"""The entities without which there is no such page."""
LINK = Link("meter-sheet", Text("抄表录入", "Enter readings"), "pencil-square-o", "/meter-sheet/")
PUBLIC = "public"
"""In the place of a building's id: the meters that belong to no unit."""
SHEET = Text("抄表单", "meter sheet")
FORBIDDEN = Text("您没有录入抄表的权限。", "You may not enter readings.")


def meter_sheet_desk(registry: Registry) -> Blueprint:
    """The choice of a sheet, the sheet itself, and the address at which one line is saved."""
    pages = Blueprint("meter-sheet", __name__, url_prefix="/meter-sheet")
    views = MeterSheet(registry)
    pages.add_url_rule("/", "sheet", views.show)
    pages.add_url_rule("/", "whole", views.save_whole, methods=("POST",))
    pages.add_url_rule("/line/", "line", views.save_line, methods=("POST",))
    return pages


def meter_sheet_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who may enter readings."""
    return Extra("meters", LINK, lambda actor: registry.access.may(actor, "meter_reading", "create"))


@dataclass(frozen=True, slots=True)
class Choice:
    """Which sheet: a building (None for the public meters), a kind of meter, the month, and the day of reading."""

    building: int | None
    building_text: str
    kind: str
    period: str
    read_on: date

    @property
    def url(self) -> str:
        parts = {"building": self.building_text, "kind": self.kind, "period": self.period, "read_on": self.read_on}
        return with_query(f"{request.script_root}/meter-sheet/", parts.items())


@dataclass(frozen=True, slots=True)
class Shown:
    """A line with what the person typed and was told, where it could not be saved."""

    line: Line
    value: str
    reason: str
    rolled_over: bool
    version: int
    consumption: str
    told: tuple[str, ...] = ()
    asks: bool = False


class MeterSheet:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def show(self) -> ResponseReturnValue:
        """Choose a sheet, or the one that was chosen."""
        actor = self._actor()
        choice, wrong = self._choice(request.args)
        if choice is None:
            return self._page(actor, None, [], wrong), 422 if wrong else 200
        lines = sheet(self.registry, actor, choice.building, choice.kind, choice.period)
        template = "desks/meter_sheet/paper.html" if request.args.get("paper") else ""
        return self._page(actor, choice, [_shown(line) for line in lines], "", template)

    def save_line(self) -> ResponseReturnValue:
        """Save one line; the answer, as JSON, is what the line is to show."""
        actor = self._actor()
        choice, wrong = self._choice(request.form)
        meter = id_of(request.form.get("meter"))
        if choice is None or meter is None:
            return jsonify(told=[wrong or SHEET.to(actor.locale)]), 422
        try:
            saved = self._save(actor, meter, choice, "")
        except BadValue as bad:
            return jsonify(saved=False, told=[bad.text.to(actor.locale)])
        except Refused as refused:
            return jsonify(told=[refused.text.to(actor.locale)]), 404 if isinstance(refused, NotFound) else 403
        return jsonify(self._answer(actor, saved))

    def save_whole(self) -> ResponseReturnValue:
        """Save every line that was filled in, without script; those that could not be saved are shown again."""
        actor = self._actor()
        choice, wrong = self._choice(request.form)
        if choice is None:
            return self._page(actor, None, [], wrong), 422
        lines = sheet(self.registry, actor, choice.building, choice.kind, choice.period)
        shown = [self._entered(actor, choice, line) for line in lines]
        if not any(one.told for one in shown):
            flash(_("Saved."), "success")
            return redirect(choice.url)
        again = {line.meter: line for line in sheet(self.registry, actor, choice.building, choice.kind, choice.period)}
        kept = [one if one.told else _shown(again[one.line.meter]) for one in shown]
        return self._page(actor, choice, kept, ""), 422

    # -- parts -----------------------------------------------------------------------------------------

    def _actor(self) -> Actor:
        actor = current_actor()
        if not self.registry.access.may(actor, "meter_reading", "create"):
            raise NotAllowed(FORBIDDEN)
        return actor

    def _entered(self, actor: Actor, choice: Choice, line: Line) -> Shown:
        """One line of a whole sheet, saved if it says something new."""
        before, given = _shown(line), request.form
        value, reason = given.get(f"value-{line.meter}", "").strip(), given.get(f"reason-{line.meter}", "").strip()
        rolled = bool(given.get(f"rolled_over-{line.meter}"))
        if not value or (value, reason, rolled) == (before.value, before.reason, before.rolled_over):
            return before
        version = id_of(given.get(f"version-{line.meter}")) or 0
        typed = Shown(line, value, reason, rolled, version, "")
        try:
            saved = self._save(actor, line.meter, choice, f"-{line.meter}")
        except BadValue as bad:
            return _told(typed, [bad.text.to(actor.locale)], False)
        except Refused as refused:
            return _told(typed, [refused.text.to(actor.locale)], False)
        answer = self._answer(actor, saved)
        return before if saved.is_saved else _told(typed, answer["told"], answer["asks"], answer["version"])

    def _save(self, actor: Actor, meter: int, choice: Choice, mark: str) -> Saved:
        given = request.form
        value = self._field("value").type.parse(given.get(f"value{mark}", ""), self.registry.scope.context(actor))
        if value is None:
            raise BadValue(Text("请填写本期度数。", "Fill in the reading."))
        entry = Entry(
            value, choice.read_on, given.get(f"reason{mark}", "").strip(), bool(given.get(f"rolled_over{mark}")),
            id_of(given.get(f"version{mark}")) or 0,
        )  # fmt: skip
        return save(self.registry, actor, meter, choice.period, entry)

    def _answer(self, actor: Actor, saved: Saved) -> dict[str, Any]:
        """What a line is to show after it was sent."""
        told = [text.to(actor.locale) for texts in saved.problems.values() for text in texts]
        told += [text.to(actor.locale) for text in (saved.question, saved.theirs) if text is not None]
        reading = saved.reading
        return {
            "saved": saved.is_saved, "told": told, "asks": saved.question is not None,
            "version": reading.version if reading is not None else 0,
            "consumption": plain(reading["consumption"]) if reading is not None and saved.is_saved else "",
            "theirs": plain(reading["value"]) if reading is not None and saved.theirs is not None else "",
        }  # fmt: skip

    def _choice(self, given: Mapping[str, str]) -> tuple[Choice | None, str]:
        """The sheet that is asked for; None where nothing is asked yet, with what is wrong where something is."""
        actor, text = current_actor(), given.get("building", "")
        if not text:
            return None, ""
        kinds, context = self.registry.schema.choices["meter_kind"], self.registry.scope.context(actor)
        try:
            period = self._field("period").type.parse(given.get("period", ""), context)
            read_on = self._field("read_on").type.parse(given.get("read_on", ""), context)
        except BadValue as bad:
            return None, bad.text.to(actor.locale)
        kind = given.get("kind", "")
        building = id_of(text)
        if kind not in kinds or period is None or not (text == PUBLIC or building is not None):
            return None, _("Choose the building, the kind of meter and the month.")
        if building is not None:
            self.registry.scope.get(actor, "building", building)
        today = self.registry.clock.today()
        return Choice(building, text, kind, period, read_on or today), ""

    def _field(self, name: str) -> Any:
        return self.registry.schema.entities["meter_reading"].fields[name]

    def _page(self, actor: Actor, choice: Choice | None, lines: list[Shown], wrong: str, template: str = "") -> str:
        today = self.registry.clock.today()
        period = choice.period if choice is not None else usual_period(today)
        sheets = progress(self.registry, actor, period)
        kinds = {code: one.label.to(actor.locale) for code, one in self.registry.schema.choices["meter_kind"].items()}
        buildings = {str(one.building): one.title for one in sheets if one.building is not None}
        buildings[PUBLIC] = _("Public meters")
        left = sum(1 for one in lines if one.line.reading is None)
        return render_template(
            template or "desks/meter_sheet/sheet.html", choice=choice, lines=lines, wrong=wrong, kinds=kinds,
            buildings=buildings, today=today, period=period, left=left, plain=plain,
            sheets=[
                (one, buildings[place], kinds[one.kind], Choice(None, place, one.kind, period, today).url)
                for one in sheets if (place := PUBLIC if one.building is None else str(one.building))
            ],
        )  # fmt: skip


def _shown(line: Line) -> Shown:
    reading = line.reading
    if reading is None:
        return Shown(line, "", "", False, 0, "")
    used: Decimal | None = reading["consumption"]
    return Shown(
        line, plain(reading["value"]), reading["reason"] or "", bool(reading["rolled_over"]), reading.version,
        "" if used is None else plain(used),
    )  # fmt: skip


def _told(typed: Shown, told: list[str], asks: bool, version: int | None = None) -> Shown:
    seen = typed.version if version is None else version
    return Shown(typed.line, typed.value, typed.reason, typed.rolled_over, seen, "", tuple(told), asks)
