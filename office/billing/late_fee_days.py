"""The late fee of one bill, worked out from its principal, payments, rate, grace and cap (F6).

A day counts once it is over: whoever pays on a day bears nothing for that day, so that what is asked for at the till
today is what will be found to have been due when it is worked out again later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from schema.text import Text

ZERO = Decimal("0.00")
PARTS = 1_000_000
"""A daily rate has four decimals and is a percentage: fen × days × rate counts in millionths of a fen."""

Event = tuple[int, int]
"""Principal paid, waived or (negative) reversed: the day as an ordinal, and fen."""

WORKED = Text("{principal} × {days} 天 × {rate}%", "{principal} × {days} days × {rate}%")
CAPPED = Text("{working}，按本金封顶 {amount}", "{working}, capped at {amount} of the principal")
SUMMED = Text("{working} = {amount}", "{working} = {amount}")
NOTHING = Text("没有违约金", "no late fee")


@dataclass(frozen=True)
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
        if self.late_from == "due":
            return due_on
        return None if noticed_until is None else max(due_on, noticed_until)

    @cached_property
    def rate_parts(self) -> int:
        """The daily rate in millionths."""
        return int(self.daily_rate.scaleb(4))

    @cached_property
    def cap_parts(self) -> int | None:
        """The cap in millionths of the principal."""
        return None if self.cap_percent is None else int(self.cap_percent.scaleb(4))


@dataclass(frozen=True, slots=True)
class Piece:
    """Unpaid principal that stayed the same from ``starts_on`` to ``ends_on``, both included."""

    amount: Decimal
    starts_on: date
    ends_on: date
    days: int


class LateFee:
    """What a bill bears for being late up to a day, in yuan. Source: domain F6.

    It keeps the facts as whole fen and day numbers and works out what is asked of it, so that a million of them cost
    little. ``paid`` and ``waived`` are of the late fee itself.
    """

    __slots__ = ("_events", "_on", "_paid", "_principal", "_rule", "_starts_from", "_waived")

    def __init__(
        self, principal: int, events: Sequence[Event], starts_from: int | None, rule: Rule | None, on: int,
        paid: int = 0, waived: int = 0,
    ) -> None:  # fmt: skip
        """Amounts in fen, days as ordinals; ``events`` are (day, fen of the principal), in any order."""
        self._principal, self._events, self._starts_from, self._rule = principal, events, starts_from, rule
        self._on, self._paid, self._waived = on, paid, waived

    @property
    def fen(self) -> int:
        """What has accrued, capped and rounded half-up once, in fen."""
        rule, first = self._rule, self._starts_from
        if rule is None or first is None or self._on <= first + rule.grace_days:
            return 0
        if self._events:
            accrued = sum(unpaid * (until - since) for unpaid, since, until in self._stretches()) * rule.rate_parts
        else:
            accrued = self._principal * (self._on - first - 1) * rule.rate_parts
        if rule.cap_parts is not None:
            accrued = min(accrued, self._principal * rule.cap_parts)
        return (2 * accrued + PARTS) // (2 * PARTS)

    @property
    def amount(self) -> Decimal:
        """What has accrued, capped and rounded half-up once."""
        return _yuan(self.fen)

    @property
    def paid(self) -> Decimal:
        return _yuan(self._paid)

    @property
    def waived(self) -> Decimal:
        return _yuan(self._waived)

    @property
    def owed(self) -> Decimal:
        """What of it is neither paid nor waived."""
        return _yuan(max(0, self.fen - self._paid - self._waived))

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The principal that was unpaid, and from when to when."""
        return tuple(
            Piece(_yuan(unpaid), date.fromordinal(since), date.fromordinal(until - 1), until - since)
            for unpaid, since, until in self._stretches()
        )

    @property
    def days(self) -> int:
        """The days on which something was late."""
        return sum(until - since for _, since, until in self._stretches())

    @property
    def rate(self) -> Decimal:
        """Percent a day; 0 without a rule."""
        return self._rule.daily_rate if self._rule else ZERO

    @property
    def capped(self) -> bool:
        """Whether the cap was reached."""
        if self._rule is None or self._rule.cap_parts is None:
            return False
        accrued = sum(unpaid * (until - since) for unpaid, since, until in self._stretches())
        return accrued * self._rule.rate_parts > self._principal * self._rule.cap_parts

    @property
    def said(self) -> Text:
        """The working: principal × days × rate, piece by piece."""
        if not self.pieces:
            return NOTHING
        parts = [WORKED.with_(principal=f"{p.amount:,.2f}", days=p.days, rate=plain(self.rate)) for p in self.pieces]
        working = Text(" + ".join(p.to("zh") for p in parts), " + ".join(p.to("en") for p in parts))
        return (CAPPED if self.capped else SUMMED).with_(working=working, amount=f"{self.amount:,.2f}")

    def _stretches(self) -> Iterator[tuple[int, int, int]]:
        """(unpaid fen, from, to the day before): equal days together, up to the day before ``on``."""
        if self._rule is None or self._starts_from is None:
            return
        grace_ends, since = self._starts_from + self._rule.grace_days, self._starts_from + 1
        if self._on <= grace_ends:
            return
        unpaid = self._principal - sum(fen for day, fen in self._events if day <= grace_ends)
        later = sorted((day, fen) for day, fen in self._events if grace_ends < day < self._on)
        for day, fen in [*later, (self._on, 0)]:
            if day > since:
                if unpaid > 0:
                    yield unpaid, since, day
                since = day
            unpaid -= fen


def late_fee(
    principal: Decimal, payments: Iterable[tuple[date, Decimal]], starts_from: date | None, rule: Rule | None, on: date,
    paid: Decimal = ZERO, waived: Decimal = ZERO,
) -> LateFee:  # fmt: skip
    """The late fee of one bill on the day ``on``, counted over the days before it. Source: domain F6.

    ``payments`` are (day, yuan of the principal), waivers among them, reversals negative. ``starts_from`` is the last
    day on which nothing is late (``Rule.counts_from``). What is paid within the grace days counts as paid in time.
    """
    events = [(day.toordinal(), fen_of(amount)) for day, amount in payments]
    first = None if starts_from is None else starts_from.toordinal()
    return LateFee(fen_of(principal), events, first, rule, on.toordinal(), fen_of(paid), fen_of(waived))


def fen_of(amount: Decimal) -> int:
    """Yuan as whole fen."""
    return int(amount.scaleb(2))


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def plain(number: Decimal) -> str:
    """A number without the zeros behind it: 0.0500 is 0.05."""
    words = f"{number:f}"
    return words.rstrip("0").rstrip(".") if "." in words else words
