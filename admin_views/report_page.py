"""A report's table as a page shows it: words for every value, addresses behind figures, the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from markupsafe import Markup

from admin_views import report_chart
from admin_views.list_query import params_of
from admin_views.report_chart import Chart, Point
from admin_views.screen import with_query
from models.reports import NUMBERS, ChartData, Column, Drill, Figure, Ref, Row, Table, Target
from schema.spec import Report
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry

NOTHING = "–"
MOST_ROWS = 500
"""Rows a page shows; a file holds them all."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place: its words, where it leads, and how it stands to its target ('good', 'bad', '')."""

    text: str
    url: str = ""
    level: str = ""
    word: str = ""
    """'达标', 'below target' …; '' where there is no target."""


@dataclass(frozen=True, slots=True)
class Head:
    """A column as the page heads it."""

    label: str
    is_number: bool
    is_short: bool = False
    """Its values are never broken over two lines."""


@dataclass(frozen=True, slots=True)
class Card:
    """A headline figure."""

    label: str
    cell: Cell
    target: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Legend:
    """One entry of the key to the chart; ``text`` is its value, where it has one."""

    number: int
    label: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """The chart and its key."""

    svg: Markup
    legend: tuple[Legend, ...]
    is_pie: bool = False


class Sheet:
    """A report before one person: turns what the function gave into what the templates print."""

    def __init__(self, registry: Registry, actor: Actor, root: str = "") -> None:
        self.registry, self.actor, self.root = registry, actor, root

    def say(self, text: Text | str | None) -> str:
        return text.to(self.actor.locale) if isinstance(text, Text) else text or ""

    # -- values ------------------------------------------------------------------------------------

    def words(self, value: Any, kind: str, places: int = 1) -> str:
        """A value in words; a dash for nothing."""
        if value is None or value == "":
            return NOTHING
        if kind == "money":
            return f"{value:,.2f}"
        if kind in ("decimal", "percent"):
            return f"{value:,.{places}f}{'%' if kind == 'percent' else ''}"
        if kind == "integer":
            return f"{value:,}"
        return value.title if isinstance(value, Ref) else self.say(value) if isinstance(value, Text) else str(value)

    def unit(self, kind: str, unit: Text | str) -> str:
        """What numbers of this kind count: the unit told, for money the office's currency."""
        if kind != "money" or unit:
            return self.say(unit)
        currency = self.registry.schema.office.currency
        return "元" if currency == "CNY" and self.actor.locale == "zh" else currency

    def address(self, drill: Drill | None) -> str:
        """Where the list behind a figure is; '' where the actor may not read it."""
        if drill is None or not self.registry.access.may(self.actor, drill.entity, "read"):
            return ""
        narrowed = [("saved", drill.saved), ("search", drill.search), *params_of(drill.conditions)]
        return with_query(f"{self.root}/{drill.entity}/", narrowed)

    def _cell(self, value: Any, kind: str, places: int, target: Target | None, url: str) -> Cell:
        text = self.words(value, kind, places)
        if not url and isinstance(value, Ref) and self.registry.access.may(self.actor, value.entity, "read"):
            url = with_query(f"{self.root}/{value.entity}/details/", [("id", value.id)])
        if target is None or not isinstance(value, int | Decimal):
            return Cell(text, url)
        return Cell(text, url, "good" if target.is_met(value) else "bad", self.say(target.word(value)))

    # -- the table -----------------------------------------------------------------------------------

    def heads(self, table: Table) -> list[Head]:
        return [Head(self.head(column), column.is_number, column.kind in ("date", "month")) for column in table.columns]

    def head(self, column: Column) -> str:
        """A column's label, with the unit of its numbers; percents say it themselves."""
        label, unit = self.say(column.label), self.unit(column.kind, column.unit) if column.is_number else ""
        if column.target is not None:
            unit = " ".join(filter(None, (unit, self.target_words(column.target, column.kind, column.places))))
        return f"{label} ({unit})" if unit and self.actor.locale != "zh" else f"{label}（{unit}）" if unit else label

    def target_words(self, target: Target, kind: str, places: int) -> str:
        sign = "≤" if target.at_most else "≥"
        value = Decimal(target.value)
        whole = value == value.to_integral_value() and kind != "money"
        return f"{sign}{self.words(int(value) if whole else value, kind, 0 if whole else places)}"

    def rows(self, table: Table) -> list[list[Cell]]:
        """The cells of the rows that a page shows."""
        return [self._row(table, row) for row in table.rows[:MOST_ROWS]]

    def totals(self, table: Table) -> list[Cell] | None:
        """The cells of the last line; what it has no total of stays blank."""
        if table.totals is None:
            return None
        named = zip(table.columns, self._row(table, table.totals), strict=True)
        return [cell if column.name in table.totals.values else Cell("") for column, cell in named]

    def _row(self, table: Table, row: Row) -> list[Cell]:
        cells = []
        for number, column in enumerate(table.columns):
            drill = row.drills.get(column.name) or (row.drill if number == 0 else None)
            value = row.values.get(column.name)
            target = row.targets.get(column.name, column.target)
            cells.append(self._cell(value, column.kind, column.places, target, self.address(drill)))
        return cells

    def cards(self, figures: Sequence[Figure]) -> list[Card]:
        return [self.card(figure) for figure in figures]

    def card(self, figure: Figure) -> Card:
        cell = self._cell(figure.value, figure.kind, figure.places, figure.target, self.address(figure.drill))
        unit = self.unit(figure.kind, figure.unit) if figure.kind in NUMBERS and figure.value is not None else ""
        target = figure.target
        aimed = "" if target is None else _(
            "Target %(value)s", value=self.target_words(target, figure.kind, figure.places)
        )  # fmt: skip
        label = self.say(figure.label)
        if unit:
            label = f"{label}（{unit}）" if self.actor.locale == "zh" else f"{label} ({unit})"
        return Card(label, cell, aimed, self.say(figure.said))

    # -- the chart -----------------------------------------------------------------------------------

    def drawing(self, spec: Report, table: Table) -> Drawing | None:
        """The chart of a table; None where there is none or nothing to see in it."""
        if spec.chart == "none" or table.chart is None or not table.rows:
            return None
        chart = self._chart(spec.chart, table, table.chart)
        if not report_chart.is_drawable(chart):
            return None
        label = _("Chart: %(report)s. The figures are in the table below.", report=self.say(spec.label))
        svg = report_chart.draw(chart, label)
        if spec.chart != "pie":
            names = enumerate(chart.series) if len(chart.series) > 1 else ()
            return Drawing(svg, tuple(Legend(number, name) for number, name in names))
        slices = report_chart.pie_points(chart)
        keys = (
            Legend(number, one.label, f"{one.words[0]} · {report_chart.share(one, slices):.1%}")
            for number, one in enumerate(slices)
        )
        return Drawing(svg, tuple(keys), is_pie=True)

    def _chart(self, kind: str, table: Table, data: ChartData) -> Chart:
        columns = {column.name: column for column in table.columns}
        drawn = [columns[name] for name in (data.values[:1] if kind == "pie" else data.values)]
        named = columns[data.label]
        points = tuple(
            Point(
                self.words(row.values.get(named.name), named.kind, named.places),
                tuple(row.values.get(column.name) for column in drawn),
                tuple(self.words(row.values.get(column.name), column.kind, column.places) for column in drawn),
            )
            for row in table.rows
        )
        first = drawn[0]
        words = "" if data.target is None else _(
            "Target %(value)s", value=self.words(data.target, first.kind, 0 if data.target == int(data.target) else 1)
        )  # fmt: skip
        return Chart(
            kind, tuple(self.say(column.label) for column in drawn), points, data.target, words,
            first.kind == "percent", self.actor.locale,
        )  # fmt: skip
