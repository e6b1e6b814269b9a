"""The late fee follows from facts: days × rate × what was unpaid that day (domain F6)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from models.actor import SYSTEM
from models.errors import Invalid, Refused
from office.billing.late_fee import late_fees
from office.billing.late_fee_days import LateFee, Rule, late_fee

D = Decimal
DUE = date(2026, 7, 31)


def day_by_day(
    principal: Decimal, payments: list[tuple[date, Decimal]], starts_from: date | None, rule: Rule, on: date
) -> Decimal:
    """The plain reference: every day that is over, the principal that was unpaid on it, a day's rate of that."""
    if starts_from is None or on <= starts_from + timedelta(days=rule.grace_days):
        return D("0.00")
    grace_ends, total, day = starts_from + timedelta(days=rule.grace_days), D(0), starts_from + timedelta(days=1)
    while day < on:
        paid = sum((amount for paid_on, amount in payments if paid_on <= max(day, grace_ends)), D(0))
        total += max(D(0), principal - paid) * rule.daily_rate / 100
        day += timedelta(days=1)
    if rule.cap_percent is not None:
        total = min(total, principal * rule.cap_percent / 100)
    return total.quantize(D("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("rule", "payments", "on", "amount", "days"),
    [
        # due on 31 July: the 1st of August is the first day late, and is charged once it is over
        (Rule(D("0.05")), [], "2026-07-31", "0.00", 0),
        (Rule(D("0.05")), [], "2026-08-01", "0.00", 0),
        (Rule(D("0.05")), [], "2026-08-02", "0.50", 1),
        (Rule(D("0.05")), [], "2026-08-11", "5.00", 10),
        # a part payment lowers the principal from its day on
        (Rule(D("0.05")), [("2026-08-11", "400.00")], "2026-08-21", "8.00", 20),
        (Rule(D("0.05")), [("2026-08-11", "1000.00")], "2027-08-21", "5.00", 10),
        # paid before or on the due date: nothing is late
        (Rule(D("0.05")), [("2026-07-31", "1000.00")], "2027-08-21", "0.00", 0),
        # grace excuses only what is paid within it
        (Rule(D("0.05"), 10), [], "2026-08-10", "0.00", 0),
        (Rule(D("0.05"), 10), [], "2026-08-11", "5.00", 10),
        (Rule(D("0.05"), 10), [("2026-08-10", "600.00")], "2026-08-11", "2.00", 10),
        (Rule(D("0.05"), 10), [("2026-08-10", "1000.00")], "2026-09-30", "0.00", 0),
        (Rule(D("0.05"), 10), [("2026-08-11", "1000.00")], "2026-09-30", "5.00", 10),
        # the cap
        (Rule(D("0.3"), cap_percent=D(2)), [], "2026-08-06", "15.00", 5),
        (Rule(D("0.3"), cap_percent=D(2)), [], "2026-09-30", "20.00", 60),
        # a reversal raises it again from its day on
        (Rule(D("0.05")), [("2026-08-06", "1000.00"), ("2026-08-16", "-1000.00")], "2026-08-21", "5.00", 10),
        # half a fen is rounded up, once
        (Rule(D("0.0005")), [], "2026-08-02", "0.01", 1),
        (Rule(D("0.0004")), [], "2026-08-02", "0.00", 1),
    ],
)
def test_table(rule: Rule, payments: list[tuple[str, str]], on: str, amount: str, days: int) -> None:
    dated = [(date.fromisoformat(day), D(paid)) for day, paid in payments]
    found = late_fee(D("1000.00"), dated, DUE, rule, date.fromisoformat(on))
    assert (str(found.amount), found.days) == (amount, days)
    assert found.amount == day_by_day(D("1000.00"), dated, DUE, rule, date.fromisoformat(on))


def test_without_a_rule_or_a_final_notice_there_is_none() -> None:
    assert late_fee(D(1000), [], DUE, None, date(2027, 1, 1)).amount == 0
    rule = Rule(D("0.05"), late_from="final_notice")
    assert rule.counts_from(DUE, None) is None
    assert late_fee(D(1000), [], rule.counts_from(DUE, None), rule, date(2027, 1, 1)).amount == 0
    assert rule.counts_from(DUE, date(2026, 9, 1)) == date(2026, 9, 1)
    assert rule.counts_from(date(2026, 9, 30), date(2026, 9, 1)) == date(2026, 9, 30), "not before it was due"


def test_the_working_is_said() -> None:
    found = late_fee(
        D("1000.00"), [(date(2026, 8, 11), D(400))], DUE, Rule(D("0.0500"), cap_percent=D("0.5")), date(2026, 8, 21)
    )
    assert found.said.to("zh") == "1,000.00 × 10 天 × 0.05% + 600.00 × 10 天 × 0.05%，按本金封顶 5.00"
    assert (
        found.said.to("en") == "1,000.00 × 10 days × 0.05% + 600.00 × 10 days × 0.05%, capped at 5.00 of the principal"
    )
    assert LateFee(0, (), None, None, 0).said.to("en") == "no late fee"


money_amounts = some.integers(1, 5_000_00).map(lambda fen: D(fen).scaleb(-2))
days = some.integers(-20, 90).map(lambda n: DUE + timedelta(days=n))


@given(
    principal=money_amounts,
    events=some.lists(some.tuples(days, money_amounts, some.booleans()), max_size=6),
    rate=some.integers(0, 3000).map(lambda n: D(n).scaleb(-4)),
    grace=some.integers(0, 30),
    cap=some.none() | some.integers(0, 3000).map(lambda n: D(n).scaleb(-2)),
    on=days,
)
def test_it_equals_a_plain_count_day_by_day(
    principal: Decimal,
    events: list[tuple[date, Decimal, bool]],
    rate: Decimal,
    grace: int,
    cap: Decimal | None,
    on: date,
) -> None:
    paid, payments = D(0), []
    for day, amount, is_reversal in sorted(events):
        amount = -min(amount, paid) if is_reversal else min(amount, principal - paid)
        paid += amount
        payments.append((day, amount))
    rule = Rule(rate, grace, cap)
    assert late_fee(principal, payments, DUE, rule, on).amount == day_by_day(principal, payments, DUE, rule, on)


# -- in the books ----------------------------------------------------------------------------------


def fee(money: Any, bill: int, on: str, who: str = "") -> LateFee:
    actor = money.people[who] if who else SYSTEM
    return late_fees(money.registry, actor, [bill], date.fromisoformat(on))[bill]


@pytest.mark.both_engines
def test_of_bills(money: Any) -> None:
    unit = money.unit("101")
    money.late_fee_rule("物业费", "0.05")
    bill = money.bill(unit, amount="1000.00", due_on="2026-07-31")
    receipt = money.pay(bill, "400.00", "2026-08-11", late_fee="3.00")
    money.waive(bill, "100.00", on="2026-08-21")
    money.waive(bill, "1.00", "late_fee", on="2026-08-21")
    found = fee(money, bill, "2026-08-31")
    assert [(str(p.amount), p.days) for p in found.pieces] == [("1000.00", 10), ("600.00", 10), ("500.00", 10)]
    assert [str(x) for x in (found.amount, found.paid, found.waived, found.owed)] == ["10.50", "3.00", "1.00", "6.50"]
    money.reverse(receipt, "2026-08-31")
    found = fee(money, bill, "2026-09-02")
    assert [(str(p.amount), p.days) for p in found.pieces][-1] == ("900.00", 2)
    assert [str(x) for x in (found.amount, found.paid, found.owed)] == ["11.40", "0.00", "10.40"]


def test_what_is_paid_today_is_what_was_asked_for_today(money: Any) -> None:
    money.late_fee_rule("物业费", "0.05")
    bill = money.bill(money.unit("101"), amount="1000.00", due_on="2026-07-31")
    asked = fee(money, bill, "2026-08-11").owed
    money.pay(bill, "1000.00", "2026-08-11", late_fee=str(asked))
    for on in ("2026-08-11", "2026-08-12", "2027-01-01"):
        assert (fee(money, bill, on).amount, fee(money, bill, on).owed) == (asked, 0)


def test_the_rule_is_the_one_in_force_when_the_bill_was_due(money: Any) -> None:
    money.late_fee_rule("物业费", "0.05")
    money.late_fee_rule("物业费", "0.10", since="2026-08-01")
    unit = money.unit("101")
    old = money.bill(unit, amount="1000.00", due_on="2026-07-31")
    new = money.bill(unit, period="2026Q4", amount="1000.00", due_on="2026-08-01")
    water = money.bill(unit, "水费", "2026-07", amount="1000.00", due_on="2026-08-01")
    found = late_fees(money.registry, SYSTEM, [old, new, water], date(2026, 8, 12))
    assert [str(found[one].amount) for one in (old, new, water)] == ["5.50", "10.00", "0.00"]


def test_it_counts_from_the_final_notice_where_the_rule_says_so(money: Any) -> None:
    money.late_fee_rule("物业费", "0.05", late_from="final_notice")
    bill = money.bill(money.unit("101"), amount="1000.00", due_on="2026-07-31")
    assert fee(money, bill, "2026-10-05").amount == 0
    money.set("bill", bill, noticed_until=date(2026, 9, 24))
    assert fee(money, bill, "2026-10-05").amount == D("5.00")


@pytest.mark.parametrize("state", ["draft", "void"])
def test_only_published_bills_bear_one(money: Any, state: str) -> None:
    money.late_fee_rule("物业费", "0.05")
    bill = money.bill(money.unit("101"), due_on="2026-07-31", state=state)
    assert fee(money, bill, "2026-10-05").amount == 0


def test_a_steward_gets_those_of_the_own_buildings(money: Any) -> None:
    bills = [money.bill(money.unit("101", building=number), due_on="2026-07-31") for number in ("1", "2")]
    assert set(late_fees(money.registry, money.people["steward1"], bills, date(2026, 10, 5))) == {bills[0]}


# -- waivers ---------------------------------------------------------------------------------------


def asked_for(money: Any, bill: int, amount: str, kind: str = "late_fee") -> int:
    """A waiver that the cashier asks for."""
    return int(money.make("waiver", bill=bill, kind=kind, amount=D(amount), reason="goodwill", explanation="协商"))


def test_an_approval_cannot_exceed_the_late_fee_owed_then(money: Any) -> None:
    money.late_fee_rule("物业费", "0.05")
    bill = money.bill(money.unit("101"), amount="1000.00", due_on="2026-09-25")
    waiver = asked_for(money, bill, "4.51")
    with pytest.raises(Invalid, match=r"exceeds the late fee owed now, 4\.50; 1,000\.00 × 9 days × 0\.05%"):
        money.step("billing", "waiver", "approve", waiver)
    money.on("2026-10-06")
    money.step("billing", "waiver", "approve", waiver)
    assert fee(money, bill, "2026-10-06").owed == D("0.49")
    with pytest.raises(Invalid, match=r"owed now, 0\.49"):
        money.step("billing", "waiver", "approve", asked_for(money, bill, "0.50"))


def test_an_approval_cannot_exceed_the_principal_owed_then(money: Any) -> None:
    bill = money.bill(money.unit("101"), amount="100.00")
    first, second = asked_for(money, bill, "60.00", "principal"), asked_for(money, bill, "60.00", "principal")
    money.step("billing", "waiver", "approve", first)
    with pytest.raises(Refused, match="exceeds what is owed now"):
        money.step("billing", "waiver", "approve", second)
    assert str(money.get("bill", bill)["owed"]) == "40.00"


def test_a_closed_month_takes_no_approval_and_no_revoking(money: Any) -> None:
    bill = money.bill(money.unit("101"), amount="100.00")
    approved, waiting = asked_for(money, bill, "10.00", "principal"), asked_for(money, bill, "10.00", "principal")
    money.step("billing", "waiver", "approve", approved)
    money.make("month_close", month="2026-10", state="closed")
    with pytest.raises(Invalid, match="2026-10 is closed"):
        money.step("billing", "waiver", "approve", waiting)
    money.on("2026-11-02")
    with pytest.raises(Invalid, match="2026-10 is closed"):
        money.step("billing", "waiver", "revoke", approved, comment="误批")
    money.step("billing", "waiver", "approve", waiting)
