"""What a reading of a meter means: its consumption, what is usual, what is stopped, what has to be confirmed (F2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from schema.settings import setting
from schema.text import Text
from schema.written import Part

ZERO, CENT = Decimal(0), Decimal("0.01")
REMEMBERED = 6
"""How many earlier consumptions make up what is usual."""

LOWER = Text(
    "本期度数 {value} 低于上期的 {previous}。抄错请更正；表走满一圈请选“过圈”；换过表请先办理换表。",
    "{value} is lower than last time ({previous}). Correct it; or mark it as rolled over, or register the change of "
    "meter first.",
)
NO_TURN = Text(
    "本期度数 {value} 不低于上期的 {previous}，没有过圈：请去掉“过圈”。",
    "{value} is not lower than last time ({previous}), so the meter has not rolled over: clear that mark.",
)
TOO_LONG = Text(
    "{value} 超过了这只表的 {digits} 位整数：请更正，或在表计中改正位数。",
    "{value} has more than the {digits} digits of this meter: correct it, or the digits of the meter.",
)
IN_FUTURE = Text("抄表日期 {day} 在今天之后。", "The day of the reading, {day}, lies in the future.")
TOO_EARLY = Text(
    "抄表日期 {day} 早于上次的 {previous}。", "The day of the reading, {day}, is before the last one, {previous}."
)
REMOVED = Text(
    "这只表已于 {day} 拆除：请抄新表。", "This meter was taken out on {day}: read the one that took its place."
)
NOT_OURS = Text(
    "表格上的上期度数是 {stated}，系统中是 {previous}：请核对后更正其中一个。",
    "The file says {stated} was read last time, the books say {previous}: check, and correct one of the two.",
)
FAR_ABOVE = Text(
    "用量 {consumption} 远高于平常的 {usual}（超过 {times} 倍）：核实无误请填写异常说明（或备注）。",
    "{consumption} used is far above the usual {usual} (more than {times} times): if it is right, give the reason (or "
    "remarks).",
)
UNLIKELY = Text(
    "用量 {consumption} 高得反常（超过 {most}）：核实无误请填写异常说明（或备注）。",
    "{consumption} used is unlikely (more than {most}): if it is right, give the reason (or remarks).",
)
NOTHING_USED = Text(
    "平常用 {usual}，这次用量为 0：核实无误请填写异常说明（或备注）。",
    "Usually {usual} is used, and now nothing: if it is right, give the reason (or remarks).",
)


def _figures(**figures: int) -> dict[str, Decimal]:
    return {kind: Decimal(figure) for kind, figure in figures.items()}


@setting("metering")
class Metering(Part):
    """When a reading is out of the ordinary. Amounts are in the unit of the meter, by its kind."""

    times: Decimal = Decimal(3)
    """Consumption above so many times the usual of this meter has to be explained."""
    times_of_others: Decimal = Decimal(10)
    """The same where the meter has no history, against what the others used (their median)."""
    others: int = 5
    """So many others are needed for that."""
    small: dict[str, Decimal] = _figures(water=10, electricity=100, gas=20, hot_water=5, heating=50)
    """No more than this is never asked about; a usual of at least this makes a zero worth asking about."""
    unlikely: dict[str, Decimal] = _figures(water=200, electricity=3000, gas=500, hot_water=100, heating=2000)
    """Where there is nothing to compare with, more than this has to be explained."""


@dataclass(frozen=True, slots=True)
class Dial:
    """A meter as far as its numbers go. ``removed_on`` is the last day on which it may have been read."""

    kind: str
    multiplier: Decimal = Decimal(1)
    digits: int = 5
    removed_on: date | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What was there before a reading: the value and day to count from, what a removed meter had counted since,
    consumptions of earlier periods (oldest first), and those of other meters of its kind in the same period."""

    value: Decimal = ZERO
    read_on: date | None = None
    carried: Decimal = ZERO
    history: Sequence[Decimal] = ()
    others: Sequence[Decimal] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says of a period: the number on the dial, the day, and more where needed."""

    value: Decimal
    read_on: date
    rolled_over: bool = False
    reason: str = ""
    stated: Decimal | None = None
    """What the sheet in hand says was read last time."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The consumption and what is usual (None where nothing says so); what stops it, and what wants a reason."""

    consumption: Decimal
    usual: Decimal | None
    problems: Mapping[str, Text] = field(default_factory=dict)
    question: Text | None = None

    @property
    def is_out_of_line(self) -> bool:
        """Whether a reason is or was needed."""
        return self.question is not None


def consumption(dial: Dial, before: Before, value: Decimal, rolled_over: bool) -> Decimal:
    """What was used since the last reading: (value - previous, a whole turn more after a roll-over) x multiplier, and
    what the meter that was taken out had counted. Rounded half up to two places. Source: F2."""
    turn = Decimal(10) ** dial.digits if rolled_over else ZERO
    return rounded((value - before.value + turn) * dial.multiplier + before.carried)


def usual(before: Before) -> Decimal | None:
    """The mean of the last consumptions of the meter; None where it has no history."""
    last = list(before.history)[-REMEMBERED:]
    return rounded(sum(last, ZERO) / len(last)) if last else None


def judged(dial: Dial, before: Before, said: Said, today: date, metering: Metering) -> Judged:
    """What to make of a reading. Source: F2 (target error rate 0)."""
    used = consumption(dial, before, said.value, said.rolled_over)
    mean = usual(before)
    problems = _stops(dial, before, said, today)
    question = None if problems else _question(dial, before, used, metering)
    return Judged(used, mean, problems, question)


def _stops(dial: Dial, before: Before, said: Said, today: date) -> dict[str, Text]:
    problems: dict[str, Text] = {}
    if dial.removed_on is not None and said.read_on > dial.removed_on:
        problems["meter"] = REMOVED.with_(day=dial.removed_on)
    if said.read_on > today:
        problems["read_on"] = IN_FUTURE.with_(day=said.read_on)
    elif before.read_on is not None and said.read_on < before.read_on:
        problems["read_on"] = TOO_EARLY.with_(day=said.read_on, previous=before.read_on)
    if said.stated is not None and said.stated != before.value:
        problems["stated"] = NOT_OURS.with_(stated=plain(said.stated), previous=plain(before.value))
    numbers = {"value": plain(said.value), "previous": plain(before.value)}
    if said.value >= Decimal(10) ** dial.digits:
        problems["value"] = TOO_LONG.with_(value=plain(said.value), digits=dial.digits)
    elif said.rolled_over and said.value >= before.value:
        problems["rolled_over"] = NO_TURN.with_(**numbers)
    elif not said.rolled_over and said.value < before.value:
        problems["value"] = LOWER.with_(**numbers)
    return problems


@dataclass(frozen=True, slots=True)
class Compared:
    """What a consumption is held against: more than ``most`` wants a reason (None: nothing does), and ``zero`` says
    that nothing used at all does, too. ``usual`` and ``times`` say where ``most`` comes from."""

    most: Decimal | None
    usual: Decimal | None = None
    times: Decimal | None = None
    zero: bool = False


def compared(dial: Dial, before: Before, metering: Metering) -> Compared:
    """What the next consumption of a meter is held against: its own history, else what others of its kind used, else
    what is unlikely anyway. Source: F2."""
    small, mean = metering.small.get(dial.kind, ZERO), usual(before)
    if mean is not None:
        return Compared(max(mean * metering.times, small), mean, metering.times, bool(small) and mean >= small)
    if len(before.others) >= metering.others:
        middle = rounded(median(before.others))
        return Compared(max(middle * metering.times_of_others, small), middle, metering.times_of_others)
    return Compared(metering.unlikely.get(dial.kind))


def _question(dial: Dial, before: Before, used: Decimal, metering: Metering) -> Text | None:
    """Why a reason is wanted, or None."""
    against = compared(dial, before, metering)
    if against.zero and used == 0 and against.usual is not None:
        return NOTHING_USED.with_(usual=plain(against.usual))
    if against.most is None or used <= against.most:
        return None
    if against.usual is None or against.times is None:
        return UNLIKELY.with_(consumption=plain(used), most=plain(against.most))
    return FAR_ABOVE.with_(consumption=plain(used), usual=plain(against.usual), times=plain(against.times))


def explains(reason: str | None) -> bool:
    """Whether a reason says anything: a mere number is the next reading, typed into the wrong place."""
    return any(sign.isalpha() for sign in reason or "")


def rounded(number: Decimal) -> Decimal:
    """To two places, half up."""
    return number.quantize(CENT, ROUND_HALF_UP)


def plain(number: Decimal) -> str:
    """As it stands on a dial: without noughts behind the point that nobody wrote."""
    return f"{number.normalize():f}"
