"""`/gate/mail/`: what waits for whom, handed out against a signature or a code; mail taken in item by item (S11)."""

from __future__ import annotations

from itertools import groupby
from secrets import token_urlsafe
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.gate_page import GatePage, ids_of, refuse_form, said_of, text_of
from admin_views.forms import RecordForm
from admin_views.screen import with_query
from admin_views.shell import current_actor
from admin_views.upload_box import take_uploads
from models.errors import Invalid, NotAllowed, Refused
from office.gate.mail import find_mail, latest, receive
from schema.text import BadValue

NAMES = ("kind", "addressee", "carrier", "tail", "shelf")
KEPT = ("kind", "carrier", "shelf")
"""What stays from one item to the next."""
ANSWERS = ("collected_by", "proof", "code", "signature")


class GateMail(GatePage):
    """Mail of one office."""

    def search(self) -> ResponseReturnValue:
        """What waits for whom ``?q=`` names, with the form that hands it out."""
        self.actor("mail_item", "read")
        return self._found(self._answers())

    def hand_out(self) -> ResponseReturnValue:
        """Hand the ticked items out to who is named."""
        actor = self.actor("mail_item", "hand_out")
        form, ids = self._answers(request.form), ids_of("item")
        if not ids:
            return self._found(form, [_("Tick what is handed out.")], 422)
        if not form.validate():
            return self._found(form, [], 422)
        answers = {name: form[name].data for name in ANSWERS if form[name].data is not None}
        try:
            done = self.act("mail_item", "hand_out", ids, answers)
        except Invalid as wrong:
            return self._found(form, refuse_form(form, wrong), 422)
        except NotAllowed:
            raise
        except Refused as refused:
            return self._found(form, [refused.text.to(actor.locale)], 422)
        if not done:
            return self._found(form, [], 422)
        return redirect(self.at("mail/"), 303)

    def form_page(self) -> ResponseReturnValue:
        """The form that takes an item in, with what the last one had."""
        self.actor("mail_item", "create")
        form = self.form("mail_item", NAMES)
        for name in KEPT:
            if kept := request.args.get(name, "")[:40]:
                form[name].data = kept
        return self._receiving(form)

    def receive(self) -> ResponseReturnValue:
        """Take an item in, and be ready for the next."""
        actor = self.actor("mail_item", "create")
        form, room, token = self.form("mail_item", NAMES, request.form), text_of("room"), text_of("token", 64)
        wrong_room = ""
        try:
            unit = self.unit_named(actor, room)
        except BadValue as wrong:
            unit, wrong_room = None, said_of(wrong)
        if unit is None:
            return self._receiving(form, [], wrong_room or _("Type the room first."), 422)
        if not form.validate():
            return self._receiving(form, [], "", 422)
        values = {name: form[name].data for name in NAMES if form[name].data is not None} | {"unit": unit}
        try:
            _id, is_new = receive(self.registry, actor, values, token)
        except Invalid as wrong_item:
            return self._receiving(form, refuse_form(form, wrong_item), "", 422)
        if not is_new:
            flash(_("This item was taken in before; nothing was written twice."), "info")
        kept = [(name, values.get(name)) for name in KEPT]
        return redirect(with_query(self.at("mail/receive/"), kept), 303)

    # -- parts -----------------------------------------------------------------------------------------

    def _answers(self, posted: Any = None) -> RecordForm:
        """The form of what is asked when mail is handed out."""
        screen = self.screen("mail_item")
        fields = list(self.registry.schema.entities["mail_item"].actions["hand_out"].ask.values())
        form = self.forms.over(fields, screen)(screen.context, posted, {"proof": "signature"})
        if posted is not None:
            take_uploads(screen, form, [field.name for field in fields], request.files, {})
        return form

    def _found(self, form: RecordForm, loose: list[str] | None = None, status: int = 200) -> ResponseReturnValue:
        words = text_of("q")
        found = find_mail(self.registry, current_actor(), words)
        found.sort(key=lambda row: row["unit"])
        groups = [(unit, list(rows)) for unit, rows in groupby(found, key=lambda row: row["unit"])]
        page = render_template(
            "desks/gate/mail.html", q=words, groups=groups, form=form, loose=loose or (), ticked=set(ids_of("item")),
            sent=request.method == "POST", may_hand=self.may("mail_item", "hand_out"),
            may_receive=self.may("mail_item", "create"), today=self.registry.clock.today(),
            zone=self.registry.clock.zone, **self.words(),
        )  # fmt: skip
        return page, status

    def _receiving(
        self, form: RecordForm, loose: list[str] | None = None, wrong_room: str = "", status: int = 200
    ) -> ResponseReturnValue:
        actor = current_actor()
        kinds = [(code, *self.label("mail_item", "kind", code)) for code in self.codes("mail_item", "kind")]
        token = text_of("token", 64) if status == 422 else ""
        page = render_template(
            "desks/gate/receive.html", form=form, loose=loose or (), room=text_of("room") if status == 422 else "",
            wrong_room=wrong_room, kinds=kinds, token=token or token_urlsafe(18),
            latest=latest(self.registry, actor), **self.words(),
        )  # fmt: skip
        return page, status
