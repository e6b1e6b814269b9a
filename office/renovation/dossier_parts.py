"""What a dossier holds of its permits beside the permit itself: read for all of them at once (D2–D5, F13)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor
from models.printing import pictures
from models.query import Condition, Query
from office.renovation.papers import told_of_violation
from office.renovation.permits import PERMIT
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

ITEM = ("item", "engineer_fine", "steward_fine", "words")
SHOTS = 4
"""Photos of one finding, before and after."""


class Belongings:
    """The rows that belong to some permits, as ``actor`` sees them; a query for each kind, whatever the number."""

    def __init__(self, registry: Registry, actor: Actor, permits: Sequence[Record]) -> None:
        self._registry, self._actor = registry, actor
        self._permits = {one.id: one for one in permits}
        ids = tuple(self._permits)
        self._passes, self._inspections = self._of("worker_pass", ids), self._of("renovation_inspection", ids)
        self._suspensions, self._extensions = self._of("permit_suspension", ids), self._of("permit_extension", ids)
        self._violations, self._acceptances = self._of("violation", ids), self._of("acceptance", ids)
        self._items = self._of("acceptance_item", _ids(self._acceptances), "acceptance")
        self._seen = {row.id: row for rows in self._inspections.values() for row in rows}
        self._works = self._prohibited_works()
        # Which deposit a permit has is told to whoever may open its dossier; the amounts only to those who see them.
        self._deposits = self._of("deposit", ids, reader=SYSTEM)
        self._moves = self._of("deposit_move", _ids(self._deposits), "deposit", reader=SYSTEM)

    def passes(self, permit: int) -> list[dict[str, Any]]:
        """Who was let in."""
        names = ("number", "name", "work", "starts_on", "ends_on", "returned_on")
        return [
            {**{name: row[name] for name in names}, "state": self._word("worker_pass_state", row["state"])}
            for row in self._passes[permit]
        ]

    def suspensions(self, permit: int) -> list[dict[str, Any]]:
        """The days on which works stood still, and why."""
        numbers = {row.id: row["number"] for row in self._violations[permit]}
        return [
            {
                **{name: row[name] for name in ("starts_on", "ended_on", "reason")},
                "violation": numbers.get(row["violation"]),
            }
            for row in self._suspensions[permit]
        ]

    def extensions(self, permit: int) -> list[dict[str, Any]]:
        """How the last day was moved."""
        names = ("granted_on", "from_on", "ends_on", "reason")
        return [
            {**{name: row[name] for name in names}, "granted_by": row.titles.get("granted_by")}
            for row in self._extensions[permit]
        ]

    def inspections(self, permit: int) -> list[dict[str, Any]]:
        """Every inspection, with the photos of those that found something."""
        return [
            {
                "done_at": row["done_at"], "by": row.titles.get("by"), "fine": bool(row["all_fine"]),
                "words": _findings([self._word("inspection_item", code) for code in row["wrong"] or ()], row["words"]),
                "photos": [] if row["all_fine"] else pictures(self._registry, row, "photos", SHOTS),
            }
            for row in sorted(self._inspections[permit], key=lambda row: (row["done_at"], row.id))
        ]  # fmt: skip

    def violations(self, permit: int) -> list[dict[str, Any]]:
        """Every violation, with its notice and what became of it."""
        return [self._violation(self._permits[permit], row) for row in self._violations[permit]]

    def acceptances(self, permit: int) -> list[dict[str, Any]]:
        """Every check of the finished works, with its items and signatures."""
        return [self._acceptance(row) for row in sorted(self._acceptances[permit], key=lambda row: row["attempt"])]

    def deposits(self, permit: int) -> list[dict[str, Any]]:
        """What was taken, deducted and refunded; amounts only for who sees what is held for a permit."""
        return [self._deposit(row) for row in self._deposits[permit] if not row["reversed"]]

    def moments(self, permit: int) -> list[date | datetime]:
        """When each of these happened."""
        told = (
            (self._passes, ("returned_on",)), (self._suspensions, ("starts_on", "ended_on")),
            (self._extensions, ("granted_on",)), (self._inspections, ("done_at",)),
            (self._violations, ("found_at", "noticed_at", "settled_on")), (self._acceptances, ("done_at",)),
            (self._deposits, ("taken_on",)),
        )  # fmt: skip
        found = [row[name] for rows, names in told for row in rows[permit] for name in names if row[name]]
        moved = [move["moved_on"] for one in self._deposits[permit] for move in self._moves[one.id]]
        return found + [day for day in moved if day]

    # -- parts -----------------------------------------------------------------------------------------

    def _of(
        self, entity: str, ids: tuple[int, ...], link: str = "permit", reader: Actor | None = None
    ) -> dict[int, list[Record]]:
        actor, found = reader or self._actor, defaultdict(list)
        if ids and self._registry.access.may(actor, entity, "read"):
            columns = tuple(
                name for name, one in self._registry.schema.entities[entity].fields.items() if not one.internal
            )
            query = Query(conditions=(Condition(link, "in", ids),), columns=columns, sort="id")
            for row in self._registry.scope.stream(actor, entity, query):
                found[row[link]].append(row)
        return found

    def _prohibited_works(self) -> dict[int, Record]:
        ids = sorted({row["work"] for rows in self._violations.values() for row in rows if row["work"]})
        columns = ("name", "why")
        return {row.id: row for row in self._registry.scope.records(self._actor, "renovation_work", ids, columns)}

    def _word(self, choices: str, code: str | None) -> Text | None:
        return self._registry.schema.choices[choices][code].label if code else None

    def _violation(self, permit: Record, row: Record) -> dict[str, Any]:
        work, seen = self._works.get(row["work"] or 0), self._seen.get(row["inspection"] or 0)
        return {
            **told_of_violation(self._registry, row, permit, work, seen), "on_the_spot": bool(row["on_the_spot"]),
            "weight": self._word("violation_weight", row["weight"]),
            "state": self._word("violation_state", row["state"]),
            "settled_on": row["settled_on"], "outcome": row["outcome"],
            "checked_by": row.titles.get("checked_by"), "after": pictures(self._registry, row, "after", SHOTS),
        }  # fmt: skip

    def _acceptance(self, row: Record) -> dict[str, Any]:
        items = self._items[row.id]
        fields = self._registry.schema.entities["acceptance"].fields.values()
        signed = [
            {"label": one.label, "picture": picture,
             "on": self._day(row.get(one.name.replace("signature", "at")) or row["done_at"])}
            for one in fields if one.type.name == "signature"
            for picture in pictures(self._registry, row, one.name, 1)
        ]  # fmt: skip
        shown = [*pictures(self._registry, row, "photos")]
        for item in items:
            shown += pictures(self._registry, item, "photos", SHOTS)
        sees_money = self._registry.access.is_clear(self._actor, "acceptance", "deduction")
        return {
            **{name: row[name] for name in ("attempt", "done_at", "words", "deduction_why")},
            "result": self._word("acceptance_result", row["result"]), "engineer": row.titles.get("engineer"),
            "steward": row.titles.get("steward"), "photos": shown, "signatures": signed,
            "deduction": row["deduction"] if sees_money else None,
            "items": [{name: one[name] for name in ITEM} for one in items],
        }  # fmt: skip

    def _deposit(self, row: Record) -> dict[str, Any]:
        sees_money = self._registry.access.is_clear(self._actor, PERMIT, "deposit_held")
        titles = row.titles
        moves = [
            {
                "moved_on": move["moved_on"], "kind": self._word("deposit_move_kind", move["kind"]),
                "state": self._word("deposit_move_state", move["state"]), "reason": move["reason"],
                "receipt": move.titles.get("receipt"), "by": _both(move),
                "amount": move["amount"] if sees_money else None,
            }
            for move in self._moves[row.id]
        ]  # fmt: skip
        return {
            "number": row["number"], "taken_on": row["taken_on"], "receipt": titles.get("receipt"), "moves": moves,
            "payer": row["payer_name"] or titles.get("payer"), "amount": row["amount"] if sees_money else None,
            "held": row["held"] if sees_money else None,
        }  # fmt: skip

    def _day(self, at: datetime | None) -> date | None:
        return at.astimezone(self._registry.clock.zone).date() if at else None


def _ids(rows: dict[int, list[Record]]) -> tuple[int, ...]:
    return tuple(row.id for some in rows.values() for row in some)


def _findings(items: Sequence[Text | None], words: str | None) -> Text | None:
    """What was wrong, and the words that were written to it."""
    parts = [one for one in items if one is not None]
    if not parts:
        return Text(words, words) if words else None
    said = Text("、".join(one.zh for one in parts), ", ".join(one.en for one in parts))
    if not words:
        return Text("不合格：{said}", "Not fine: {said}").with_(said=said)
    return Text("不合格：{said}。{words}", "Not fine: {said}. {words}").with_(said=said, words=words)


def _both(move: Record) -> str | None:
    """Who handled a movement and who approved it, once where they are the same."""
    names = (move.titles.get(name) for name in ("handled_by", "approved_by"))
    return " / ".join(dict.fromkeys(name for name in names if name)) or None
