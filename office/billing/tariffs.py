"""What a charge costs in a period: prices by day, part months by days, tiers, each line rounded to the fen (F1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from office.billing.periods import DAY, Period, days_of, stretches

FEN = Decimal("0.01")
ZERO = Decimal("0.00")
WHOLE = Decimal(100)

Tier = tuple[Decimal, Decimal]
"""(above, price): what exceeds so much costs so much."""
Share = tuple[date, date, Decimal]
"""(from, to, percent): the days on which only so much is charged."""
Count = tuple[date, Decimal]
"""(from, how many): a quantity that changes in the course of a period."""


@dataclass(frozen=True, slots=True)
class Price:
    """A price in force from a day on, and its tiers by ascending ``above``."""

    starts_on: date
    price: Decimal
    tiers: tuple[Tier, ...] = ()


class NoPrice(Exception):
    """No price is in force on ``day``."""

    def __init__(self, day: date) -> None:
        super().__init__(day.isoformat())
        self.day = day


@dataclass(frozen=True)
class Span:
    """Days at one price: ``months`` times it for whole months, ``days`` of ``of_days`` for a part of one.

    Many units share one, so that what follows from it is worked out once.
    """

    starts_on: date
    ends_on: date
    months: int
    days: int
    of_days: int
    price: Decimal
    percent: Decimal = WHOLE

    @property
    def is_part(self) -> bool:
        return self.days < self.of_days

    @cached_property
    def monthly(self) -> Decimal:
        """What one of the quantity costs, a part of a month not yet taken into account."""
        return self.price * self.months * self.percent / WHOLE

    @cached_property
    def as_json(self) -> dict[str, str | int]:
        """The days and the price as a bill's line keeps them."""
        return {
            "from": self.starts_on.isoformat(), "to": self.ends_on.isoformat(), "months": self.months,
            "days": self.days, "of_days": self.of_days, "price": said_price(self.price),
            "percent": plain(self.percent),
        }  # fmt: skip

    @cached_property
    def said(self) -> str:
        """What the quantity is multiplied by, in figures: × 1.80 × 17/31 × 70%."""
        parts = ["", said_price(self.price)]
        if self.is_part:
            parts.append(f"{self.days}/{self.of_days}")
        elif self.months > 1:
            parts.append(str(self.months))
        if self.percent != WHOLE:
            parts.append(f"{plain(self.percent)}%")
        return " × ".join(parts)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill, rounded half-up to the fen; ``said`` is its arithmetic."""

    tariff: str
    span: Span
    quantity: Decimal
    price: Decimal
    amount: Decimal
    said: str

    def as_json(self) -> dict[str, str | int]:
        """The line as a bill keeps it in ``lines``: exact numbers as text."""
        return {
            "tariff": self.tariff, **self.span.as_json, "quantity": self.said.partition(" ")[0],
            "price": said_price(self.price) if self.price is not self.span.price else self.span.as_json["price"],
            "amount": str(self.amount), "said": self.said,
        }  # fmt: skip


def price_on(prices: Sequence[Price], day: date) -> Price:
    """The price in force on a day, of ``prices`` by ascending first day. Raises NoPrice."""
    found = next((price for price in reversed(prices) if price.starts_on <= day), None)
    if found is None:
        raise NoPrice(day)
    return found


def segments(first: date, last: date, cuts: Iterable[date]) -> Iterator[tuple[date, date]]:
    """The days from ``first`` to ``last`` cut before each of ``cuts``, as (from, to)."""
    begin = first
    for cut in sorted({day for day in cuts if first < day <= last}):
        yield begin, cut - DAY
        begin = cut
    yield begin, last


def spans(
    first: date, last: date, prices: Sequence[Price], shares: Sequence[Share] = (), cuts: Iterable[date] = ()
) -> list[Span]:
    """The days of a charge within a period, a price a month, cut where price or share changes. Raises NoPrice."""
    found = []
    for begin, end in segments(first, last, [*_cuts(prices, shares), *cuts]):
        price, percent = price_on(prices, begin).price, _share_on(shares, begin)
        found += [Span(s.starts_on, s.ends_on, s.months, s.days, s.of_days, price, percent)
                  for s in stretches(begin, end)]  # fmt: skip
    return found


def spans_of_period(
    period: Period, first: date, last: date, prices: Sequence[Price], shares: Sequence[Share] = (),
    cuts: Iterable[date] = (),
) -> list[Span]:  # fmt: skip
    """The same where the price is for the whole period: a part of it is days of the period's days. Raises NoPrice."""
    of_days = days_of(period.starts_on, period.ends_on)
    return [
        Span(begin, end, 1, days_of(begin, end), of_days, price_on(prices, begin).price, _share_on(shares, begin))
        for begin, end in segments(first, last, [*_cuts(prices, shares), *cuts])
    ]


def timed_lines(tariff: str, quantity: Decimal, days: Iterable[Span], counts: Sequence[Count] = ()) -> list[Line]:
    """Lines of what is charged by time: quantity × price × months or part of one.

    ``counts`` say how the quantity is to be multiplied from which day on (occupants); days before the first count 0.
    """
    found = []
    for span in days:
        times = quantity * _count_on(counts, span.starts_on) if counts else quantity
        exact = times * span.monthly
        amount = rounded(exact * span.days / span.of_days if span.is_part else exact)
        found.append(Line(tariff, span, times, span.price, amount, f"{plain(times)}{span.said} = {amount}"))
    return found


def used_lines(
    tariff: str, period: Period, used: Decimal, prices: Sequence[Price], before: Decimal = ZERO
) -> list[Line]:
    """Lines of what is charged by consumption, tier by tier. Raises NoPrice.

    ``before`` was used already where tiers run over the year. Where the price changes within the period the consumption
    is taken to have been the same every day.
    """
    found: list[Line] = []
    parts = list(segments(period.starts_on, period.ends_on, _cuts(prices, ())))
    left, whole = used, days_of(period.starts_on, period.ends_on)
    for begin, end in parts:
        days = days_of(begin, end)
        part = left if end == period.ends_on else rounded(used * days / whole)
        left -= part
        price = price_on(prices, begin)
        found += [_used_line(tariff, Span(begin, end, 1, days, whole, rate), quantity)
                  for quantity, rate in banded(part, before, price)]  # fmt: skip
        before += part
    return found


def banded(used: Decimal, before: Decimal, price: Price) -> Iterator[tuple[Decimal, Decimal]]:
    """What of a consumption that follows on ``before`` falls into each tier: (quantity, price); one of 0 for none."""
    floors = [(ZERO, price.price), *price.tiers]
    ceilings = [above for above, _ in floors[1:]]
    if used <= 0:
        yield used, price.price
        return
    for (floor, rate), ceiling in zip(floors, [*ceilings, None], strict=True):
        low = max(floor, before)
        high = before + used if ceiling is None else min(ceiling, before + used)
        if high > low:
            yield high - low, rate


def always(amount: Decimal) -> list[Price]:
    """The amount a period that a charge fixes by itself, as the one price there is."""
    return [Price(date.min, amount)]


def rounded(amount: Decimal) -> Decimal:
    """Half-up to the fen."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """A quantity in figures: 98.50, 0.0525, 3."""
    words = said_price(number)
    return words.removesuffix(".00")


def said_price(number: Decimal) -> str:
    """A price in figures, with two decimals or as many more as it has: 1.80, 0.5253."""
    words = f"{number:.2f}"
    if Decimal(words) == number:
        return words
    whole, _, parts = f"{number:.6f}".rstrip("0").partition(".")
    return f"{whole}.{parts:0<2}"


def _cuts(prices: Sequence[Price], shares: Sequence[Share]) -> Iterator[date]:
    yield from (price.starts_on for price in prices)
    for begin, end, _ in shares:
        yield begin
        yield end + DAY


def _share_on(shares: Sequence[Share], day: date) -> Decimal:
    return min((percent for begin, end, percent in shares if begin <= day <= end), default=WHOLE)


def _count_on(counts: Sequence[Count], day: date) -> Decimal:
    return next((count for since, count in reversed(counts) if since <= day), ZERO)


def _used_line(tariff: str, span: Span, quantity: Decimal) -> Line:
    amount = rounded(quantity * span.price)
    return Line(
        tariff, span, quantity, span.price, amount, f"{plain(quantity)} × {said_price(span.price)} = {amount:.2f}"
    )
