"""The form of the till: which bills are ticked, how it is paid; what was left blank follows from the rest (F5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from admin_views.ids import id_of
from models.errors import Refused
from office.till.household import Household, Line
from office.till.receipts import ZERO, Method
from office.till.taking import refuse_elsewhere
from schema.text import BadValue, Text
from schema.types.base import Context

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from models.registry import Registry

LONGEST = 200
TOKEN = re.compile(r"[\w-]{1,64}", re.ASCII)
BAD_AMOUNT = Text("“{label}”：{why}", "{label}: {why}")
AMOUNT, SECOND, TENDERED = (
    Text("金额", "Amount"),
    Text("第二种方式的金额", "Second amount"),
    Text("实收现金", "Cash handed in"),
)


@dataclass(slots=True)
class TillForm:
    """What the cashier filled in, as it was sent; ``ticked`` None is all bills."""

    token: str
    ticked: frozenset[int] | None = None
    seen: dict[int, Decimal] = field(default_factory=dict)
    method: str = "cash"
    principal_only: bool = False
    use_credit: bool = False
    amount: str = ""
    reference: str = ""
    method2: str = ""
    amount2: str = ""
    reference2: str = ""
    tendered: str = ""
    payer: str = ""
    payer_name: str = ""
    remark: str = ""

    def is_ticked(self, line: Line) -> bool:
        return self.ticked is None or line.owed.bill in self.ticked


@dataclass(frozen=True, slots=True)
class Payment:
    """What is taken: the arguments of ``take_payment`` that the form decides."""

    chosen: tuple[int, ...]
    methods: tuple[Method, ...]
    use_credit: Decimal
    tendered: Decimal | None


TEXTS = ("amount", "reference", "method2", "amount2", "reference2", "tendered", "payer", "payer_name", "remark")


def read_form(given: MultiDict[str, str]) -> TillForm:
    """The form as it was sent; ids and sums that are none are left out."""
    seen = {}
    for name, value in given.items():
        if name.startswith("seen-") and (bill := id_of(name[5:])) is not None:
            seen[bill] = _plain(value)
    return TillForm(
        token=token_of(given),
        ticked=frozenset(id for id in map(id_of, given.getlist("bill")) if id is not None),
        seen=seen,
        method=given.get("method", "cash"),
        principal_only="principal_only" in given,
        use_credit="use_credit" in given,
        **{name: given.get(name, "").strip()[:LONGEST] for name in TEXTS},
    )


def token_of(given: MultiDict[str, str]) -> str:
    """The token of a form; '' for none, and for what the page never gave out."""
    token = given.get("token", "")
    return token if TOKEN.fullmatch(token) else ""


def payment_of(registry: Registry, form: TillForm, shown: Household, context: Context) -> Payment:
    """The payment that a form means for a household; a blank amount is what is left of the ticked bills.

    Raises Refused for an amount that is no number.
    """
    lines = [line for line in shown.lines if form.is_ticked(line)]
    due = sum((_of(line, form.principal_only) for line in lines), ZERO)
    credit = min(shown.credit, due) if form.use_credit else ZERO
    first = amount_of(registry, form.amount, AMOUNT, context)
    second = amount_of(registry, form.amount2, SECOND, context) if form.method2 else ZERO
    left = due - credit
    if first is None:
        first = max(left - (second or ZERO), ZERO)
    if second is None:
        second = max(left - first, ZERO)
    methods = [Method(form.method, first, form.reference or None)]
    if form.method2 and second:
        methods.append(Method(form.method2, second, form.reference2 or None))
    if not first and (credit or len(methods) > 1):
        methods = methods[1:]
    refuse_elsewhere(methods)
    chosen = tuple(sorted(form.ticked or ()))
    return Payment(chosen, tuple(methods), credit, amount_of(registry, form.tendered, TENDERED, context))


def seen_of(form: TillForm) -> Mapping[int, Decimal]:
    """What the cashier saw owed of the bills that are ticked."""
    return {bill: amount for bill, amount in form.seen.items() if form.ticked is None or bill in form.ticked}


def _of(line: Line, principal_only: bool) -> Decimal:
    return line.owed.principal if principal_only else line.owed.total


def amount_of(registry: Registry, text: str, label: Text, context: Context) -> Decimal | None:
    """The yuan that were typed; None for a blank. Raises Refused for what is no amount, naming the field."""
    if not text:
        return None
    money: Any = registry.schema.entities["payment"].fields["amount"].type
    try:
        found: Decimal = money.parse(text, context)
    except BadValue as wrong:
        raise Refused(BAD_AMOUNT.with_(label=label, why=wrong.text)) from wrong
    return found


def _plain(text: str) -> Decimal:
    """The sum in a hidden field, which nobody types; -1 for what no sum can be."""
    digits = text.replace(".", "", 1)
    return Decimal(text) if digits.isascii() and digits.isdigit() and len(text) < 20 else Decimal(-1)
