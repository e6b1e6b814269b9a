"""`/renovation/acceptance/…`: engineer and steward tick, sign and photograph on their own phones; the result (D5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.gate_page import GatePage, refuse_form, text_of
from admin_views.forms import RecordForm
from admin_views.once import at_most_once, done_at, keep_page
from admin_views.shell import current_actor
from admin_views.upload_box import take_uploads
from models.actor import Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from models.query import Condition, Query
from office.renovation.acceptance import ACCEPTANCE, ITEM
from office.renovation.checking import (
    ITEM_FIELDS,
    OTHER,
    Tick,
    part_of,
    record_check,
    record_result,
    result_refused,
)
from office.renovation.permits import PERMIT
from office.renovation.today import to_accept

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record

PASSED, FAILED = ("owner_signature", "contractor_signature", "words", "deduction", "deduction_why"), ("words",)
PHOTOS = 3
"""Photos of one item."""
LONGEST = 200


class RenovationAcceptance(GatePage):
    """The acceptances of one office."""

    def at(self, path: str = "") -> str:
        return f"{request.script_root}/renovation/{path}"

    def start(self, id: int) -> ResponseReturnValue:
        """Begin the acceptance of completed works, or go on with the one that is under way."""
        actor = self.actor(ACCEPTANCE, "create")
        permit = self.registry.scope.get(actor, PERMIT, id)
        [found] = to_accept(self.registry, actor, [permit])
        if found.under_way is not None:
            return redirect(self.at(f"acceptance/{found.under_way.id}/"), 303)
        try:
            made = self.registry.store.create(actor, ACCEPTANCE, {"permit": id}, Source("form"))
        except (NotAllowed, NotFound):
            raise
        except Refused as refused:
            flash(refused.text.to(actor.locale), "error")
            return redirect(self.at(f"{id}/"), 303)
        return redirect(self.at(f"acceptance/{made}/"), 303)

    def show(self, id: int) -> ResponseReturnValue:
        """The items, the own signature and, for the engineer, the result."""
        actor = self.actor(ITEM, "item_fine")
        record = self.registry.scope.get(actor, ACCEPTANCE, id)
        keep_page()
        return self._page(record)

    def post(self, id: int) -> ResponseReturnValue:
        """What was ticked and signed, or the result; once however often it is sent."""
        actor = self.actor(ITEM, "item_fine")
        record = self.registry.scope.get(actor, ACCEPTANCE, id)
        do = self._result if text_of("do") == "result" else self._check
        return at_most_once(self.registry, lambda: do(actor, record))

    # -- parts -----------------------------------------------------------------------------------------

    def _check(self, actor: Actor, record: Record) -> ResponseReturnValue:
        form = self._signature(request.form)
        if form.errors or not form.validate():
            return self._page(record, form=form, status=422)
        try:
            ticks = self._ticks(actor, self._items(actor, record.id))
            record_check(self.registry, actor, record.id, ticks, form["signature"].data, self._moment())
        except Invalid as wrong:
            return self._page(record, form=form, loose=refuse_form(form, wrong), status=422)
        except (NotAllowed, NotFound):
            raise
        except Refused as refused:
            return self._page(record, form=form, loose=[refused.text.to(actor.locale)], status=422)
        mine = part_of(actor)
        left = sum(one[f"{mine}_fine"] is None for one in self._items(actor, record.id))
        if form["signature"].data:
            flash(_("Ticked and signed."), "success")
        else:
            flash(_("Noted; %(n)s items are left.", n=left) if left else _("Noted; all ticked. Sign below."), "success")
        return redirect(self.at(f"acceptance/{record.id}/"), 303)

    def _result(self, actor: Actor, record: Record) -> ResponseReturnValue:
        is_passed = text_of("result") == "passed"
        form = self._answers(is_passed, request.form)
        try:
            if form.errors or not form.validate():
                return self._page(record, result=form, status=422)
            answers = {name: form[name].data for name in (PASSED if is_passed else FAILED)}
            said = record_result(self.registry, actor, record.id, is_passed, answers, self._moment())
        except Invalid as wrong:
            return self._page(record, result=form, loose=refuse_form(form, wrong), status=422)
        except (NotAllowed, NotFound):
            raise
        except Refused as refused:
            return self._page(record, result=form, loose=[refused.text.to(actor.locale)], status=422)
        flash(said.to(actor.locale), "success")
        return redirect(self.at(f"acceptance/{record.id}/"), 303)

    def _moment(self) -> datetime:
        """When it was done, by the office's clock. Raises Refused."""
        return done_at(self.registry) or self.registry.clock.now()

    def _ticks(self, actor: Actor, items: list[Record]) -> list[Tick]:
        """What was sent of each item. Raises Invalid for a bad file."""
        found = []
        for one in items:
            said = request.form.get(f"item-{one.id}", "")
            if said not in ("fine", "wrong"):
                continue
            words = request.form.get(f"words-{one.id}", "").strip()[:LONGEST] if said == "wrong" else ""
            files = request.files.getlist(f"photos-{one.id}") if said == "wrong" else []
            keys = tuple(
                self.registry.files.put(actor, ITEM, None, file.filename or "", file.stream)
                for file in [each for each in files if each.filename][:PHOTOS]
            )
            found.append(Tick(one.id, said == "fine", words, keys))
        return found

    def _items(self, actor: Actor, id: int) -> list[Record]:
        query = Query(conditions=(Condition(ACCEPTANCE, "equals", id),), sort="id", columns=ITEM_FIELDS)
        return list(self.registry.scope.stream(actor, ITEM, query))

    def _signature(self, posted: Any = None) -> RecordForm:
        """The form of one's own signature, which may follow later."""
        asked = self.registry.schema.entities[ACCEPTANCE].actions["sign_check"].ask["signature"]
        return self._over([replace(asked, required=False)], posted)

    def _answers(self, is_passed: bool, posted: Any = None) -> RecordForm:
        """The form of the result: what is asked of one that passes, and what of one that fails."""
        actions = self.registry.schema.entities[ACCEPTANCE].actions
        asked = {**actions["pass_acceptance"].ask}
        must = PASSED[:2] if is_passed else FAILED
        return self._over(
            [replace(asked[name], required=posted is not None and name in must) for name in PASSED], posted
        )

    def _over(self, fields: list[Any], posted: Any) -> RecordForm:
        screen = self.screen(ACCEPTANCE)
        form = self.forms.over(fields, screen)(screen.context, posted, {})
        if posted is not None:
            take_uploads(screen, form, [field.name for field in fields], request.files, {})
        return form

    def _page(
        self, record: Record, *, form: RecordForm | None = None, result: RecordForm | None = None,
        loose: list[str] | None = None, status: int = 200,
    ) -> ResponseReturnValue:  # fmt: skip
        actor = current_actor()
        mine, items = part_of(actor), self._items(actor, record.id)
        permit = self.registry.scope.get(actor, PERMIT, record["permit"])
        [course] = to_accept(self.registry, actor, [permit])
        may_say = self.may(ACCEPTANCE, "pass_acceptance")
        refused = result_refused(items, record)
        wrong = [f"{one['item']}（{one['words']}）" for one in items if one["words"]]
        answers = result or self._answers(True)
        if result is None and wrong:
            answers["words"].data = "；".join(wrong)
        page = render_template(
            "desks/renovation/acceptance.html", record=record, permit=permit, items=items, mine=mine,
            other=OTHER[mine], form=form or self._signature(), result=answers, loose=loose or (),
            opened=status == 422, asked="result" if result else "check" if form else "", typed=request.form,
            failed=course.failed, again=self._wrong_before(actor, course.failed), may_say=may_say,
            refused=refused.to(actor.locale) if refused else "", longest=LONGEST,
            picked=request.form.get("result") or ("passed" if refused is None else "failed" if wrong else ""),
            **self.words(),
        )  # fmt: skip
        return page, status

    def _wrong_before(self, actor: Actor, failed: Record | None) -> dict[str, str]:
        """What was not fine at the acceptance that failed: by item, in words."""
        if failed is None:
            return {}
        return {one["item"]: one["words"] or "" for one in self._items(actor, failed.id) if _is_wrong(one)}


def _is_wrong(item: Record) -> bool:
    return item["engineer_fine"] is False or item["steward_fine"] is False
