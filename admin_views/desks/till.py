"""`/till/`: find the household, take the money, print the receipt; made for the keyboard and a queue of people (F5)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from admin_views.desks.till_form import AMOUNT, TENDERED, TillForm, amount_of, payment_of, read_form, seen_of, token_of
from admin_views.ids import id_of
from admin_views.navigation import Extra, Link
from admin_views.shell import current_actor
from models.actor import Actor
from models.errors import NotFound, Refused
from models.query import Condition, Query
from office.till.deposits import take_deposit
from office.till.household import Found, Household, find_households, household, moment, settled_with, taken_today
from office.till.receipts import ZERO, Method, by_token
from office.till.taking import AT_THE_TILL, ChangedMeanwhile, owed_by, refuse_elsewhere, take_payment
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

NEEDS = ("unit", "occupancy", "resident", "bill", "receipt", "payment", "allocation", "deposit", "till_day")
"""The entities without which there is no such page."""
LINK = Link("till", Text("收银台", "Till"), "calculator", "/till/")
LONGEST = 100
HELD = ("number", "kind", "amount")
PAID = ("method", "amount", "credit")
ICONS = {"cash": "money", "wechat": "weixin", "alipay": "qrcode", "card": "credit-card", "transfer": "exchange"}


def till_desk(registry: Registry) -> Blueprint:
    """The search, the household, and the receipt that was made."""
    pages = Blueprint("till-desk", __name__, url_prefix="/till")
    views = Till(registry)
    pages.add_url_rule("/", "search", views.search)
    pages.add_url_rule("/<int:unit>/", "household", views.show)
    pages.add_url_rule("/<int:unit>/", "take", views.take, methods=("POST",))
    pages.add_url_rule("/<int:unit>/deposit/", "deposit", views.deposit, methods=("POST",))
    pages.add_url_rule("/receipts/<int:receipt>/", "receipt", views.receipt)
    return pages


def till_link(registry: Registry) -> Extra:
    """The page's place in the sidebar, for those who take payments."""
    return Extra("till", LINK, lambda actor: registry.access.may(actor, "unit", "take_payment"), leads=True)


class Till:
    """The pages of one office."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def search(self) -> ResponseReturnValue:
        """The households that ``?q=`` finds; the only one is opened at once. A script asks for the list alone."""
        actor = self._actor()
        words = request.args.get("q", "").strip()[:LONGEST]
        found = find_households(self.registry, actor, words)
        if "X-Part" in request.headers:
            part = render_template("desks/till/found.html", found=found, words=words, money=_money, part=True)
            return part, 200, {"X-Part": "1", "Vary": "X-Part"}
        if len(found) == 1:
            return redirect(self._at(found[0].unit))
        return self._search_page(actor, words, found)

    def show(self, unit: int) -> ResponseReturnValue:
        """A household, with all bills ticked."""
        actor = self._actor()
        shown = household(self.registry, actor, unit, self._today)
        return self._household_page(actor, shown, TillForm(token=token_urlsafe(18)))

    def take(self, unit: int) -> ResponseReturnValue:
        """Take the payment of the form; where that is refused, the form again with what is owed now."""
        actor, form = self._actor(), read_form(request.form)
        shown = household(self.registry, actor, unit, self._today)
        try:
            if form.token and (before := by_token(self.registry, form.token, unit)):
                flash(_("This form was sent before: it is the same receipt, and nothing more was taken."), "warning")
                return redirect(self._receipt_at(before), 303)
            receipt = self._take(actor, shown, form)
        except ChangedMeanwhile as changed:
            now = household(self.registry, actor, unit, self._today)
            fresh = replace(form, amount="", amount2="", tendered="")
            return self._household_page(actor, now, fresh, changed.text), 409
        except NotFound:
            raise
        except Refused as refused:
            return self._household_page(actor, shown, form, refused.text), 422
        return redirect(self._receipt_at(receipt), 303)

    def deposit(self, unit: int) -> ResponseReturnValue:
        """Take a deposit; where that is refused, the household again with the sentence."""
        actor, given = self._actor(), request.form
        context = self.registry.scope.context(actor)
        try:
            amount = amount_of(self.registry, given.get("amount", "").strip(), AMOUNT, context)
            money = Method(given.get("method", ""), amount or ZERO, given.get("reference", "").strip() or None)
            refuse_elsewhere([money])
            other = given.get("payer_name", "").strip() or None
            payer = None if other else household(self.registry, actor, unit, self._today).payer
            receipt = take_deposit(
                self.registry, actor, self.registry.clock.now(), unit, given.get("kind", ""), money,
                tendered=amount_of(self.registry, given.get("tendered", "").strip(), TENDERED, context),
                payer=payer, payer_name=other, token=token_of(given) or None,
            )  # fmt: skip
        except NotFound:
            raise
        except Refused as refused:
            flash(refused.text.to(actor.locale), "error")
            return redirect(self._at(unit), 303)
        return redirect(self._receipt_at(receipt), 303)

    def receipt(self, receipt: int) -> ResponseReturnValue:
        """What was taken, what is given back, what it settled, and the way to print it and to the next one."""
        actor = self._actor()
        record = self.registry.scope.get(actor, "receipt", receipt)
        paid = Query(conditions=(Condition("receipt", "equals", receipt),), columns=PAID, sort="id")
        payments = list(self.registry.scope.stream(actor, "payment", paid))
        unit, held = record["unit"], Query(conditions=(Condition("receipt", "equals", receipt),), columns=HELD)
        owed = owed_by(self.registry, actor, unit, self._today) if unit else []
        left, credit = sum((one.total for one in owed), ZERO), sum((one["credit"] for one in payments), ZERO)
        return render_template(
            "desks/till/receipt.html", receipt=record, payments=payments, method=self._method,
            settled=settled_with(self.registry, actor, receipt), kind=self._label("receipt", "kind"),
            credit=credit, left=left, deposits=self.registry.scope.page(actor, "deposit", held).rows,
            deposit_kind=self._label("deposit", "kind"),
            unit=unit, money=_money, at=self._moment, may_print=self.registry.access.may(actor, "receipt", "receipt"),
            may_ask=self.registry.access.may(actor, "receipt", "request_reversal"), day=self._day(actor),
        )  # fmt: skip

    # -- parts -----------------------------------------------------------------------------------------

    @property
    def _today(self) -> Any:
        return self.registry.clock.today()

    def _actor(self) -> Actor:
        """Who is asking. Raises NotAllowed for those who take no payments."""
        actor = current_actor()
        self.registry.scope.require(actor, "unit", "take_payment")
        return actor

    def _take(self, actor: Actor, shown: Household, form: TillForm) -> int:
        payment = payment_of(self.registry, form, shown, self.registry.scope.context(actor))
        people = {str(person.id) for person in shown.people} | {str(shown.payer)}
        return take_payment(
            self.registry, actor, self.registry.clock.now(), shown.unit.id, payment.methods,
            seen=seen_of(form), chosen=payment.chosen, principal_only=form.principal_only,
            use_credit=payment.use_credit, tendered=payment.tendered, token=form.token or None,
            payer=id_of(form.payer) if form.payer in people else None,
            payer_name=form.payer_name or None, remark=form.remark or None,
        )  # fmt: skip

    def _search_page(self, actor: Actor, words: str, found: list[Found]) -> str:
        return render_template(
            "desks/till/search.html", words=words, found=found, money=_money, day=self._day(actor),
            latest=self._latest(actor), at=self._moment,
        )  # fmt: skip

    def _household_page(self, actor: Actor, shown: Household, form: TillForm, refused: Text | None = None) -> str:
        methods = [(code, self._method(code), ICONS[code]) for code in AT_THE_TILL]
        may = self.registry.access.may
        return render_template(
            "desks/till/household.html", house=shown, form=form, refused=refused, methods=methods, money=_money,
            at=self._moment, day=self._day(actor), today=self._today, state=self._label("unit", "state"),
            deposit_kind=self._label("deposit", "kind"), deposit_kinds=self._codes("deposit", "kind"),
            receipt_kind=self._label("receipt", "kind"),
            receipt_state=self._label("receipt", "state"), may_deposit=may(actor, "unit", "take_deposit"),
            may_refund=may(actor, "unit", "refund_credit"), fee=_fee_words,
        )  # fmt: skip

    def _latest(self, actor: Actor) -> list[Record]:
        """The last receipts of this cashier."""
        mine = (Condition("cashier", "equals", actor.id),)
        columns = ("number", "unit", "payer", "payer_name", "amount", "taken_at", "state", "kind")
        return list(
            self.registry.scope.page(actor, "receipt", Query(conditions=mine, size=8, sort="-id", columns=columns)).rows
        )

    def _day(self, actor: Actor) -> Record | None:
        return taken_today(self.registry, actor, self._today)

    def _moment(self, at: Any) -> str:
        return moment(at, self.registry.clock.zone, self._today) if at else ""

    def _method(self, code: str) -> str:
        words: str = self._label("payment", "method")(code)[0]
        return words

    def _label(self, entity: str, name: str) -> Any:
        """Words and colour of a choice, by its code."""
        choices = getattr(self.registry.schema.entities[entity].fields[name].type, "choices", {})
        locale = current_actor().locale

        def label(code: str | None) -> tuple[str, str]:
            choice = choices.get(code)
            return (choice.label.to(locale), choice.color) if choice else ("", "grey")

        return label

    def _codes(self, entity: str, name: str) -> list[str]:
        return list(getattr(self.registry.schema.entities[entity].fields[name].type, "choices", {}))

    def _at(self, unit: int) -> str:
        return f"{request.script_root}/till/{unit}/"

    def _receipt_at(self, receipt: int) -> str:
        return f"{request.script_root}/till/receipts/{receipt}/"


def _money(amount: Decimal | None) -> str:
    """An amount as the till shows it: 1,234.50."""
    return "" if amount is None else f"{amount:,.2f}"


def _fee_words(days: int) -> str:
    """How late a bill is."""
    if days == 1:
        return str(_("1 day late"))
    if days > 1:
        return str(_("%(days)s days late", days=days))
    return str(_("due today") if days == 0 else _("not due yet"))
