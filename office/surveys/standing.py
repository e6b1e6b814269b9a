"""How far a survey has come: what is out and what came back, by channel and by building, and who is left (S8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from models.addresses import address_of
from models.query import Condition, Query
from models.reads.aggregates import Count
from models.reports import Column, Row, Table, rate
from office.surveys.answering import GIVEN, LINK, PAPER, link_token
from schema.text import Text

if TYPE_CHECKING:
    from models.actor import Actor
    from models.record import Record
    from models.registry import Registry

MEASURES = {
    "awaited": "state == 'given'", "answered": "state == 'answered'", "empty": "state == 'returned_empty'",
    "refused": "state == 'refused'",
}  # fmt: skip
LATEST = 8


@dataclass(frozen=True, slots=True)
class Line:
    """The invitations of a channel or a building: how many, and how they stand; ``paper`` are those to be printed."""

    key: str | int | None
    label: Text
    given: int
    awaited: int
    answered: int
    empty: int
    refused: int
    paper: int = 0

    @property
    def rate(self) -> Decimal | None:
        """Returned of given out, in percent; None of nothing."""
        return rate(self.answered + self.empty, self.given)


def by(registry: Registry, actor: Actor, survey: int, what: str) -> list[Line]:
    """The lines of a survey by 'channel' or by 'unit.building', of what the actor sees."""
    measures = {name: Count(where=where) for name, where in MEASURES.items()}
    measures["paper"] = Count(where=f"state == '{GIVEN}' and channel == '{PAPER}'")
    query = Query(conditions=(Condition("survey", "equals", survey),))
    found = registry.scope.aggregate(actor, "survey_invitation", measures, by=[what], query=query)
    return [
        Line(one.key, one.label, one.count, *(one[name] for name in (*MEASURES, "paper")))
        for one in found
    ]  # fmt: skip


def all_together(lines: Sequence[Line]) -> Line:
    """The sum of lines."""
    total = [sum(getattr(line, name) for line in lines) for name in ("given", *MEASURES, "paper")]
    return Line(None, Text("合计", "Total"), *total)


def entered_lately(registry: Registry, actor: Actor) -> list[Record]:
    """The returns that this person entered last."""
    mine = (Condition("entered_by", "equals", actor.id),)
    columns = ("code", "unit", "state", "answered_at", "survey")
    query = Query(conditions=mine, columns=columns, sort="-answered_at", size=LATEST)
    return list(registry.scope.page(actor, "survey_invitation", query).rows)


def links_table(registry: Registry, actor: Actor, survey: int, most: int | None = None) -> Table:
    """The private links that are out and not answered: home, name, phone as the actor may see it, and the address.

    Raises Refused where nobody said at which address the office is.
    """
    out = (
        Condition("survey", "equals", survey), Condition("channel", "equals", LINK),
        Condition("state", "equals", GIVEN),
    )  # fmt: skip
    query = Query(conditions=out, columns=("unit", "resident", "code"), sort="code")
    rows: list[Record] = []
    for row in registry.scope.stream(actor, "survey_invitation", query):
        if most is not None and len(rows) >= most:
            break
        rows.append(row)
    phones = {
        one.id: str(one.get("phone") or "")
        for one in registry.scope.records(actor, "resident", sorted({row["resident"] for row in rows}), ("phone",))
    }
    return Table(
        columns=(
            Column("unit", Text("房屋", "Home")), Column("resident", Text("住户", "Resident")),
            Column("phone", Text("电话", "Phone")), Column("link", Text("专属链接", "Private link")),
        ),
        rows=[
            Row({"unit": row.titles.get("unit", ""), "resident": row.titles.get("resident", ""),
                 "phone": phones.get(row["resident"], ""),
                 "link": address_of(registry.schema, f"/s/{link_token(registry, row.id)}/")})
            for row in rows
        ],
    )  # fmt: skip
