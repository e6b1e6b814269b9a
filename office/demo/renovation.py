"""Renovation on the demo estate: the list of works with what is prohibited, and permits at every stage (D1, D2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from models.actor import SYSTEM
from models.query import Condition
from office.demo.books import DEMO, Books
from office.demo.renovation_course import Site, add_course
from office.demo.strokes import signature

DAY = timedelta(days=1)
RULE = "《住宅室内装饰装修管理办法》"
WORKS = (
    ("拆改承重墙、梁、柱、楼板", "structure", True, False),
    ("在承重墙上开洞或扩大门窗", "structure", True, False),
    ("改动建筑外立面、在非承重外墙上开门窗", "facade", True, False),
    ("没有防水要求的房间或阳台改为卫生间、厨房", "waterproof", True, False),
    ("破坏厨卫防水层", "waterproof", True, False),
    ("拆改燃气管道和设施", "gas", True, False),
    ("损坏房屋原有节能设施", "energy", True, False),
    ("拆改非承重隔墙", "masonry", False, True),
    ("墙地砖铺贴", "masonry", False, False),
    ("强弱电改造", "electrical", False, True),
    ("给排水改造", "plumbing", False, True),
    ("厨卫防水重做（须闭水试验）", "waterproof", False, False),
    ("吊顶与木作", "joinery", False, False),
    ("门窗更换（样式颜色不变）", "joinery", False, False),
    ("墙面涂饰", "finishes", False, False),
)
"""(name, group, whether it is prohibited, whether it needs a drawing)"""
COMPANIES = ("样板装饰工程", "示例家装", "演示建筑装饰")
FOREMEN = ("领队甲", "领队乙", "领队丙")
WORKERS = (("工人甲", "泥瓦"), ("工人乙", "水电"), ("工人丙", "木作"))
DEPOSIT = Decimal("2000.00")


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a permit stands: its days from today, and what happened there (the names of ``renovation_course``)."""

    state: str
    first: int
    last: int
    course: str = ""
    is_told: bool = True
    is_prohibited: bool = False


STAGES = (
    Stage("in_progress", -12, 33, "inspected"), Stage("in_progress", -5, 40),
    Stage("in_progress", -20, 5, "minor"), Stage("in_progress", -8, 30),
    Stage("in_progress", -15, 20, "stopped"), Stage("in_progress", -30, 15, "put_right"),
    Stage("in_progress", -40, 12, "reported"), Stage("expired", -45, -3, "inspected"),
    Stage("completed", -60, 4), Stage("completed", -70, 2, "failed"), Stage("completed", -50, 6, "half"),
    Stage("accepted", -80, -6, "deducted"), Stage("closed", -150, -100, "accepted"),
    Stage("approved", 0, 45), Stage("submitted", 3, 60), Stage("submitted", 5, 40, is_prohibited=True),
    Stage("draft", 6, 50, is_told=False), Stage("refused", -10, 30, is_prohibited=True),
)  # fmt: skip
GOING = ("in_progress", "expired", "completed", "accepted", "closed")
"""States of works that have begun."""


def add_renovation(books: Books) -> None:
    """The list of works, and permits of households in different buildings at every stage."""
    works = books.add_many(
        "renovation_work",
        [
            {"name": name, "group": group, "is_prohibited": bad, "needs_drawing": drawn, "why": RULE if bad else None}
            for name, group, bad, drawn in WORKS
        ],
    )
    allowed = [id for id, (_name, _group, bad, drawn) in zip(works, WORKS, strict=True) if not bad and not drawn]
    for n, (stage, home) in enumerate(zip(STAGES, _homes(books), strict=False)):
        chosen = (works[0], *allowed[:2]) if stage.is_prohibited else tuple(allowed[n % 3 : n % 3 + 3])
        id = _permit(books, n, stage, home, chosen)
        if stage.state in ("in_progress", "expired", "completed"):
            _passes(books, id, n, stage)
        if stage.course:
            begun, over = books.today + stage.first * DAY, books.today + stage.last * DAY
            add_course(books, Site(id, home[0], works[1], begun, over), stage.course)


def _homes(books: Books) -> list[tuple[int, int]]:
    """(unit, owner) for every stage: first those that are being renovated, whose deposits the till has taken."""
    owned = (Condition("ended_on", "empty"), Condition("role", "in", ("owner",)))
    owners = [(unit, resident) for _id, unit, resident in books.rows("occupancy", ("unit", "resident"), *owned)]
    renovating = {id for id, state in books.rows("unit", ("state",)) if state == "renovating"}
    begun = sum(stage.state in GOING for stage in STAGES)
    first = _spread([home for home in owners if home[0] in renovating], begun)
    rest = [home for home in owners if home[0] not in renovating]
    return [*first, *_spread(rest, len(STAGES) - len(first))]


def _spread(homes: list[tuple[int, int]], count: int) -> list[tuple[int, int]]:
    """So many of them, from all over the estate."""
    count = min(count, len(homes))
    return [homes[n * len(homes) // count] for n in range(count)]


def _permit(books: Books, n: int, stage: Stage, home: tuple[int, int], works: tuple[int, ...]) -> int:
    starts_on, ends_on = books.today + stage.first * DAY, books.today + stage.last * DAY
    begun, over = stage.state in GOING, stage.state in ("accepted", "closed")
    told_at = books.at(min(starts_on, books.today) - 2 * DAY, 10) if stage.is_told else None
    is_approved = begun or stage.state == "approved"
    id = books.add(
        "renovation_permit", unit=home[0], applicant=home[1], contractor=COMPANIES[n % len(COMPANIES)],
        licence=f"DEMO-{n + 1:04}", foreman=FOREMEN[n % len(FOREMEN)], foreman_phone=f"190000009{n:02}",
        works=works, starts_on=starts_on, ends_on=ends_on, rules_told_at=told_at,
        owner_signature=_signed(books, f"owner {n}") if stage.is_told else None,
        contractor_signature=_signed(books, f"contractor {n}") if stage.is_told else None,
        # Whatever follows, the works were first completed: an acceptance is of completed works.
        state="completed" if over else stage.state, submitted_at=told_at and told_at + timedelta(hours=1),
        approved_at=told_at and told_at + timedelta(hours=5) if is_approved else None,
        approved_by=books.users.get("engineer") if is_approved else None,
        refused_why="承重墙不得拆改，请修改方案" if stage.state == "refused" else None,
        began_on=starts_on if begun else None,
        completed_on=min(ends_on, books.today - DAY) if over or stage.state == "completed" else None,
    )  # fmt: skip
    _hold(books, id, home[0])
    return id


def _hold(books: Books, permit: int, unit: int) -> None:
    """The deposit that the till holds for this unit is the permit's."""
    of_unit = (Condition("unit", "equals", unit), Condition("kind", "equals", "renovation"))
    moved = {deposit for _id, deposit in books.rows("deposit_move", ("deposit",))}
    for deposit, held in books.rows("deposit", ("held",), *of_unit):
        if held and deposit not in moved:
            books.registry.store.update(SYSTEM, "deposit", deposit, {"permit": permit}, DEMO)


def _passes(books: Books, permit: int, n: int, stage: Stage) -> None:
    """Workers with passes for as long as the permit."""
    starts_on, ends_on = books.today + stage.first * DAY, books.today + stage.last * DAY
    books.add_many(
        "worker_pass",
        [
            {"permit": permit, "name": name, "work": work, "starts_on": starts_on, "ends_on": ends_on}
            for name, work in WORKERS[: 1 + n % 3]
        ],
    )


def _signed(books: Books, who: str) -> tuple[str, ...]:
    return (books.registry.files.put(SYSTEM, "renovation_permit", None, "signature.png", signature(who)),)
