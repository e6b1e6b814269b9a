"""`/gate/incidents/`: an incident written down in a moment, and its plan on the phone while it runs (S9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.gate_page import GatePage, photos_of, refuse_form, text_of
from admin_views.forms import RecordForm
from admin_views.shell import current_actor
from models.actor import Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from models.query import Condition, Query
from models.record import Record
from office.gate.incidents import open_incident
from office.gate.papers import said

NAMES = ("kind", "severity", "place", "unit", "found_at", "found_by", "description", "photos")
DEEDS = ("tick_step", "skip_step", "untick_step")
MOVES = ("handle", "sign", "close")
"""Steps of the workflow that the page offers."""
WORDS = {"handle": "result", "sign": "review"}
"""What is written down with them."""


class GateIncidents(GatePage):
    """Incidents of one office."""

    def form_page(self) -> ResponseReturnValue:
        """The form that opens an incident."""
        self.actor("incident", "create")
        return self._form(self.form("incident", NAMES))

    def open(self) -> ResponseReturnValue:
        """Write an incident down; its plan comes by itself. The same one that runs already is gone to."""
        actor = self.actor("incident", "create")
        form = self.form("incident", NAMES, request.form)
        if not form.validate():
            return self._form(form, [], 422)
        values = {name: form[name].data for name in NAMES if form[name].data is not None}
        try:
            id, is_new = open_incident(self.registry, actor, values)
        except Invalid as wrong:
            return self._form(form, refuse_form(form, wrong), 422)
        if not is_new:
            flash(_("This incident runs already; nothing was written twice."), "info")
        return redirect(self.at(f"incidents/{id}/"), 303)

    def show(self, id: int) -> ResponseReturnValue:
        """The incident with the steps of its plan."""
        return self._page(self.actor("incident", "read"), id)

    def step(self, id: int, step: int) -> ResponseReturnValue:
        """Tick a step, say why it is not needed, or take that back."""
        actor = self.actor("incident_step", "tick_step")
        found = self.registry.scope.get(actor, "incident_step", step)
        if found["incident"] != id:
            raise NotFound(self.registry.schema.entities["incident_step"].label)
        deed, reason = request.form.get("do", ""), text_of("reason", 200)
        deed = deed if deed in DEEDS else DEEDS[0]
        back = redirect(f"{self.at(f'incidents/{id}/')}#step-{found['position']}", 303)
        if (deed == "untick_step") == (found["state"] == "open"):
            self._say_as_it_is(found)
            return back
        try:
            self.act("incident_step", deed, [step], {"reason": reason} if deed == "skip_step" else {})
        except NotAllowed:
            raise
        except Refused as refused:
            flash(refused.text.to(actor.locale), "error")
        return back

    def move(self, id: int) -> ResponseReturnValue:
        """Say that it is handled, sign it, or close it."""
        actor = self.actor("incident", "read")
        name = request.form.get("do", "")
        if name not in MOVES:
            return redirect(self.at(f"incidents/{id}/"), 303)
        words = text_of("words", 4000)
        values = {WORDS[name]: words} if name in WORDS and words else {}
        try:
            self.registry.store.step(actor, "incident", id, name, values, "", Source("step"))
        except (NotAllowed, NotFound):
            raise
        except Refused as refused:
            flash(refused.text.to(actor.locale), "error")
            return self._page(actor, id, words, 422)
        flash(_("Saved."), "success")
        return redirect(self.at(f"incidents/{id}/"), 303)

    # -- parts -----------------------------------------------------------------------------------------

    def _form(self, form: RecordForm, loose: list[str] | None = None, status: int = 200) -> ResponseReturnValue:
        kinds = [(code, *self.label("incident", "kind", code)) for code in self.codes("incident", "kind")]
        levels = [(code, *self.label("incident", "severity", code)) for code in self.codes("incident", "severity")]
        page = render_template("desks/gate/incident_form.html", form=form, loose=loose or (), kinds=kinds,
                               levels=levels, **self.words())  # fmt: skip
        return page, status

    def _page(self, actor: Any, id: int, typed: str = "", status: int = 200) -> ResponseReturnValue:
        incident = self.registry.scope.get(actor, "incident", id)
        steps = self._steps(id)
        todo = [step for step in steps if step["state"] == "open"]
        page = render_template(
            "desks/gate/incident.html", incident=incident, steps=steps, todo=todo, following=todo[0] if todo else None,
            running=incident["state"] == "open", photos=photos_of(incident), typed=typed, say_json=self._said,
            told=[name for _id, name in incident.titles.get("told") or ()],
            may_tick=self.may("incident_step", DEEDS[0]),
            moves={step.name: step.label.to(actor.locale) for step in self.registry.store.steps(actor, "incident", id)},
            may_print=self.may("incident", "incident_report"), may_edit=self.may("incident", "update"), **self.words(),
        )  # fmt: skip
        return page, status

    def _steps(self, incident: int) -> list[Record]:
        query = Query(conditions=(Condition("incident", "equals", incident),), sort="id", size=100,
                      columns=tuple(self.registry.schema.entities["incident_step"].fields))  # fmt: skip
        rows = self.registry.scope.page(current_actor(), "incident_step", query).rows
        return sorted(rows, key=lambda row: row["position"])

    def _said(self, words: Mapping[str, Any] | None) -> str:
        return said(words).to(current_actor().locale)

    def _say_as_it_is(self, step: Record) -> None:
        """What a second tap on the same button finds."""
        by, at = step.titles.get("done_by") or "", self.clock(step["done_at"])
        if step["state"] == "done":
            flash(_("Step %(n)s was ticked at %(at)s by %(by)s.", n=step["position"], at=at, by=by), "info")
        elif step["state"] == "not_needed":
            flash(_("Step %(n)s was put aside at %(at)s by %(by)s.", n=step["position"], at=at, by=by), "info")
