"""Three reports of the lending library, as an office would write them: what report authors copy from.

The functions below, and the lines of YAML that name them. ``load_with_reports`` gives the library with both.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from models import Registry
from models.actor import Actor
from models.query import Condition, Query
from models.reads.aggregates import Count, Total
from models.reports import ChartData, Column, Figure, Row, Table, Target, rate, report
from schema import Schema, load
from schema.text import Text

IN_YAML = """
reports:
  punctuality:
    label: {zh: 还书准时率, en: Punctuality}
    help: {zh: 各分馆按时归还的比例, en: How much of what was lent came back in time}
    menu: readers
    icon: clock-o
    by: [head, desk, librarian]
    ask:
      since: {type: date, label: {zh: 应还日期起, en: Due from}}
      until: {type: date, label: {zh: 应还日期止, en: Due until}, default: today}
      branch: {type: ref, to: branch, label: {zh: 分馆, en: Branch}}
    chart: bar
    notes:
      - {zh: 准时率 = 按时归还 ÷ 已归还；没有归还的不计。, en: Punctuality is what came back in time of what came back.}
    my_day: [head, librarian]
  stock_value:
    label: {zh: 馆藏价值, en: Value of the stock}
    menu: stock
    icon: pie-chart
    by: [head, auditor]
    chart: pie
  lent_by_month:
    label: {zh: 每月借出, en: Lent by month}
    menu: readers
    icon: line-chart
    by: [head, desk]
    ask:
      state: {type: choice, of: loan_state, label: {zh: 状态, en: State}}
    chart: line
"""

IN_TIME = Target(Decimal(95))
BRANCH, LOANS, BACK = Text("分馆", "Branch"), Text("借出", "Loans"), Text("已还", "Returned")
PUNCTUAL, RATE = Text("按时归还", "In time"), Text("准时率", "Punctuality")
PLACE = "book_copy.shelf.branch"


@report("punctuality")
def punctuality(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """Loans by branch, how many came back, and in time."""
    asked = [
        ("due_on", "from", answers["since"]),
        ("due_on", "to", answers["until"]),
        (PLACE, "equals", answers["branch"]),
    ]
    query = Query(conditions=tuple(Condition(*one) for one in asked if one[2] is not None))
    measures = {"back": Count(where="state == 'returned'"), "in_time": Count(where="days_late == 0")}
    returned, late = Condition("state", "equals", "returned"), Condition("days_late", "from", 1)
    rows, loans, back, in_time = [], 0, 0, 0
    for one in registry.scope.aggregate(actor, "loan", measures, by=[PLACE], query=query):
        values = {"branch": one.refs.get(PLACE), "loans": one.count, **one.values}
        rows.append(Row(
            {**values, "rate": rate(one["in_time"], one["back"])},
            drills={"loans": one.drill, "back": one.drill.and_(returned), "rate": one.drill.and_(late)},
        ))  # fmt: skip
        loans, back, in_time = loans + one.count, back + one["back"], in_time + one["in_time"]
    whole = rate(in_time, back)
    said = Text("{in_time} / {back} 册", "{in_time} of {back}").with_(in_time=in_time, back=back)
    return Table(
        columns=(
            Column("branch", BRANCH, "ref"), Column("loans", LOANS, "integer"), Column("back", BACK, "integer"),
            Column("in_time", PUNCTUAL, "integer"), Column("rate", RATE, "percent", target=IN_TIME),
        ),
        rows=rows,
        totals=Row({"loans": loans, "back": back, "in_time": in_time, "rate": whole}),
        headline=(
            Figure(RATE, whole, "percent", target=IN_TIME, said=said),
            Figure(LOANS, loans),
        ),
        chart=ChartData("branch", ("back", "in_time")),
        empty=Text("这段时间没有借阅", "Nothing was lent in this time"),
    )  # fmt: skip


@report("stock_value")
def stock_value(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """What the copies cost, by genre."""
    found = registry.scope.aggregate(actor, "copy", {"cost": Total("cost")}, by=["book.genre"])
    total = sum((one["cost"] for one in found), Decimal(0))
    rows = [Row({"genre": one.label, "copies": one.count, "cost": one["cost"]}, one.drill) for one in found]
    return Table(
        columns=(
            Column("genre", Text("类别", "Genre")), Column("copies", Text("册数", "Copies"), "integer"),
            Column("cost", Text("购价", "Cost"), "money"),
        ),
        rows=rows,
        totals=Row({"copies": sum(one.count for one in found), "cost": total}),
        headline=(Figure(Text("总价值", "Worth in all"), total, "money"),),
        chart=ChartData("genre", ("cost",)),
    )  # fmt: skip


@report("lent_by_month")
def lent_by_month(registry: Registry, actor: Actor, now: datetime, answers: Mapping[str, Any]) -> Table:
    """Loans by the month they are due in."""
    state = answers["state"]
    query = Query(conditions=(Condition("state", "equals", state),) if state else ())
    found = registry.scope.aggregate(actor, "loan", by=["due_on:month"], query=query)
    rows = [Row({"month": one.key, "loans": one.count}, drills={"loans": one.drill}) for one in found]
    return Table(
        columns=(Column("month", Text("月份", "Month"), "month"), Column("loans", LOANS, "integer")),
        rows=rows,
        chart=ChartData("month", ("loans",)),
    )


def load_with_reports(folder: Path) -> Schema:
    """The lending library with its reports; ``folder`` is where the YAML is put together."""
    path = folder / "library.yaml"
    path.write_text((Path(__file__).parent / "library.yaml").read_text() + IN_YAML)
    return load(path)
