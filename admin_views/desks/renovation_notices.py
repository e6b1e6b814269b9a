"""What is signed on the screen: the notice of the rules, and that of a violation with its follow-up check (D1, D4)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.gate_page import GatePage, refuse_form, text_of
from admin_views.forms import RecordForm
from admin_views.once import at_most_once, keep_page
from admin_views.shell import current_actor
from admin_views.upload_box import take_uploads
from models.actor import Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from office.renovation.papers import rules_told
from office.renovation.permits import PERMIT

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record

VIOLATION = "violation"
SIGNED = ("owner_signature", "contractor_signature")
CHECK = ("outcome", "after")
TELLABLE = ("draft", "submitted")
CHECKED = {"settle": True, "not_yet": False}
"""The steps of a follow-up check, and whether the violation is settled by them."""
LONGEST = 500


class RenovationNotices(GatePage):
    """The notices of one office."""

    def at(self, path: str = "") -> str:
        return f"{request.script_root}/renovation/{path}"

    # -- the rules -------------------------------------------------------------------------------------

    def rules(self, id: int) -> ResponseReturnValue:
        """The rules as owner and contractor read them, and where they sign."""
        actor = self.actor(PERMIT, "tell_rules")
        return self._rules(self.registry.scope.get(actor, PERMIT, id), self._pads())

    def tell(self, id: int) -> ResponseReturnValue:
        """Owner and contractor signed."""
        actor = self.actor(PERMIT, "tell_rules")
        record = self.registry.scope.get(actor, PERMIT, id)
        form = self._pads(request.form)
        if form.errors or not form.validate():
            return self._rules(record, form, status=422)
        try:
            self.act(PERMIT, "tell_rules", (id,), {name: form[name].data for name in SIGNED})
        except Invalid as wrong:
            return self._rules(record, form, refuse_form(form, wrong), 422)
        except NotAllowed:
            raise
        except Refused as refused:
            return self._rules(record, form, [refused.text.to(actor.locale)], 422)
        return redirect(self.at(f"{id}/rules/"), 303)

    def _pads(self, posted: Any = None) -> RecordForm:
        return self._asked(PERMIT, "tell_rules", posted)

    def _rules(
        self, record: Record, form: RecordForm, loose: list[str] | None = None, status: int = 200
    ) -> ResponseReturnValue:
        page = render_template(
            "desks/renovation/rules.html", permit=record, form=form, loose=loose or (), opened=status == 422,
            told=rules_told(self.registry, current_actor()), may_sign=record["state"] in TELLABLE,
            locale=current_actor().locale, inspects=self.may("renovation_inspection", "create"), **self.words(),
        )  # fmt: skip
        return page, status

    # -- a violation -----------------------------------------------------------------------------------

    def violation(self, id: int) -> ResponseReturnValue:
        """A violation: what was found, its notice, the follow-up check, and what came of it."""
        actor = self.actor(VIOLATION, "read")
        record = self.registry.scope.get(actor, VIOLATION, id)
        keep_page()
        return self._violation(record)

    def follow(self, id: int) -> ResponseReturnValue:
        """Signed for, said to be put right, checked, or reported; once however often it is sent."""
        actor = self.actor(VIOLATION, "update")
        record = self.registry.scope.get(actor, VIOLATION, id)
        return at_most_once(self.registry, lambda: self._followed(actor, record))

    def _followed(self, actor: Actor, record: Record) -> ResponseReturnValue:
        name = text_of("do")
        notice = self._asked(VIOLATION, "give_notice", request.form) if name == "notice" else None
        check = self._check(request.form) if name in CHECKED else None
        form = notice or check
        try:
            if form is not None and (form.errors or not form.validate()):
                return self._violation(record, notice, check, status=422)
            if notice is not None:
                self.act(VIOLATION, "give_notice", (record.id,), {"signature": notice["signature"].data})
            else:
                self._step(actor, record, name, check)
        except Invalid as wrong:
            loose = refuse_form(form, wrong) if form else [wrong.text.to(actor.locale)]
            return self._violation(record, notice, check, loose, 422)
        except (NotAllowed, NotFound):
            raise
        except Refused as refused:
            return self._violation(record, notice, check, [refused.text.to(actor.locale)], 422)
        return redirect(self.at(f"violation/{record.id}/"), 303)

    def _step(self, actor: Actor, record: Record, name: str, check: RecordForm | None) -> None:
        """Take a step of a violation; what a failed check found stands in the history as its comment."""
        values, comment = {}, text_of("comment", LONGEST)
        if check is not None:
            comment = check["outcome"].data or ""
            values = {one: check[one].data for one in CHECK if check[one].data} if CHECKED[name] else {}
        self.registry.store.step(actor, VIOLATION, record.id, name, values, comment, Source("step"))
        flash(_("Noted."), "success")

    def _check(self, posted: Any = None) -> RecordForm:
        """The form of a follow-up check."""
        screen = self.screen(VIOLATION)
        fields = [replace(screen.entity.fields[name], required=name == "outcome") for name in CHECK]
        form = self.forms.over(fields, screen)(screen.context, posted, {})
        if posted is not None:
            take_uploads(screen, form, CHECK, request.files, {})
        return form

    def _violation(
        self, record: Record, notice: RecordForm | None = None, check: RecordForm | None = None,
        loose: list[str] | None = None, status: int = 200,
    ) -> ResponseReturnValue:  # fmt: skip
        actor = current_actor()
        permit = self.registry.scope.get(actor, PERMIT, record["permit"])
        steps = self.registry.store.steps(actor, VIOLATION, record.id)
        page = render_template(
            "desks/renovation/violation.html", one=record, permit=permit, loose=loose or (),
            asked="notice" if notice else "check" if check else "other", opened=status == 422,
            notice=notice or self._asked(VIOLATION, "give_notice"), check=check or self._check(),
            steps={step.name for step in steps}, may_give=self.may(VIOLATION, "give_notice"),
            may_print=self.may(VIOLATION, "rectification_notice"), today=self.registry.clock.today(),
            picked=text_of("do"), longest=LONGEST, **self.words(),
        )  # fmt: skip
        return page, status

    # -- parts -----------------------------------------------------------------------------------------

    def _asked(self, entity: str, action: str, posted: Any = None) -> RecordForm:
        """The form of what an action asks."""
        screen = self.screen(entity)
        fields = list(self.registry.schema.entities[entity].actions[action].ask.values())
        form = self.forms.over(fields, screen)(screen.context, posted, {})
        if posted is not None:
            take_uploads(screen, form, [field.name for field in fields], request.files, {})
        return form
