"""`/attendance/`: who has come to an activity, ticked at the door with a thumb or by room number (S14)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.shell import current_actor
from models.actor import Actor, Source
from models.errors import NotFound
from models.query import Condition, Query
from models.record import Record
from models.storage.natural_order import order_key
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

NEEDS = ("activity", "activity_signup", "activity_task", "unit", "resident")
"""The entities without which there is no such page."""
LINK = Link("attendance", Text("活动签到", "Attendance"), "check-square-o", "/attendance/")
DEEDS = ("tick_attended", "tick_absent", "untick_signup")
SHOWN = ("unit", "resident", "people", "came", "state", "ticked_at", "remark")
MOST = 50
"""Activities that the first page shows."""


def attendance_desk(registry: Registry) -> Blueprint:
    """The activities of these days, and the door of each."""
    pages = Blueprint("attendance-desk", __name__, url_prefix="/attendance")
    views = AttendanceDesk(registry)
    pages.add_url_rule("/", "list", views.index)
    pages.add_url_rule("/<int:id>/", "door", views.door)
    pages.add_url_rule("/<int:id>/<int:signup>/", "tick", views.tick, methods=("POST",))
    pages.record_once(_lead_from_records)
    return pages


def attendance_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who tick."""
    return Extra("community", LINK, lambda actor: registry.access.may(actor, "activity_signup", DEEDS[0]), leads=True)


def _lead_from_records(state: BlueprintSetupState) -> None:
    """The record of an activity leads to its door; other records go on leading where they do."""
    known = state.app.jinja_env.globals
    others = known.get("record_desk", lambda _entity, _id: "")

    def desk_of(entity: str, id: int) -> str:
        return f"/attendance/{id}/" if entity == "activity" else str(others(entity, id))

    known["record_desk"] = desk_of


class AttendanceDesk:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def index(self) -> ResponseReturnValue:
        """The activities for which people can be ticked, today's first."""
        actor = self._actor()
        query = Query(conditions=(Condition("state", "in", ("open", "held")),), sort="held_on", size=MOST,
                      columns=("name", "place", "held_on", "starts_at", "signed", "attended", "state"))  # fmt: skip
        rows = self.registry.scope.page(actor, "activity", query).rows
        today = self.registry.clock.today()
        return render_template("desks/attendance/list.html", now=[row for row in rows if row["held_on"] == today],
                               others=[row for row in rows if row["held_on"] != today], at=self._at)  # fmt: skip

    def door(self, id: int) -> ResponseReturnValue:
        """Who is expected and who is here; ``?q=`` looks for a room or a name."""
        actor = self._actor()
        activity = self.registry.scope.get(actor, "activity", id)
        rows, q = self._signups(actor, id), request.args.get("q", "").strip()[:60]
        shown = [row for row in rows if _fits(row, q)]
        by_state = {state: [row for row in shown if row["state"] == state] for state in
                    ("signed", "attended", "absent", "waiting")}  # fmt: skip
        return render_template(
            "desks/attendance/door.html", activity=activity, q=q, at=self._at, total=len(rows), **by_state,
            came=sum(row["came"] or 0 for row in rows if row["state"] == "attended"),
            expected=sum(row["people"] for row in rows if row["state"] in ("signed", "attended", "absent")),
            may_add=self.registry.access.may(actor, "activity_signup", "create"),
            can_tick=activity["state"] in ("open", "held"), state=self._state(actor, activity),
        )  # fmt: skip

    def tick(self, id: int, signup: int) -> ResponseReturnValue:
        """Here, absent, or neither."""
        actor = self._actor()
        found = self.registry.scope.get(actor, "activity_signup", signup)
        if found["activity"] != id:
            raise NotFound(self.registry.schema.entities["activity_signup"].label)
        deed = request.form.get("do", "")
        deed = deed if deed in DEEDS else DEEDS[0]
        came = id_of(request.form.get("came"))
        answers = {"came": came} if deed == DEEDS[0] and came is not None else {}
        outcome = self.registry.act(actor, "activity_signup", deed, (signup,), answers, Source("action", deed))
        for category, said in (("error", outcome.skipped), ("success", outcome.done)):
            for _id, text in said:
                flash(text.to(actor.locale), category)
        return redirect(f"{request.script_root}/attendance/{id}/", 303)

    # -- parts -----------------------------------------------------------------------------------------

    def _actor(self) -> Actor:
        """Who is asking. Raises NotAllowed for those who tick nobody."""
        actor = current_actor()
        self.registry.scope.require(actor, "activity_signup", DEEDS[0])
        return actor

    def _signups(self, actor: Actor, activity: int) -> Sequence[Record]:
        """Everyone on the list of an activity whom the reader may see, door by door; without who withdrew."""
        asked = (Condition("activity", "equals", activity), Condition("state", "not_equals", "withdrawn"))
        query = Query(conditions=asked, columns=SHOWN, sort="id")
        rows = self.registry.scope.stream(actor, "activity_signup", query)
        return sorted(rows, key=lambda row: (order_key(row.titles.get("unit") or ""), row.id))

    def _state(self, actor: Actor, activity: Record) -> tuple[str, str]:
        choices: Any = getattr(self.registry.schema.entities["activity"].fields["state"].type, "choices", {})
        choice = choices[activity["state"]]
        return choice.label.to(actor.locale), choice.color

    def _at(self, moment: Any) -> str:
        """A moment: the time alone where it is today's, else with its day."""
        if moment is None:
            return str(_("no time yet"))
        local = moment.astimezone(self.registry.clock.zone)
        return f"{local:%H:%M}" if local.date() == self.registry.clock.today() else f"{local:%m-%d %H:%M}"


def _fits(row: Record, q: str) -> bool:
    """Whether a room or a name is meant by what was typed."""
    words = q.casefold()
    return not words or any(words in (row.titles.get(name) or "").casefold() for name in ("unit", "resident"))
