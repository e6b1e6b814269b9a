"""The late fee of one bill, worked out from its principal, payments, rate, grace and cap (F6).

A day counts once it is over: whoever pays on a day bears nothing for that day, so that what is asked for at the till
today is what will be found to have been due when it is worked out again later.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from schema.text import Text

DAY = timedelta(days=1)
ZERO = Decimal("0.00")
PARTS = 1_000_000
"""A daily rate has four decimals and is a percentage: fen × days × rate counts in millionths of a fen."""

WORKED = Text("{principal} × {days} 天 × {rate}%", "{principal} × {days} days × {rate}%")
CAPPED = Text("{working}，按本金封顶 {amount}", "{working}, capped at {amount} of the principal")
SUMMED = Text("{working} = {amount}", "{working} = {amount}")
NOTHING = Text("没有违约金", "no late fee")


@dataclass(frozen=True, slots=True)
class Rule:
    """A late-fee standard: percent a day, days of grace, cap in percent of the principal (None is no cap).

    ``late_from`` is 'due' or 'final_notice': whether days count from the due date or the final notice's deadline.
    """

    daily_rate: Decimal
    grace_days: int = 0
    cap_percent: Decimal | None = None
    late_from: str = "due"

    def counts_from(self, due_on: date, noticed_until: date | None) -> date | None:
        """The last day on which nothing is late yet; None while the final notice that it takes has not gone out."""
        return due_on if self.late_from == "due" else noticed_until


@dataclass(frozen=True, slots=True)
class Piece:
    """Unpaid principal that stayed the same from ``starts_on`` to ``ends_on``, both included."""

    amount: Decimal
    starts_on: date
    ends_on: date
    days: int


@dataclass(frozen=True, slots=True)
class LateFee:
    """What a bill bears for being late up to a day, in yuan; ``rate`` in percent a day.

    ``amount`` is what has accrued, capped and rounded half-up once; ``paid`` and ``waived`` are of the late fee.
    """

    days: int
    rate: Decimal
    pieces: tuple[Piece, ...]
    amount: Decimal
    paid: Decimal = ZERO
    waived: Decimal = ZERO
    capped: bool = False

    @property
    def owed(self) -> Decimal:
        """What of it is neither paid nor waived."""
        return max(ZERO, self.amount - self.paid - self.waived)

    @property
    def said(self) -> Text:
        """The working: principal × days × rate, piece by piece."""
        if not self.pieces:
            return NOTHING
        parts = [WORKED.with_(principal=f"{p.amount:,.2f}", days=p.days, rate=plain(self.rate)) for p in self.pieces]
        working = Text(" + ".join(p.to("zh") for p in parts), " + ".join(p.to("en") for p in parts))
        return (CAPPED if self.capped else SUMMED).with_(working=working, amount=f"{self.amount:,.2f}")


def late_fee(
    principal: Decimal, payments: Iterable[tuple[date, Decimal]], starts_from: date | None, rule: Rule | None, on: date,
    paid: Decimal = ZERO, waived: Decimal = ZERO,
) -> LateFee:  # fmt: skip
    """The late fee of one bill on the day ``on``, counted over the days before it. Source: domain F6.

    ``payments`` are (day, yuan of the principal), waivers among them, reversals negative. ``starts_from`` is the last
    day on which nothing is late (``Rule.counts_from``). What is paid within the grace days counts as paid in time.
    """
    if rule is None or starts_from is None:
        return LateFee(0, ZERO, (), ZERO, paid, waived)
    grace_ends = starts_from + timedelta(days=rule.grace_days)
    if on <= grace_ends:
        return LateFee(0, rule.daily_rate, (), ZERO, paid, waived)
    pieces = tuple(_pieces(principal, sorted(payments), starts_from + DAY, grace_ends, on))
    amount, capped = _accrued(principal, pieces, rule)
    return LateFee(sum(p.days for p in pieces), rule.daily_rate, pieces, amount, paid, waived, capped)


def _pieces(
    principal: Decimal, payments: list[tuple[date, Decimal]], first: date, grace_ends: date, on: date
) -> Iterable[Piece]:
    """The unpaid principal of each day from ``first`` to the day before ``on``, equal days together."""
    unpaid = principal - sum((amount for day, amount in payments if day <= grace_ends), ZERO)
    later = [(day, amount) for day, amount in payments if grace_ends < day < on]
    for day, amount in [*later, (on, ZERO)]:
        if day > first:
            if unpaid > 0:
                yield Piece(unpaid, first, day - DAY, (day - first).days)
            first = day
        unpaid -= amount


def _accrued(principal: Decimal, pieces: Iterable[Piece], rule: Rule) -> tuple[Decimal, bool]:
    """Σ principal × days × rate, capped, rounded half-up once; and whether the cap was reached."""
    accrued = sum(_fen(p.amount) * p.days for p in pieces) * int(rule.daily_rate.scaleb(4))
    if rule.cap_percent is None:
        return _yuan(accrued), False
    cap = _fen(principal) * int(rule.cap_percent.scaleb(4))
    return _yuan(min(accrued, cap)), accrued > cap


def _fen(amount: Decimal) -> int:
    return int(amount.scaleb(2))


def _yuan(parts: int) -> Decimal:
    """Millionths of a fen as yuan, rounded half-up to the fen."""
    return Decimal((2 * parts + PARTS) // (2 * PARTS)).scaleb(-2)


def plain(number: Decimal) -> str:
    """A number without the zeros behind it: 0.0500 is 0.05."""
    words = f"{number:f}"
    return words.rstrip("0").rstrip(".") if "." in words else words
