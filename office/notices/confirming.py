"""Important notices confirmed by phone: outcomes noted with one tap, and the list a caller works through (S12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.query import Condition, Page, PageRef, Query
from models.record import Record
from office.finding import Person, people_by
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

TOLD = ("reached", "in_person")
VIEWS = {"call": ("to_call",), "again": ("no_answer",), "over": (*TOLD, "unreachable")}
"""The lists of a caller: not called yet, to be tried again, and what is over."""
COUNTED = ("to_call", "no_answer", "told", "unreachable")
BY_PHONE = ("reached", "no_answer", "unreachable")
SIZE = 20
SHOWN = ("notice", "unit", "building", "outcome", "told", "words", "called_at", "called_by", "tries")

NO_OUTCOME = Text("请选择打了电话的结果，而不是“待电话”。", "Choose what came of the call; “to call” is none.")
NO_WORDS = Text(
    "无法联系时请写明原因，如号码停机、多次无人接听。",
    "Say why they cannot be reached: a dead number, nobody there after many tries.",
)
NOTED = Text("{unit}：{outcome}", "{unit}: {outcome}")
AGAIN = Text("{unit} 将重新确认。", "{unit} is to be called again.")


def refusal(outcome: str, words: str | None) -> Text | None:
    """Why an outcome is not taken; None where it is. Source: domain S12."""
    if outcome == "to_call":
        return NO_OUTCOME
    return NO_WORDS if outcome == "unreachable" and not (words or "").strip() else None


@operation("note_call")
def note_call(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Note what came of calls about a notice: when, by whom, who was told, what was said (S12)."""
    outcome, words = answers["outcome"], answers.get("words")
    if said := refusal(outcome, words):
        raise Refused(said)
    label = registry.schema.choices["confirmation_outcome"][outcome].label

    def one(id: int) -> Text:
        row = registry.scope.get(actor, "notice_confirmation", id)
        values = {
            "outcome": outcome, "told": answers.get("told"), "words": words or row["words"], "called_at": now,
            "called_by": actor.id, "tries": row["tries"] + (outcome in BY_PHONE),
        }  # fmt: skip
        registry.store.update(actor, "notice_confirmation", id, values, Source("action", "note_call"), row.version)
        return NOTED.with_(unit=row.titles.get("unit") or "", outcome=label)

    return registry.store.each(selection.ids, one)


@operation("call_again")
def call_again(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Put households back on the list, where an outcome was tapped by mistake; the history keeps it (S12)."""

    def one(id: int) -> Text:
        row = registry.scope.get(actor, "notice_confirmation", id)
        values = {"outcome": "to_call", "told": None, "called_at": None, "called_by": None}
        registry.store.update(actor, "notice_confirmation", id, values, Source("action", "call_again"), row.version)
        return AGAIN.with_(unit=row.titles.get("unit") or "")

    return registry.store.each(selection.ids, one)


@dataclass(frozen=True, slots=True)
class Household:
    """A line of the list: the confirmation, and who can be called; phones as the caller may see them."""

    row: Record
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """How a building stands, or with ``building`` None all that the caller sees: households by what came of it."""

    building: int | None
    name: str
    to_call: int = 0
    no_answer: int = 0
    told: int = 0
    unreachable: int = 0

    @property
    def left(self) -> int:
        """Households that are still to be called."""
        return self.to_call + self.no_answer

    @property
    def over(self) -> int:
        """Households that nobody calls any more."""
        return self.told + self.unreachable

    @property
    def calls(self) -> int:
        """All households."""
        return self.left + self.over


@dataclass(frozen=True, slots=True)
class CallList:
    """What a caller works through: how it stands, as a whole, by building and in the building chosen; a page of it."""

    whole: Block
    blocks: tuple[Block, ...]
    here: Block
    households: tuple[Household, ...]
    page: Page


def call_list(registry: Registry, actor: Actor, notice: int, building: int | None, view: str, cursor: str) -> CallList:
    """A page of the households of a notice that the actor may call, door by door; a fixed number of queries.

    ``view`` is one of VIEWS.
    """
    blocks = standing(registry, actor, notice)
    there = (Condition("building", "equals", building),) if building is not None else ()
    query = Query(
        conditions=(Condition("notice", "equals", notice), Condition("outcome", "in", VIEWS[view]), *there),
        columns=SHOWN, sort="title", size=SIZE, page=PageRef("after", cursor) if cursor else PageRef(),
    )  # fmt: skip
    page = registry.scope.page(actor, "notice_confirmation", query)
    people = people_by(registry, actor, "unit", [row["unit"] for row in page.rows])
    present = {unit: tuple(one for one in all if not one.left) for unit, all in people.items()}
    homes = tuple(Household(row, present.get(row["unit"], ())) for row in page.rows)
    whole = Block(None, "", *(sum(getattr(one, name) for one in blocks) for name in COUNTED))
    here = next((one for one in blocks if one.building == building), Block(building, "")) if building else whole
    return CallList(whole, blocks, here, homes, page)


def standing(registry: Registry, actor: Actor, notice: int) -> tuple[Block, ...]:
    """How each building stands, in their order, as far as the actor sees it."""
    query = Query(conditions=(Condition("notice", "equals", notice),))
    rows = registry.scope.aggregate(actor, "notice_confirmation", by=("building", "outcome"), query=query)
    found: dict[int, dict[str, int]] = {}
    names: dict[int, str] = {}
    for row in rows:
        id, counted = row.keys["building"], "told" if row.keys["outcome"] in TOLD else row.keys["outcome"]
        counts = found.setdefault(id, {})
        counts[counted] = counts.get(counted, 0) + row.count
        names[id] = row.labels["building"].to(actor.locale)
    return tuple(Block(id, names[id], **counts) for id, counts in found.items())
