"""Readings and meters are made ready before every write: what follows from them is filled in, mistakes are stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.storage.rows import batches
from models.writes.values import REQUIRED
from office.metering.books import Books, Mark, bills_resting_on, others_used, successors
from office.metering.rules import Before, Judged, Metering, Said, explains, judged
from schema.settings import claim
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

COUNTED = ("meter", "period", "read_on", "value", "rolled_over")
"""What the consumption of a reading, and of the next one, goes by."""
BILLED = Text(
    "已按此读数出账（{bills}）：请先作废账单，再更正读数。",
    "It has been billed ({bills}): void the bill first, then correct the reading.",
)
LETTERS = {"water": "W", "electricity": "E", "gas": "G", "hot_water": "H", "heating": "R"}
"""What the number of a meter begins with that has none of its own, so that those of one unit can be told apart."""
Values = Mapping[str, Any]


@preparation("meter_reading")
def prepare_readings(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Previous reading, consumption and what is usual of each; what F2 stops, and what it wants confirmed."""
    return _Readings(registry, drafts).prepared()


class _Readings:
    """The readings that are written together, and what the books say about their meters."""

    def __init__(self, registry: Registry, drafts: Sequence[Draft]) -> None:
        self.registry, self.drafts = registry, drafts
        self.metering = claim(registry.schema, "metering", Metering)
        self.today = registry.clock.today()
        rows = [row for draft in drafts for row in (draft.old, draft.values) if row is not None and _is_whole(row)]
        self.books = Books(registry, {row["meter"] for row in rows}, {row["period"] for row in rows})
        changed = {d.old["meter"] for d in drafts if d.old is not None}
        removed = [id for id in changed if id in self.books.meters and self.books.meters[id].record["removed_on"]]
        self.successors = successors(registry, removed)
        self.found: dict[int, Prepared] = {}
        self.used: dict[tuple[str, str], list[Decimal]] = {}

    def prepared(self) -> list[Prepared]:
        """One answer a draft; earlier periods first, for later ones go by them."""
        for draft in self.drafts:
            self._take_out(draft)
        order = sorted(range(len(self.drafts)), key=lambda n: (self._row(n).get("period") or "", n))
        self._look_around(order)
        for number in order:
            self.found[number] = self._one(self.drafts[number])
        return [self.found[number] for number in range(len(self.drafts))]

    def _row(self, number: int) -> Values:
        draft = self.drafts[number]
        return draft.values if draft.values is not None else draft.old or {}

    def _take_out(self, draft: Draft) -> None:
        """What is being changed is no part of what there was before."""
        old = draft.old
        if old is not None and old["meter"] in self.books.meters:
            self.books.meters[old["meter"]].marks.pop(old["period"], None)

    def _look_around(self, order: Sequence[int]) -> None:
        """What others used, for those meters that have no history: of the books, and of these very readings."""
        for number in order:
            row = self.drafts[number].values
            if row is None or not self._is_known(row):
                continue
            meter, before = self.books.meters[row["meter"]], self.books.before(row["meter"], row["period"])
            if before.history:
                continue
            place = (meter.record["kind"], row["period"])
            if place not in self.used:
                self.used[place] = others_used(self.registry, *place)
            self.used[place].append(self._judged(row, before).consumption)

    def _is_known(self, row: Values) -> bool:
        return _is_whole(row) and row["meter"] in self.books.meters

    def _judged(self, row: Values, before: Before) -> Judged:
        said = Said(
            row["value"], row["read_on"], bool(row.get("rolled_over")), row.get("reason") or "", row.get("stated")
        )
        return judged(self.books.meters[row["meter"]].dial, before, said, self.today, self.metering)

    def _one(self, draft: Draft) -> Prepared:
        row, old = draft.values, draft.old
        if row is None:
            return self._gone(old or {})
        if not self._is_known(row):
            return Prepared()
        meter = self.books.meters[row["meter"]]
        before = self.books.before(row["meter"], row["period"])
        if not before.history:
            before = replace(before, others=self.used.get((meter.record["kind"], row["period"]), ()))
        judgement = self._judged(row, before)
        filled = {
            "previous": before.value, "previous_on": before.read_on, "carried": before.carried or None,
            "consumption": judgement.consumption, "usual": judgement.usual,
            "state": "confirmed" if judgement.is_out_of_line else "ok",
        }  # fmt: skip
        problems = {name: [text] for name, text in judgement.problems.items()}
        if old is not None and _differs(old, {**row, **filled}, (*COUNTED, "consumption")):
            problems |= self._refused_as_billed(old)
        meter.marks[row["period"]] = Mark(row["period"], row["read_on"], row["value"], judgement.consumption)
        confirm = (
            {"reason": judgement.question} if judgement.question is not None and not explains(row.get("reason")) else {}
        )
        after = () if problems or confirm else self._after(draft)
        return Prepared(filled, problems, {} if problems else confirm, after)

    def _gone(self, old: Values) -> Prepared:
        """A reading on its way to the trash."""
        return Prepared(problems=self._refused_as_billed(old), after=self._after(Draft(old, None)))

    def _refused_as_billed(self, old: Values) -> dict[str, list[Text]]:
        bills = bills_resting_on(self.registry, self.books.meters[old["meter"]].record, old["period"])
        return {"value": [BILLED.with_(bills="、".join(bills))]} if bills else {}

    def _after(self, draft: Draft) -> tuple[tuple[str, int], ...]:
        """The readings that count from this one."""
        old, row = draft.old, draft.values
        if old is not None and row is not None and not _differs(old, row, COUNTED):
            return ()
        found = []
        for one in (old, row):
            mark = self.books.meters[one["meter"]].next(one["period"]) if one is not None else None
            if mark is not None:
                found.append(mark.id)
            elif one is not None:
                found.append(self.successors.get(one["meter"]))
        return tuple(("meter_reading", id) for id in dict.fromkeys(found) if id is not None)


def _is_whole(row: Values) -> bool:
    """Whether a reading says everything that a consumption needs."""
    return all(row.get(name) is not None for name in ("meter", "period", "read_on", "value"))


def _differs(old: Values, new: Values, names: Sequence[str]) -> bool:
    return any((old.get(name) or None) != (new.get(name) or None) for name in names)


@preparation("meter")
def prepare_meters(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """A unit's meter without a number is called after the unit; what is counted anew follows a changed dial."""
    rows = [draft.values for draft in drafts if draft.values is not None]
    nameless = [row for row in rows if not row.get("number") and row.get("unit")]
    units = registry.scope.titles(SYSTEM, "unit", {row["unit"] for row in nameless})
    taken = _numbers_of(registry, sorted(units))
    found = []
    for draft in drafts:
        row = draft.values
        values: dict[str, Any] = {}
        if row is not None and not row.get("number") and row.get("unit") in units:
            values["number"] = _free(units[row["unit"]], row.get("kind"), taken)
        problems = {"number": [REQUIRED]} if row is not None and not (row.get("number") or values) else {}
        found.append(Prepared(values, problems, after=_counted_anew(registry, draft)))
    return found


def _numbers_of(registry: Registry, units: Sequence[int]) -> set[tuple[str, str]]:
    """(kind, number) of the meters that these units have or had."""
    found = set()
    for some in batches(units):
        query = Query(conditions=(Condition("unit", "in", tuple(some)),), columns=("kind", "number"), sort="id")
        found |= {(row["kind"], row["number"]) for row in registry.scope.stream(SYSTEM, "meter", query)}
    return found


def _free(unit: str, kind: Any, taken: set[tuple[str, str]]) -> str:
    """A letter for the kind and the unit's code, with a number behind it where an older meter is called so."""
    code = LETTERS.get(kind, "") + unit
    name = next(name for n in count(1) if (kind, name := code if n == 1 else f"{code}-{n}") not in taken)
    taken.add((kind, name))
    return name


def _counted_anew(registry: Registry, draft: Draft) -> tuple[tuple[str, int], ...]:
    """The readings to be worked out again when the numbers of a meter are corrected."""
    old, new = draft.old, draft.values
    if old is None or new is None or not _differs(old, new, ("start_value", "multiplier", "digits", "end_value")):
        return ()
    conditions = (Condition("meter", "equals", old["id"]),)
    query = Query(conditions=conditions, columns=("period",), sort="id")
    readings = sorted(registry.scope.stream(SYSTEM, "meter_reading", query), key=lambda r: r["period"])
    if not _differs(old, new, ("multiplier", "digits")):
        readings = readings[:1] if _differs(old, new, ("start_value",)) else []
    found = [record.id for record in readings]
    if new.get("removed_on") and (first := successors(registry, [old["id"]]).get(old["id"])):
        found.append(first)
    return tuple(("meter_reading", id) for id in found)
