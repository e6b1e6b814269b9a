"""How a request goes on: what each state notes, what may not change, and when it may close (S2, S3, S5).

Whoever moves a request (a step, an action, an order that was done, a callback), the moments are noted here, before the
write: ``noted`` is the rule, ``prepare`` asks the office what it goes by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.reads.formulas import expression_of
from office.raw_rows import raw_rows
from office.requests.policy import policy_of
from schema.expressions import evaluate
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

SOLVED = frozenset({"solved", "called_back", "closed"})
"""Something was done about it."""
ENDED = SOLVED | {"cancelled"}
"""Nobody works on it; every other state, an office's own too, is open."""
FORGOTTEN = (
    "solved_at", "solved_by", "solution", "called_back_at", "satisfaction", "signed_by", "signed_at", "closed_at",
)  # fmt: skip
"""What a request that is opened again begins anew."""

CALL_OPEN = (
    "state in ['due', 'retry', 'promised'] or (state == 'done' and needs_signature == true and signed_by == null)"
)

OWNER_STAYS = Text(
    "首问责任人负责到底，不能更改。", "Who took it stays its first-contact owner to the end; that cannot be changed."
)
KIND_STAYS = Text(
    "投诉改成别的类别要由能签署的人（主管、主任，解决它的人除外）来改。",
    "A complaint is made another kind only by those who could sign for it, which who solved it cannot.",
)
CALL_DUE = Text(
    "还有未完成的回访（或回访待签署），完成后才能关闭。",
    "A callback is still to be made or signed; it can be closed after that.",
)


def is_open(state: str | None) -> bool:
    """Whether somebody still has to do something about a request in this state."""
    return state not in ENDED


def noted(old: Mapping[str, Any] | None, new: Mapping[str, Any], now: datetime, actor: int | None) -> dict[str, Any]:
    """What the move from ``old`` to ``new`` writes down by itself; a moment that the write itself gives stays. S2–S5.

    Solving answers, too: it fills the first answer, the look into it, and for a complex one the plan, where these are
    blank. Opening again counts, and begins the result anew.
    """
    before, after = (old or {}).get("state"), new.get("state")
    if old is None or before == after:
        return {}
    found: dict[str, Any] = {}
    if not is_open(before) and is_open(after):
        found = dict.fromkeys(FORGOTTEN)
        if before in SOLVED:
            found |= {"reopened": (old.get("reopened") or 0) + 1, "reopened_at": now}
    if before == "waiting":
        found["waiting_for"] = None
    if after == "in_progress" or after in SOLVED:
        found["looked_into_at"] = new.get("looked_into_at") or now
    if after in SOLVED and is_open(before):
        found["solved_at"] = _given(old, new, "solved_at") or now
        found["solved_by"] = _given(old, new, "solved_by") or actor
        found["answered_at"] = new.get("answered_at") or found["solved_at"]
        if new.get("is_complex"):
            found["planned_at"] = new.get("planned_at") or found["solved_at"]
    for state, name in (("called_back", "called_back_at"), ("closed", "closed_at")):
        if after == state:
            found[name] = _given(old, new, name) or now
    return found


def _given(old: Mapping[str, Any], new: Mapping[str, Any], name: str) -> Any:
    """The value that this very write gives a field; None for none."""
    return new.get(name) if new.get(name) != old.get(name) else None


@preparation("service_request")
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """Fill in building, name, phone and department, note the moments, and keep what may not change (S1–S5)."""
    asked = [draft for draft in drafts if draft.values is not None]
    facts = _Facts(registry, actor, asked)
    return [Prepared() if draft.values is None else _prepared(facts, draft.old, draft.values) for draft in drafts]


class _Facts:
    """What the rules go by, read at once for all drafts."""

    def __init__(self, registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> None:
        self.registry, self.actor = registry, actor
        self.policy, self.now = policy_of(registry.schema), registry.clock.now()
        rows = [draft.values for draft in drafts if draft.values is not None]
        self.buildings = _column(registry, "unit", _ids(rows, "unit"), "building")
        self.callers = _people(registry, _ids((row for row in rows if _lacks_caller(row)), "caller"))
        fresh = any(draft.old is None and not (draft.values or {}).get("department") for draft in drafts)
        self.departments = departments(registry) if fresh else {}
        closing = [d.old["id"] for d in drafts if d.old and d.values and _becomes(d.old, d.values, "closed")]
        self.called = requests_to_call(registry, closing)
        self.numbers = _numbers(registry, [draft.values for draft in drafts if draft.old is None and draft.values])

    def needs_signature(self, row: Mapping[str, Any]) -> bool:
        """Whether such a request closes only with a signature, as the schema says."""
        formula = expression_of(self.registry.schema.entities["service_request"].fields["needs_signature"])
        return evaluate(formula, row, self.registry.environments.of(self.actor)) is True

    def may_sign(self, row: Mapping[str, Any]) -> bool:
        """Whether the actor could sign for such a request: those who may, but not who solved it."""
        if self.actor.system:
            return True
        is_solver = row.get("solved_by") is not None and row["solved_by"] == self.actor.id
        return not is_solver and self.registry.access.may(self.actor, "service_request", "sign")


def _prepared(facts: _Facts, old: Mapping[str, Any] | None, new: Mapping[str, Any]) -> Prepared:
    problems: dict[str, list[Text]] = {}
    if old is not None and new.get("owner") != old.get("owner"):
        problems["owner"] = [OWNER_STAYS]
    is_other = old is not None and new.get("kind") != old.get("kind")
    if old is not None and is_other and facts.needs_signature(old) and not facts.may_sign(old):
        problems["kind"] = [KIND_STAYS]
    if old is not None and old["id"] in facts.called:
        problems[""] = [CALL_DUE]
    values = noted(old, new, facts.now, facts.actor.id)
    if new.get("unit") in facts.buildings:
        values["building"] = facts.buildings[new["unit"]]
    if new.get("caller") in facts.callers:
        name, phone = facts.callers[new["caller"]]
        values |= {"caller_name": new.get("caller_name") or name, "phone": new.get("phone") or phone}
    if old is None:
        values |= _suggested(facts, new)
    return Prepared(values={n: v for n, v in values.items() if v != new.get(n)}, problems=problems)


def _suggested(facts: _Facts, new: Mapping[str, Any]) -> dict[str, Any]:
    """Trade, department and number of a new request, where it has none."""
    kind, trade = new.get("kind"), new.get("trade")
    if not trade and not facts.policy.kind(kind).department:
        trade = facts.policy.trade_of(str(new.get("matter") or ""))
    found: dict[str, Any] = {"trade": trade}
    if not new.get("department"):
        found["department"] = facts.departments.get(facts.policy.department_of(kind, trade))
    day = _day(facts.registry, new.get("taken_at"))
    if not new.get("number") and day in facts.numbers:
        found["number"] = next(facts.numbers[day])
    return found


def departments(registry: Registry) -> dict[str, int]:
    """The departments of the office by name."""
    return {name: id for id, name in raw_rows(registry, SYSTEM, "department", Query(sort="id"), ("name",))}


def requests_to_call(registry: Registry, requests: Sequence[int]) -> set[int]:
    """Those of ``requests`` about which a callback is still to be made, or to be signed (S6)."""
    if not requests:
        return set()
    query = Query(conditions=(Condition("request", "in", tuple(requests)),), where=CALL_OPEN, sort="id")
    return {request for _, request in raw_rows(registry, SYSTEM, "callback", query, ("request",))}


def settle(registry: Registry, actor: Actor, request: int, source: Source) -> bool:
    """Close a request that was solved, if nothing more is due about it; returns whether it is closed now (S5, S6).

    ``actor`` must be one who may write its state: by a step, or as the deputy of an action or a follow-up.
    """
    row = registry.rows.one("service_request", request)
    if row is None or row["state"] not in ("solved", "called_back"):
        return False
    try:
        with registry.store.transaction():
            registry.store.update(actor, "service_request", request, {"state": "closed"}, source)
    except Refused:
        return False
    return True


# -- what the rules go by --------------------------------------------------------------------------


def _becomes(old: Mapping[str, Any], new: Mapping[str, Any], state: str) -> bool:
    return new.get("state") == state and old.get("state") != state


def _ids(rows: Iterable[Mapping[str, Any]], name: str) -> tuple[int, ...]:
    return tuple(sorted({row[name] for row in rows if row.get(name)}))


def _lacks_caller(row: Mapping[str, Any]) -> bool:
    return bool(row.get("caller")) and not (row.get("caller_name") and row.get("phone"))


def _column(registry: Registry, entity: str, ids: Collection[int], name: str) -> dict[int, Any]:
    if not ids:
        return {}
    return dict(raw_rows(registry, SYSTEM, entity, Query(ids=tuple(ids), sort="id"), (name,)))


def _people(registry: Registry, ids: Collection[int]) -> dict[int, tuple[str, str | None]]:
    """Name and phone of residents: what the request keeps of who called."""
    if not ids:
        return {}
    rows = raw_rows(registry, SYSTEM, "resident", Query(ids=tuple(ids), sort="id"), ("name", "phone"))
    return {id: (name, phone) for id, name, phone in rows}


def _day(registry: Registry, at: datetime | None) -> date | None:
    return at.astimezone(registry.clock.zone).date() if at else None


def _numbers(registry: Registry, rows: Sequence[Mapping[str, Any]]) -> dict[date, Any]:
    """Numbers for those taken on another day than today, by that day (S1)."""
    wanted: dict[date, int] = defaultdict(int)
    for row in rows:
        day = _day(registry, row.get("taken_at"))
        if day and not row.get("number") and day != registry.clock.today():
            wanted[day] += 1
    options: Any = registry.schema.entities["service_request"].fields["number"].type.options
    series = "service_request.number"
    return {
        day: iter(registry.numbers.take(series, options.series, options.restart, day, count))
        for day, count in wanted.items()
    }
