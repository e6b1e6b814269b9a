"""Reports: decorated functions that give a table of figures, which the screens show, draw, print and hand out.

    @report("loans_by_branch")
    def loans_by_branch(registry, actor, now, answers):
        found = registry.scope.aggregate(actor, "loan", {"late": Total("days_late")}, by=["book_copy.shelf.branch"])
        rows = [Row({"branch": one.label, "loans": one.count, "late": one["late"]}, one.drill) for one in found]
        return Table(columns=(Column("branch", Text("分馆", "Branch")), Column("loans", …, "integer"), …), rows=rows)

Its name stands in the YAML under ``reports:`` with the roles that may open it and what it asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Literal

from models.actor import Actor
from models.errors import NotFound
from models.query import Condition, Drill, Ref
from models.writes.values import default_of
from schema.spec import Report, Schema
from schema.text import BadValue, Text

if TYPE_CHECKING:
    from models.registry import Registry

__all__ = [
    "ChartData", "Column", "Condition", "Drill", "Figure", "Ref", "Row", "Table", "Target",
    "absent", "headline", "mean", "rate", "report", "run",
]  # fmt: skip

Kind = Literal["text", "money", "integer", "decimal", "percent", "date", "month", "ref"]
"""What a column or figure holds: Text or str · Decimal · int · Decimal · Decimal (93.2 is 93.2 %) · date ·
'2026-03' · Ref. None is nothing there, shown as a dash."""
NUMBERS = ("money", "integer", "decimal", "percent")

LABEL = Text("报表", "report")
MET, BELOW, ABOVE = Text("达标", "on target"), Text("低于目标", "below target"), Text("高于上限", "above the limit")


@dataclass(frozen=True, slots=True)
class Target:
    """What a number should reach, or with ``at_most`` not exceed. ``value`` itself is good."""

    value: Decimal | int
    at_most: bool = False

    def is_met(self, value: Decimal | int) -> bool:
        return value <= self.value if self.at_most else value >= self.value

    def word(self, value: Decimal | int) -> Text:
        """How ``value`` stands to it, in words, so that a colour is never the only sign."""
        if self.is_met(value):
            return MET
        return ABOVE if self.at_most else BELOW


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table. ``places`` are the decimals of decimal and percent; ``unit`` stands in the header.

    With a ``target`` each number in it says whether it is met, and is coloured so.
    """

    name: str
    label: Text
    kind: Kind = "text"
    places: int = 1
    unit: str | Text = ""
    target: Target | None = None

    @property
    def is_number(self) -> bool:
        """Whether it is set right-aligned and added up by people."""
        return self.kind in NUMBERS


@dataclass(frozen=True, slots=True)
class Row:
    """``values`` by column name; absent is None. ``drill`` leads from the row's first cell, ``drills`` from single
    cells by column name; ``targets`` stand in for those of the columns where each row has its own."""

    values: Mapping[str, Any]
    drill: Drill | None = None
    drills: Mapping[str, Drill | None] = field(default_factory=dict)
    targets: Mapping[str, Target] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline number: on a card above the table, and the first one on the front page.

    ``said`` is a soft line below it ('128 of 137 bills'); ``target`` is written beside it.
    """

    label: Text
    value: Any
    kind: Kind = "integer"
    places: int = 1
    unit: str | Text = ""
    target: Target | None = None
    said: Text | None = None
    drill: Drill | None = None


@dataclass(frozen=True, slots=True)
class ChartData:
    """Which columns are drawn: ``label`` names the points, ``values`` are the series; the YAML says bar, line,
    stacked or pie. ``target`` is a line across. The table itself is the chart's text."""

    label: str
    values: tuple[str, ...]
    target: Decimal | int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """What a report found. ``totals`` is the last line; ``said`` a sentence above (what was left out, and why)."""

    columns: tuple[Column, ...]
    rows: Sequence[Row]
    totals: Row | None = None
    headline: tuple[Figure, ...] = ()
    chart: ChartData | None = None
    said: Text | None = None
    empty: Text | None = None
    """What is said when there are no rows ('nothing billed in this period')."""


ReportFunction = Callable[["Registry", Actor, datetime, Mapping[str, Any]], Table]
HeadlineFunction = Callable[["Registry", Actor, datetime, Mapping[str, Any]], Figure | None]

_known: dict[str, ReportFunction] = {}
_headlines: dict[str, HeadlineFunction] = {}


def report(name: str) -> Callable[[ReportFunction], ReportFunction]:
    """Make a function the one that works out reports whose ``run`` is ``name``.

    It reads through ``registry.scope`` with the actor it is given, and raises Refused with a sentence when it cannot
    answer. ``answers`` holds a value or None for everything the report asks.
    """

    def keep(function: ReportFunction) -> ReportFunction:
        if name in _known and _known[name].__module__ != function.__module__:
            raise ValueError(f"two reports are called {name!r}")
        _known[name] = function
        return function

    return keep


def headline(name: str) -> Callable[[HeadlineFunction], HeadlineFunction]:
    """A quicker way to the first figure of report ``name``, for the front page; without it the report is run."""

    def keep(function: HeadlineFunction) -> HeadlineFunction:
        _headlines[name] = function
        return function

    return keep


def absent(schema: Schema) -> Iterable[str]:
    """The reports of the schema that no function works out."""
    for spec in schema.reports.values():
        if spec.run not in _known:
            yield spec.name


# -- opening one -----------------------------------------------------------------------------------


def may_open(actor: Actor, spec: Report) -> bool:
    """Whether one of the actor's roles opens this report; what stands in it is the scope's word."""
    return actor.system or bool(spec.by & actor.roles) or "*" in spec.by


def find(schema: Schema, actor: Actor, name: str) -> Report:
    """The report ``name`` for this actor. Raises NotFound where there is none or it is not theirs."""
    spec = schema.reports.get(name)
    if spec is None or not may_open(actor, spec):
        raise NotFound(LABEL)
    return spec


def answers_for(
    registry: Registry, actor: Actor, spec: Report, given: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Text]]:
    """What the report is asked: ``given`` values in normal form, defaults where nothing usable was given; and what
    was wrong with the rest, by name."""
    context, environment = registry.scope.context(actor), registry.environments.of(actor)
    found: dict[str, Any] = {}
    problems: dict[str, Text] = {}
    for name, asked in spec.ask.items():
        value = given.get(name)
        try:
            found[name] = None if value in (None, "") else asked.type.check(value, context)
        except BadValue as wrong:
            problems[name], found[name] = wrong.text, None
        if found[name] is None and (name not in given or name in problems or asked.required):
            found[name] = default_of(asked, environment)
    return found, problems


def run(registry: Registry, actor: Actor, name: str, given: Mapping[str, Any] | None = None) -> Table:
    """The table of report ``name`` as ``actor`` may see it. Raises NotFound, Refused."""
    spec = find(registry.schema, actor, name)
    answers, _ = answers_for(registry, actor, spec, given or {})
    return _known[spec.run](registry, actor, registry.clock.now(), answers)


def first_figure(registry: Registry, actor: Actor, name: str) -> Figure | None:
    """The headline figure of report ``name`` with nothing asked. Raises NotFound, Refused."""
    spec = find(registry.schema, actor, name)
    quick = _headlines.get(spec.run)
    if quick is not None:
        return quick(registry, actor, registry.clock.now(), answers_for(registry, actor, spec, {})[0])
    found = run(registry, actor, name).headline
    return found[0] if found else None


def rate(part: Decimal | int, whole: Decimal | int, places: int = 1) -> Decimal | None:
    """``part`` of ``whole`` in percent, rounded half up; None of nothing, which is printed as a dash."""
    if not whole:
        return None
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def mean(total: Decimal | int, count: int, places: int = 1) -> Decimal | None:
    """The average, rounded half up; None of nothing."""
    return (Decimal(total) / count).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) if count else None
