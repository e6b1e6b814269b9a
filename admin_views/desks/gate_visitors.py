"""`/gate/visitors/`: who is inside and who is expected, in and out in two taps (S10)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.gate_page import GatePage, refuse_form, text_of
from admin_views.forms import RecordForm
from admin_views.shell import current_actor
from models.actor import Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from models.record import Masked, Record
from office.gate.visitors import come_in, expected_today, who_is_inside

NAMES = ("name", "last_four", "people", "unit", "to_whom", "purpose", "plate", "confirmed", "confirmed_by", "remark")
AT_THE_GATE = ("intercom", "phone", "in_person")
"""Ways in which a household says yes to somebody who stands at the gate."""


class GateVisitors(GatePage):
    """Visitors of one office."""

    def inside(self) -> ResponseReturnValue:
        """Who is expected today and who is inside, those past their time first; ``?q=`` narrows both."""
        actor = self.actor("visitor", "read")
        words = text_of("q")
        expected = expected_today(self.registry, actor) if self.may("visitor_pass", "read") else []
        there = who_is_inside(self.registry, actor)
        return render_template(
            "desks/gate/visitors.html", expected=[one for one in expected if _has(one, words)],
            there=[one for one in there if _has(one, words)], q=words, total=len(there),
            people=sum(one["people"] for one in there), may_let_in=self.may("visitor_pass", "let_visitor_in"),
            may_out=self.may("visitor", "leave"), may_create=self.may("visitor", "create"), **self.words(),
        )  # fmt: skip

    def form_page(self) -> ResponseReturnValue:
        """The form for somebody at the gate."""
        self.actor("visitor", "create")
        return self._form(self.form("visitor", NAMES))

    def come_in(self) -> ResponseReturnValue:
        """Let somebody in, or note that they were not let in."""
        actor = self.actor("visitor", "create")
        form = self.form("visitor", NAMES, request.form)
        turned_away = request.form.get("do") == "turn_away"
        if not form.validate():
            return self._form(form, [], 422)
        values = {name: form[name].data for name in NAMES if form[name].data is not None}
        if turned_away and not values.get("remark"):
            form["remark"].errors = [_("Say why they were not let in.")]
            return self._form(form, [], 422)
        if not turned_away and not values.get("confirmed"):
            return self._form(form, [_("Ask the household first, and note how it said yes.")], 422)
        try:
            with self.registry.store.transaction():
                id, is_new = come_in(self.registry, actor, values)
                if turned_away and is_new:
                    remark = {"remark": values["remark"]}
                    self.registry.store.step(actor, "visitor", id, "turn_away", remark, "", Source("step"))
        except Invalid as wrong:
            return self._form(form, refuse_form(form, wrong), 422)
        self._say(values["name"], is_new, turned_away)
        return redirect(self.at("visitors/"), 303)

    def go_out(self, id: int) -> ResponseReturnValue:
        """Note that somebody leaves; a second tap says that they have left."""
        actor = self.actor("visitor", "leave")
        visitor = self.registry.scope.get(actor, "visitor", id)
        if visitor["state"] == "left":
            flash(_("%(name)s left at %(at)s.", name=visitor["name"], at=self.clock(visitor["out_at"])), "info")
            return redirect(self.at("visitors/"), 303)
        try:
            self.registry.store.step(actor, "visitor", id, "leave", {}, "", Source("step"), visitor.version)
        except (NotAllowed, NotFound):
            raise
        except Refused as refused:
            flash(refused.text.to(actor.locale), "error")
        else:
            flash(_("%(name)s has left.", name=visitor["name"]), "success")
        return redirect(self.at("visitors/"), 303)

    def expected_in(self, id: int) -> ResponseReturnValue:
        """Let in somebody who was announced, from the list."""
        self.actor("visitor_pass", "let_visitor_in")
        try:
            self.act("visitor_pass", "let_visitor_in", [id], {})
        except NotAllowed:
            raise
        except Refused as refused:
            flash(refused.text.to(current_actor().locale), "error")
        return redirect(self.at("visitors/"), 303)

    # -- parts -----------------------------------------------------------------------------------------

    def _form(self, form: RecordForm, loose: list[str] | None = None, status: int = 200) -> ResponseReturnValue:
        ways = [(code, self.label("visitor", "confirmed", code)[0]) for code in AT_THE_GATE]
        page = render_template("desks/gate/visitor.html", form=form, loose=loose or (), ways=ways, **self.words())
        return page, status

    def _say(self, name: str, is_new: bool, turned_away: bool) -> None:
        if not is_new:
            flash(_("%(name)s is inside already; nothing was written twice.", name=name), "info")
        elif turned_away:
            flash(_("Noted: %(name)s was not let in.", name=name), "success")
        else:
            flash(_("%(name)s is inside now.", name=name), "success")


def _has(record: Record, words: str) -> bool:
    """Whether one of the things that a guard knows of somebody holds the words."""
    wanted = words.casefold()
    told: list[Any] = [record[name] for name in ("name", "plate", "last_four")]
    told.append(record.titles.get("unit"))
    return not wanted or any(wanted in str(one).casefold() for one in told if one and not isinstance(one, Masked))
