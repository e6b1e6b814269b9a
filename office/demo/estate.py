"""The demo estate: buildings with their sections, floors and units, shops among them (domain A1, A2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from office.demo.draft import Draft, Ref


@dataclass(frozen=True, slots=True)
class Plan:
    """How a building is laid out; ``units`` is how many it has when it is full."""

    kind: str
    sections: int
    floors: int
    per_floor: int
    phase: str
    steward: str

    @property
    def units(self) -> int:
        return max(self.sections, 1) * self.floors * self.per_floor


PLANS = (
    Plan("high_rise", 2, 18, 4, "一期", "steward1"),
    Plan("high_rise", 2, 18, 4, "一期", "steward1"),
    Plan("mid_rise", 2, 11, 4, "一期", "steward1"),
    Plan("high_rise", 2, 18, 4, "二期", "steward2"),
    Plan("low_rise", 3, 6, 2, "二期", "steward2"),
    Plan("commercial", 0, 2, 22, "二期", "steward2"),
)
FULL = sum(plan.units for plan in PLANS)
LAYOUTS = (("一室一厅", 45, 68), ("两室一厅", 70, 92), ("三室两厅", 95, 138), ("四室两厅", 140, 178))
STRUCTURES = {
    "high_rise": "shear_wall", "mid_rise": "frame_shear", "low_rise": "brick_concrete", "commercial": "frame",
}  # fmt: skip


def add_estate(draft: Draft, units: int) -> None:
    """Buildings with ``units`` units in all: the six plans, smaller when there are few, again when there are many."""
    number = 0
    for share in _shares(units):
        for plan, count in zip(PLANS, share, strict=True):
            number += 1
            _add_building(draft, plan, number, count)


def _shares(units: int) -> Iterator[list[int]]:
    """For each round of the six plans, the units of each building; they add up to ``units``."""
    rounds, rest = divmod(units, FULL)
    for _ in range(rounds):
        yield [plan.units for plan in PLANS]
    if rest:
        part = [plan.units * rest // FULL for plan in PLANS]
        part[0] += rest - sum(part)
        yield part


def _add_building(draft: Draft, plan: Plan, number: int, count: int) -> None:
    shops = plan.kind == "commercial"
    building = draft.add(
        "building",
        number=str(number),
        name="澜庭商街" if shops else f"澜庭{number}号楼",
        estate="澜庭",
        phase=plan.phase,
        kind=plan.kind,
        floors=plan.floors,
        basements=0 if plan.kind == "low_rise" else 2,
        sections=plan.sections,
        elevators=plan.sections * 2 if plan.kind.endswith("_rise") and plan.kind != "low_rise" else 0,
        steward=draft.user(plan.steward),
        address=f"样板路 1 号 {number} 栋",
    )
    rooms = _rooms(plan)
    for section, floor, room in (next(rooms) for _ in range(count)):
        _add_unit(draft, plan, building, section, floor, room)


def _rooms(plan: Plan) -> Iterator[tuple[str, int, str]]:
    """(section, floor, room) floor by floor; a building grows as high as it must."""
    sections = [str(n + 1) for n in range(plan.sections)] or ["0"]
    floor = 0
    while True:
        floor += 1
        for section in sections:
            for place in range(1, plan.per_floor + 1):
                yield section, floor, f"{floor}{place:02}"


def _add_unit(draft: Draft, plan: Plan, building: Ref, section: str, floor: int, room: str) -> None:
    rng = draft.random
    shop = plan.kind == "commercial"
    layout, least, most = rng.choice(LAYOUTS)
    area = rng.randrange(least * 100, most * 100) / 100
    handed_over = draft.ago(700, 2400) if plan.phase == "一期" else draft.ago(200, 690)
    draft.add(
        "unit",
        building=building,
        section=section,
        room=room,
        kind="shop" if shop else "residence",
        state=_state(draft, shop),
        floor=floor,
        area=f"{area:.2f}",
        usable_area=f"{area * 0.8:.2f}",
        layout=None if shop else layout,
        structure=STRUCTURES[plan.kind],
        quality="good" if draft.chance(0.9) else "fair",
        property_right="commodity",
        handed_over_on=handed_over,
    )


def _state(draft: Draft, shop: bool) -> str:
    if shop:
        return "shop" if draft.chance(0.86) else "vacant"
    states, weights = ("occupied", "let", "vacant", "renovating"), (58, 21, 13, 8)
    return draft.random.choices(states, weights)[0]
