"""What was found on a round becomes one linked request, once: findings, vacant units, complaints of visits (P2–P4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.followups import Change, Row, follow_up
from models.query import Query
from office.photo_copies import copies_for
from office.raw_rows import raw_rows
from office.requests.taking import take_request

if TYPE_CHECKING:
    from models.registry import Registry

REQUEST = "service_request"
LONGEST = 80
"""Characters of what was found that make the matter of a request."""
TRADES = {
    "cleaning": "cleaning", "gardens": "gardening", "security": "security", "water": "plumbing", "power": "electrical",
    "telecom": "telecom", "cable": "telecom",
}  # fmt: skip
"""The trade that a subject of a point belongs to; the words tell the others."""

Values = Callable[[Row], Mapping[str, Any]]


@follow_up("finding_to_request")
def finding_to_request(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """Each finding is one request, of the public area where its point is."""
    fresh = _fresh(changes)
    patrols = _values(registry, "patrol", ("point", "by"), {row["patrol"] for row in fresh})
    places = _values(registry, "patrol_point", ("name", "place"), {point for point, _ in patrols.values()})

    def values(row: Row) -> Mapping[str, Any]:
        point, by = patrols.get(row["patrol"], (0, None))
        name, place = places.get(point, ("", ""))
        return {
            "kind": "repair", "owner": by, "building": row["building"], "place": " ".join(filter(None, (name, place))),
            "trade": _trade(registry, row["subject"]), "matter": _matter(row["what"]),
            "details": row["what"] if len(row["what"]) > LONGEST else None,
        }  # fmt: skip

    _take(registry, actor, "patrol_finding", fresh, values, source)


@follow_up("vacancy_round_to_request")
def vacancy_round_to_request(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """What is wrong in a vacant unit is a request of that unit."""
    fresh = [row for row in _fresh(changes) if not row["all_fine"]]

    def values(row: Row) -> Mapping[str, Any]:
        return {"kind": "repair", "unit": row["unit"], "matter": _matter(row["words"]), "details": row["words"]}

    _take(registry, actor, "vacancy_round", fresh, values, source)


@follow_up("visit_to_request")
def visit_to_request(registry: Registry, actor: Actor, changes: Sequence[Change], source: Source) -> None:
    """What a resident complains of when called on is a complaint of theirs."""
    fresh = [row for row in _fresh(changes) if row["complaint"]]

    def values(row: Row) -> Mapping[str, Any]:
        return {
            "kind": "complaint", "unit": row["unit"], "caller": row["resident"], "details": row["complaint"],
            "matter": _matter(row["complaint"]),
        }  # fmt: skip

    _take(registry, actor, "visit", fresh, values, source)


# -- parts -----------------------------------------------------------------------------------------


def _fresh(changes: Iterable[Change]) -> list[Row]:
    """The records that have no request yet."""
    return [one.new for one in changes if one.new is not None and one.new["request"] is None]


def _take(
    registry: Registry, actor: Actor, entity: str, rows: Iterable[Row], values: Values, source: Source
) -> None:  # fmt: skip
    """Make the request of each record and link it there; the photos go along."""
    now, made = registry.clock.now(), {}
    for row in rows:
        given = {
            "channel": "patrol", "owner": row.get("by"), "origin": f"{entity}:{row['id']}", **values(row),
            "photos": copies_for(registry, actor, entity, row.get("photos"), REQUEST),
        }  # fmt: skip
        made[row["id"]] = {"request": take_request(registry, actor, now, given, source)}
    if made:
        registry.store.update_many(actor, entity, made, source)


def _matter(words: str) -> str:
    return words.strip().splitlines()[0][:LONGEST]


def _trade(registry: Registry, subject: str | None) -> str | None:
    trade = TRADES.get(subject or "")
    return trade if trade in registry.schema.choices.get("trade", {}) else None


def _values(
    registry: Registry, entity: str, names: Sequence[str], ids: Iterable[int]
) -> dict[int, tuple[Any, ...]]:  # fmt: skip
    """Fields of records by id. Read as the program: they make the words of a request, for those who see that."""
    wanted = tuple(ids)
    rows = raw_rows(registry, SYSTEM, entity, Query(ids=wanted, sort="id"), names) if wanted else ()
    return {row[0]: tuple(row[1:]) for row in rows}
