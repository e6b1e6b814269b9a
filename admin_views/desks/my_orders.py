"""`/my-orders/`: the orders of one who goes out, on the phone: taken, on site, what it took, done, rated (S4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from admin_views.desks.my_orders_form import (
    BEFORE,
    FINISH,
    MUST,
    STEP_FIELDS,
    Bad,
    add_line,
    is_done_already,
    posted_form,
    version_of,
)
from admin_views.field_blocks import field_block
from admin_views.forms import Forms, RecordForm
from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.row_blocks import RowWords, full_cell
from admin_views.screen import Screen
from admin_views.shell import current_actor
from models.actor import Actor, Source
from models.errors import Invalid, NotFound, Refused, Stale
from models.query import Condition, Query
from office.dispatch.my_orders import my_orders
from office.dispatch.prices import find_prices
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

NEEDS = ("work_order", "work_line", "service_item", "service_request", "staff", "duty", "absence")
"""The entities without which there is no such page."""
LINK = Link("my-orders", Text("我的维修单", "My orders"), "wrench", "/my-orders/")
LONGEST = 60
LINE = ("name", "kind", "quantity", "unit_name", "price", "amount", "is_agreed", "item")
IN_HAND = ("accepted", "arrived", "waiting")


def my_orders_desk(registry: Registry) -> Blueprint:
    """The list, one order, and what is done to it."""
    pages = Blueprint("my-orders-desk", __name__, url_prefix="/my-orders")
    views = MyOrdersDesk(registry)
    pages.add_url_rule("/", "list", views.index)
    pages.add_url_rule("/<int:order>/", "one", views.show)
    for name in ("step", "lines", "photos", "finish", "rate"):
        pages.add_url_rule(f"/<int:order>/{name}/", name, getattr(views, name), methods=("POST",))
    return pages


def my_orders_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who take orders."""
    access = registry.access
    return Extra("service", LINK, lambda actor: access.may(actor, "work_order", "accept"), leads=True, is_desk=True)


class MyOrdersDesk:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry, self.forms = registry, Forms()

    # -- pages -----------------------------------------------------------------------------------------

    def index(self) -> ResponseReturnValue:
        """What is in hand in the order of doing it, what can be taken, what was done today."""
        actor = self._actor()
        found = my_orders(self.registry, actor, self.registry.clock.today())
        return render_template("desks/my_orders/list.html", found=found, **self._pens(actor))

    def show(self, order: int) -> ResponseReturnValue:
        """One order; ``?find=`` looks through the price list, and a script asks for what that finds alone."""
        actor = self._actor()
        if "X-Part" in request.headers:
            record = self._order(actor, order)
            part = render_template("desks/my_orders/found.html", order=record, money=_money, **self._finding(actor))
            return part, 200, {"X-Part": "1", "Vary": "X-Part"}
        return self._page(actor, order)

    # -- deeds -----------------------------------------------------------------------------------------

    def step(self, order: int) -> ResponseReturnValue:
        """Take a step; one that was taken already is not taken twice."""
        actor, name = self._actor(), request.form.get("step", "")
        record = self._order(actor, order)
        spec = self.registry.schema.entities["work_order"].workflow
        if spec is None or name not in spec.steps or name not in STEP_FIELDS:
            raise NotFound(Text("步骤", "step"))
        if is_done_already(record, actor, spec.steps[name]):
            return redirect(self._at(order), 303)
        form = posted_form(self._screen(actor), self.forms, STEP_FIELDS[name], record, request.form, request.files)
        try:
            if form.errors or not form.validate():
                raise Bad
            values = {field: form[field].data for field in STEP_FIELDS[name]}
            version = version_of(request.form)
            self.registry.store.step(actor, "work_order", order, name, values, "", Source("step"), version)
        except Bad:
            return self._page(actor, order, {name: form}), 422
        except Invalid as wrong:
            return self._page(actor, order, {name: form}, self._loose(form, wrong)), 422
        except Refused as refused:
            return self._refused(actor, order, refused)
        flash(_("%(step)s: noted", step=spec.steps[name].label.to(actor.locale)), "success")
        # What is over or given away is left; else the person stays with the order.
        return redirect(self._at(order) if name != "give_back" else f"{request.script_root}/my-orders/", 303)

    def finish(self, order: int) -> ResponseReturnValue:
        """The work is done: result, hours, photos, charge and signature at once."""
        actor = self._actor()
        record = self._order(actor, order)
        if record["state"] == "done":
            return redirect(self._at(order), 303)
        form = posted_form(self._screen(actor), self.forms, FINISH, record, request.form, request.files)
        try:
            if form.errors or not form.validate():
                raise Bad
            values = {name: form[name].data for name in FINISH}
            version = version_of(request.form)
            self.registry.store.step(actor, "work_order", order, "finish", values, "", Source("step"), version)
        except Bad:
            return self._page(actor, order, {"finish": form}), 422
        except Invalid as wrong:
            return self._page(actor, order, {"finish": form}, self._loose(form, wrong)), 422
        except Refused as refused:
            return self._refused(actor, order, refused)
        flash(_("Done. Thank the resident, and hand the phone over for the rating."), "success")
        return redirect(self._at(order), 303)

    def lines(self, order: int) -> ResponseReturnValue:
        """Add a line of the price list or by hand, or take one away."""
        actor = self._actor()
        self._order(actor, order)
        try:
            if (removed := id_of(request.form.get("remove"))) is not None:
                self._remove(actor, order, removed)
            else:
                add_line(self.registry, actor, order, request.form)
        except NotFound:
            raise
        except Refused as refused:
            flash(refused.text.to(actor.locale), "error")
        return redirect(f"{self._at(order)}#took", 303)

    def photos(self, order: int) -> ResponseReturnValue:
        """Keep the photos from before the work."""
        actor = self._actor()
        record = self._order(actor, order)
        form = posted_form(self._screen(actor), self.forms, BEFORE, record, request.form, request.files)
        try:
            if form.errors or not form.validate():
                raise Bad
            values = {name: form[name].data for name in BEFORE}
            self.registry.store.update(actor, "work_order", order, values, Source("form"), version_of(request.form))
        except Bad:
            return self._page(actor, order, {"photos": form}), 422
        except Refused as refused:
            return self._refused(actor, order, refused)
        return redirect(f"{self._at(order)}#photos", 303)

    def rate(self, order: int) -> ResponseReturnValue:
        """The resident's rating, given on the worker's phone."""
        actor = self._actor()
        record = self._order(actor, order)
        if record["rated_at"] is not None:
            return redirect(self._at(order), 303)
        given: dict[str, Any] = {name: id_of(request.form.get(name)) for name in ("quality", "attitude")}
        given["words"] = request.form.get("words") or None
        try:
            outcome = self.registry.act(actor, "work_order", "rate_order", (order,), given, Source("action"))
        except Invalid:
            flash(_("Please choose the stars for both questions."), "error")
            return redirect(f"{self._at(order)}#rating", 303)
        for _id, why in outcome.skipped:
            flash(why.to(actor.locale), "error")
        if outcome.done:
            flash(_("Thank you!"), "success")
        return redirect(self._at(order), 303)

    # -- parts -----------------------------------------------------------------------------------------

    def _actor(self) -> Actor:
        """Who is asking. Raises NotAllowed for those who take no orders."""
        actor = current_actor()
        self.registry.scope.require(actor, "work_order", "accept")
        return actor

    def _order(self, actor: Actor, order: int) -> Record:
        return self.registry.scope.get(actor, "work_order", order)

    def _screen(self, actor: Actor) -> Screen:
        return Screen(self.registry, self.registry.schema.entities["work_order"], actor, request.script_root)

    def _page(
        self, actor: Actor, order: int, given: dict[str, RecordForm] | None = None, problems: list[str] | None = None
    ) -> str:
        record, screen, given = self._order(actor, order), self._screen(actor), given or {}
        mine, state = record["worker"] == actor.id, record["state"]
        flow = screen.entity.workflow
        assert flow is not None
        free = record["worker"] is None
        ready = {n for n, step in flow.steps.items() if state in step.from_ and (mine or (free and n == "accept"))}
        forms = {name: given.get(name) or self._blank(screen, record, name) for name in (*ready, "photos")
                 if name in {**STEP_FIELDS, "finish": (), "photos": ()}}  # fmt: skip
        lines = self._lines(actor, order)
        return render_template(
            "desks/my_orders/order.html", order=record, mine=mine, ready=ready, forms=forms, opened=set(given),
            problems=problems or [], lines=lines, block=lambda field: field_block(screen, field, ""), finish=FINISH,
            step_fields=STEP_FIELDS, may_change=mine and state in IN_HAND, token=token_urlsafe(18),
            total=sum((one["amount"] for one in lines), 0), told=self._told(actor, record),
            files=self._files(record), may_print=self.registry.access.may(actor, "work_order", "work_order"),
            step_label=lambda name: flow.steps[name].label.to(actor.locale), **self._finding(actor),
            **self._pens(actor),
        )  # fmt: skip

    def _blank(self, screen: Screen, record: Record, name: str) -> RecordForm:
        """The form of a step as it is first shown: with what the record holds already."""
        names = {"finish": FINISH, "photos": BEFORE}.get(name) or STEP_FIELDS[name]
        fields = [replace(screen.entity.fields[field], required=field in MUST) for field in names]
        return self.forms.over(fields, screen)(screen.context, None, {field: record.get(field) for field in names})

    def _lines(self, actor: Actor, order: int) -> list[Record]:
        query = Query(conditions=(Condition("order", "equals", order),), columns=LINE, sort="id")
        return list(self.registry.scope.stream(actor, "work_line", query))

    def _finding(self, actor: Actor) -> dict[str, Any]:
        """What ``?find=`` finds in the price list."""
        words = request.args.get("find", "").strip()[:LONGEST]
        found = find_prices(self.registry, actor, words, self.registry.clock.today()) if words else []
        return {"words": words, "prices": found, "line_token": token_urlsafe(18)}

    def _told(self, actor: Actor, record: Record) -> str:
        """What the resident told when calling, where the reader may see the request."""
        found = self.registry.scope.records(actor, "service_request", [record["request"]], ("details",))
        return str(found[0]["details"] or "") if found else ""

    def _files(self, record: Record) -> dict[str, list[tuple[str, str]]]:
        """(address, name) of the pictures of an order, by field."""
        names = ("before", "after", "signature")
        keys = [key for name in names for key in record.get(name) or ()]
        known = {file.key: file.name for file in self.registry.files.named("work_order", keys)}
        root = f"{request.script_root}/work_order/files/?id={record.id}&show=1&key="
        return {n: [(root + key, known[key]) for key in record.get(n) or () if key in known] for n in names}

    def _remove(self, actor: Actor, order: int, line: int) -> None:
        found = self.registry.scope.records(actor, "work_line", [line], ("order",))
        if found and found[0]["order"] == order:
            self.registry.store.delete(actor, "work_line", line, Source("form"))

    def _loose(self, form: RecordForm, wrong: Invalid) -> list[str]:
        return form.refuse(wrong.problems)

    def _refused(self, actor: Actor, order: int, refused: Refused) -> ResponseReturnValue:
        """Back to the order as it is now, with the sentence; a version that moved on is said as such."""
        words = refused.text
        if isinstance(refused, Stale):
            words = Text("这张单刚刚有变动，请看一下再办。", "The order has just changed; look at it, then go on.")
        flash(words.to(actor.locale), "error")
        visible = self.registry.scope.visible_ids(actor, "work_order", [order])
        return redirect(self._at(order) if visible else f"{request.script_root}/my-orders/", 303)

    def _pens(self, actor: Actor) -> dict[str, Any]:
        screen, zone = self._screen(actor), self.registry.clock.zone
        today = self.registry.clock.today()

        def at(moment: datetime | None) -> str:
            if moment is None:
                return ""
            local = moment.astimezone(zone)
            return f"{local:%H:%M}" if local.date() == today else f"{local:%m-%d %H:%M}"

        def choice(name: str, code: str | None) -> tuple[str, str]:
            known = getattr(screen.entity.fields[name].type, "choices", {}).get(code)
            return (known.label.to(actor.locale), known.color) if known else ("", "grey")

        def light(record: Record) -> Markup:
            field = screen.entity.fields["due_light"]
            return Markup(full_cell(screen, field, RowWords("", _("Yes"), _("No"), ""))(record))  # noqa: S704 - escaped

        return {"at": at, "choice": choice, "light": light, "tel": _tel, "money": _money, "me": actor.id}

    def _at(self, order: int) -> str:
        return f"{request.script_root}/my-orders/{order}/"


def _money(amount: Any) -> str:
    return "" if amount is None else f"{amount:,.2f}"


def _tel(phone: Any) -> str:
    """The number as a link dials it; '' for none, or a masked one."""
    text = str(phone or "")
    return "" if "*" in text else "".join(sign for sign in text if sign.isdigit() or sign == "+")
