"""`/renovation/`: today's permits on the phone: one tap or findings, begun, finished, stopped, gone on (D1–D4)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.gate_page import GatePage, refuse_form, text_of
from admin_views.desks.renovation_accept import RenovationAcceptance
from admin_views.desks.renovation_door import PermitDoor
from admin_views.desks.renovation_notices import RenovationNotices
from admin_views.forms import RecordForm
from admin_views.navigation import Extra, Link
from admin_views.once import at_most_once, dated, keep_page
from admin_views.shell import current_actor
from models.actor import Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from models.query import Condition, Query
from office.renovation import passes
from office.renovation.inspections import INSPECTABLE, NO_FINDING
from office.renovation.permits import PERMIT
from office.renovation.today import VIOLATION, inspections_of_day, to_accept, today_of
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

NEEDS = (PERMIT, "renovation_inspection", "violation", "acceptance", "acceptance_item", "worker_pass")
"""The entities without which there is no such page."""
LINK = Link("renovation-desk", Text("今日装修巡检", "Works to inspect"), "search", "/renovation/")
FINDING = ("wrong", "words", "photos")
WRONG = ("work", "deadline")
MOST = 50
"""Violations of a permit."""
STEPS = ("begin", "complete")
ACTIONS = ("resume_permit",)
"""What is done to a permit in one tap."""
WEIGHTS = ("none", "minor", "serious")
FORM = Source("form")


def renovation_desk(registry: Registry) -> Blueprint:
    """The list, a permit, an acceptance, and the check of a worker's pass."""
    pages = Blueprint("renovation-desk", __name__)
    desk, accept, notices = RenovationDesk(registry), RenovationAcceptance(registry), RenovationNotices(registry)
    for rule, name, view, methods in (
        ("/renovation/", "today", desk.today, ("GET",)),
        ("/renovation/<int:id>/", "permit", desk.permit, ("GET",)),
        ("/renovation/<int:id>/", "inspect", desk.inspect, ("POST",)),
        ("/renovation/<int:id>/do/", "do", desk.do, ("POST",)),
        ("/renovation/<int:id>/accept/", "accept", accept.start, ("POST",)),
        ("/renovation/acceptance/<int:id>/", "acceptance", accept.show, ("GET",)),
        ("/renovation/acceptance/<int:id>/", "check", accept.post, ("POST",)),
        ("/renovation/<int:id>/rules/", "rules", notices.rules, ("GET",)),
        ("/renovation/<int:id>/rules/", "tell", notices.tell, ("POST",)),
        ("/renovation/violation/<int:id>/", "violation", notices.violation, ("GET",)),
        ("/renovation/violation/<int:id>/", "follow", notices.follow, ("POST",)),
        ("/gate/p/<token>/", "pass", desk.worker_pass, ("GET",)),
        ("/renovation/d/<token>/", "door", PermitDoor(registry).open, ("GET",)),
    ):
        pages.add_url_rule(rule, name, view, methods=methods)
    return pages


def renovation_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who inspect works."""
    may = registry.access.may
    return Extra("renovation", LINK, lambda actor: may(actor, "renovation_inspection", "create"), leads=True,
                 is_desk=True)  # fmt: skip


class RenovationDesk(GatePage):
    """The pages of one office."""

    def at(self, path: str = "") -> str:
        return f"{request.script_root}/renovation/{path}"

    def today(self) -> ResponseReturnValue:
        """What is to be inspected today, what was, what is open."""
        actor = self.actor("renovation_inspection", "create")
        keep_page()
        found = today_of(self.registry, actor, self.registry.clock.today())
        return render_template(
            "desks/renovation/today.html", found=found, today=self.registry.clock.today(),
            may_accept=self.may("acceptance", "create"), **self.words(),
        )  # fmt: skip

    def permit(self, id: int) -> ResponseReturnValue:
        """One permit: what may be done there, and the form of an inspection."""
        actor = self.actor("renovation_inspection", "create")
        record = self.registry.scope.get(actor, PERMIT, id)
        keep_page()
        return self._page(record, self.form("renovation_inspection", FINDING), self.form("violation", WRONG))

    def inspect(self, id: int) -> ResponseReturnValue:
        """Write an inspection down, and the violation that was found; once however often it is sent."""
        actor = self.actor("renovation_inspection", "create")
        record = self.registry.scope.get(actor, PERMIT, id)
        return at_most_once(self.registry, lambda: self._inspected(actor, record))

    def do(self, id: int) -> ResponseReturnValue:
        """Begin works, say that they are completed, or let them go on."""
        actor, name = self.actor(PERMIT, "read"), text_of("do")
        self.registry.scope.get(actor, PERMIT, id)
        try:
            if name in STEPS:
                self.registry.store.step(actor, PERMIT, id, name, {}, "", Source("step"))
                flash(_("Noted."), "success")
            elif name in ACTIONS:
                self.act(PERMIT, name, (id,), {})
        except (NotAllowed, NotFound):
            raise
        except Refused as refused:
            flash(refused.text.to(actor.locale), "error")
        return redirect(self.at(f"{id}/"), 303)

    def worker_pass(self, token: str) -> ResponseReturnValue:
        """Whether the worker behind a code may come in, or why not."""
        actor = self.actor("worker_pass", "read")
        id = self.registry.codes.read(passes.KIND, token)
        found = self.registry.scope.records(actor, "worker_pass", [id]) if id is not None else []
        if not found:
            return render_template("desks/renovation/strange.html"), 404
        stopped = passes.stopped(passes.pass_of(self.registry, found[0]), self.registry.clock.today())
        return render_template("desks/renovation/pass.html", slip=found[0], stopped=stopped, **self.words())

    # -- parts -----------------------------------------------------------------------------------------

    def _page(
        self, record: Record, form: RecordForm, second: RecordForm, loose: list[str] | None = None, status: int = 200
    ) -> ResponseReturnValue:
        today, actor = self.registry.clock.today(), current_actor()
        completed = [record] if record["state"] in ("completed", "accepted", "closed") else []
        query = Query(conditions=(Condition("permit", "equals", record.id),), columns=VIOLATION, sort="-id", size=MOST)
        weight = request.form.get("weight", "none")
        page = render_template(
            "desks/renovation/permit.html", permit=record, form=form, second=second, loose=loose or (),
            done=inspections_of_day(self.registry, actor, [record.id], today).get(record.id), today=today,
            weight=weight if weight in WEIGHTS else "none", opened=bool(loose or form.errors or second.errors),
            course=next(iter(to_accept(self.registry, actor, completed)), None), stop=self._stop(actor, record),
            violations=list(self.registry.scope.page(actor, "violation", query).rows),
            steps={one.name for one in self.registry.store.steps(actor, PERMIT, record.id)},
            prohibited=self._prohibited(actor), may_resume=self.may(PERMIT, "resume_permit"),
            may_accept=self.may("acceptance", "create"), may_tell=self.may(PERMIT, "tell_rules"),
            inspectable=INSPECTABLE, **self.words(),
        )  # fmt: skip
        return page, status

    def _prohibited(self, actor: Actor) -> list[Record]:
        """What may be found to be broken, as options: a search would need signal."""
        query = Query(saved="prohibited", columns=("name",), sort="id", size=MOST)
        return list(self.registry.scope.page(actor, "renovation_work", query).rows)

    def _stop(self, actor: Actor, record: Record) -> Record | None:
        """The suspension that lasts, with its reason."""
        if record["state"] != "suspended":
            return None
        open_ = (Condition("permit", "equals", record.id), Condition("ended_on", "empty"))
        query = Query(conditions=open_, columns=("starts_on", "reason", "violation"), sort="-id", size=1)
        return next(iter(self.registry.scope.page(actor, "permit_suspension", query).rows), None)

    def _inspected(self, actor: Actor, record: Record) -> ResponseReturnValue:
        is_fine, weight = text_of("do") == "fine", text_of("weight") or "none"
        posted = None if is_fine else request.form
        form, second = self.form("renovation_inspection", FINDING, posted), self.form("violation", WRONG, posted)
        if posted is not None and not (form.validate() and second.validate()):
            return self._page(record, form, second, status=422)
        values: dict[str, Any] = {"permit": record.id, "all_fine": is_fine}
        if not is_fine:
            values |= {name: form[name].data for name in FINDING}
        try:
            with self.registry.store.transaction():
                writer, moment = dated(self.registry, actor, self.registry.schema.entities["renovation_inspection"])
                made = self.registry.store.create(writer, "renovation_inspection", {**values, **moment}, FORM)
                found = None
                if not is_fine and weight in ("minor", "serious"):
                    found = self._violation(actor, record, made, weight, form, second)
        except Invalid as wrong:
            return self._page(record, form, second, refuse_form(form, wrong), 422)
        except (NotAllowed, NotFound):
            raise
        except Refused as refused:
            return self._page(record, form, second, [refused.text.to(actor.locale)], 422)
        place = record.titles.get("unit", "")
        flash(
            _("%(unit)s: nothing wrong, noted.", unit=place) if is_fine else _("%(unit)s: noted.", unit=place),
            "success",
        )
        if found is not None and weight == "serious":
            flash(_("The works are suspended. Have the notice signed for."), "info")
            return redirect(self.at(f"violation/{found}/"), 303)
        return redirect(self.at(), 303)

    def _violation(
        self, actor: Actor, record: Record, inspection: int, weight: str, form: RecordForm, second: RecordForm
    ) -> int:
        """Write down what breaks the rules, with the inspection in which it was seen. Raises Refused."""
        if not form["words"].data:
            raise Refused(NO_FINDING)
        writer, moment = dated(self.registry, actor, self.registry.schema.entities["violation"])
        values = {
            "permit": record.id, "inspection": inspection, "weight": weight, "what": form["words"].data,
            "work": second["work"].data, "deadline": second["deadline"].data, "on_the_spot": weight == "minor",
        }  # fmt: skip
        return self.registry.store.create(writer, "violation", {**values, **moment}, FORM)
