"""An occupancy ends by a move-out slip, once the bills are settled or waived by name (domain A13)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.errors import Invalid, NotAllowed, Refused
from models.query import Query
from office.occupancy import state_after

LAST_DAY = date(2026, 3, 10)


def step(estate: Any, who: str, slip: int, name: str, **values: Any) -> None:
    estate.registry.store.step(estate.people[who], "move_out", slip, name, values, "", Source("step"))


def slip_of(estate: Any) -> int:
    return int(estate.registry.scope.ids(SYSTEM, "move_out", Query(), 1)[0])


@pytest.mark.parametrize(
    ("state", "left", "after"),
    [
        ("let", {"owner"}, "vacant"),
        ("let", {"owner", "tenant"}, "let"),
        ("occupied", set(), "vacant"),
        ("occupied", {"owner"}, "occupied"),
        ("renovating", set(), "renovating"),
        ("shop", {"owner"}, "shop"),
        (None, set(), None),
    ],
)
def test_the_state_of_the_unit_follows(state: str | None, left: set[str], after: str | None) -> None:
    assert state_after(state, left) == after


def test_a_tenant_leaves_when_the_bills_are_settled(estate: Any) -> None:
    """
    1-1-101 let  云一 owner   2020-05-01 –
                 山三 tenant  2025-01-01 –
    """
    unit = estate.unit("101", state="let")
    estate.lives(unit, "云一", "owner", "2020-05-01")
    tenant = estate.lives(unit, "山三", "tenant", "2025-01-01")
    registered = estate.act("steward1", "occupancy", "move_out", tenant, moves_on=LAST_DAY, reason="租约到期")
    assert "TC260316001" in registered.done[0][1].to("en")
    slip = slip_of(estate)

    assert estate.act("steward1", "move_out", "end_occupancy", slip).done == []
    with pytest.raises(NotAllowed):
        step(estate, "steward1", slip, "settle")
    step(estate, "cashier", slip, "settle")
    with pytest.raises(Refused, match="End the occupancy first"):
        step(estate, "steward1", slip, "confirm")

    assert estate.act("steward1", "move_out", "end_occupancy", slip).skipped == []
    assert estate.register(unit) == ["云一 owner 2020-05-01 –", "山三 tenant 2025-01-01 – 2026-03-10"]
    assert estate.registry.scope.get(SYSTEM, "unit", unit)["state"] == "vacant"
    step(estate, "steward1", slip, "confirm")
    record = estate.registry.scope.get(SYSTEM, "move_out", slip)
    assert (record["state"], record["settled_by"]) == ("confirmed", estate.people["cashier"].id)


def test_a_change_of_name_begins_the_next_occupancy(estate: Any) -> None:
    """
    1-1-101  山三 tenant  2025-01-01 –
    """
    unit = estate.unit("101", state="let")
    tenant = estate.lives(unit, "山三", "tenant", "2025-01-01")
    heir = estate.make("resident", name="禾四")
    estate.act("supervisor", "occupancy", "change_name", tenant, moves_on=LAST_DAY, new_holder=heir)
    slip = slip_of(estate)
    with pytest.raises(Invalid):
        step(estate, "billing", slip, "waive")
    step(estate, "billing", slip, "waive", waiver_reason="尾差")
    assert estate.registry.scope.get(SYSTEM, "move_out", slip)["waived_by"] == estate.people["billing"].id
    estate.act("supervisor", "move_out", "end_occupancy", slip)
    assert estate.register(unit) == ["山三 tenant 2025-01-01 – 2026-03-10", "禾四 tenant 2026-03-11 –"]
    assert estate.registry.scope.get(SYSTEM, "unit", unit)["state"] == "let"


def test_one_slip_at_a_time(estate: Any) -> None:
    unit = estate.unit("101")
    tenant = estate.lives(unit, "山三", "tenant", "2025-01-01")
    estate.act("frontdesk", "occupancy", "move_out", tenant, moves_on=LAST_DAY)
    again = estate.act("frontdesk", "occupancy", "move_out", tenant, moves_on=LAST_DAY)
    assert "in progress already" in again.skipped[0][1].to("en")


def test_the_last_day_lies_within_the_occupancy(estate: Any) -> None:
    unit = estate.unit("101")
    tenant = estate.lives(unit, "山三", "tenant", "2025-01-01")
    early = estate.act("frontdesk", "occupancy", "move_out", tenant, moves_on=date(2024, 12, 31))
    assert "before the occupancy began" in early.skipped[0][1].to("en")
    estate.act("frontdesk", "occupancy", "move_out", tenant, moves_on=date(2026, 3, 20))
    slip = slip_of(estate)
    step(estate, "cashier", slip, "settle")
    ahead = estate.act("frontdesk", "move_out", "end_occupancy", slip)
    assert "lies in the future" in ahead.skipped[0][1].to("en")
    assert estate.register(unit) == ["山三 tenant 2025-01-01 –"]


@pytest.mark.parametrize("who", ["steward1", "frontdesk"])
def test_nobody_ends_an_occupancy_by_hand(estate: Any, who: str) -> None:
    """But a supervisor may correct one."""
    unit = estate.unit("101")
    tenant = estate.lives(unit, "山三", "tenant", "2025-01-01")
    end = ("occupancy", tenant, {"ended_on": LAST_DAY}, Source("form"))
    with pytest.raises(NotAllowed):
        estate.registry.store.update(estate.people[who], *end)
    assert estate.registry.store.update(estate.people["supervisor"], *end)


def test_a_lease_brings_the_tenant_in_and_a_second_one_is_added(estate: Any) -> None:
    """
    1-1-101 vacant  lease 山三, then lease 禾四
    """
    unit = estate.unit("101")
    leases = []
    for name in ("山三", "禾四"):
        tenant = estate.make("resident", name=name)
        leases.append(estate.make("lease", unit=unit, tenant=tenant, ends_on=date(2027, 3, 1), state="active"))
    for lease in leases:
        assert estate.act("steward1", "lease", "move_in", lease, moves_on=LAST_DAY).skipped == []
    assert estate.register(unit) == ["山三 tenant 2026-03-10 –", "禾四 tenant 2026-03-10 –"]
    assert estate.registry.scope.get(SYSTEM, "unit", unit)["state"] == "let"
    entries = [row["entry"] for row in estate.registry.scope.page(SYSTEM, "occupancy", Query(sort="id")).rows]
    assert entries == ["rented", "added_tenant"]
    again = estate.act("steward1", "lease", "move_in", leases[0], moves_on=LAST_DAY)
    assert "lives in the unit already" in again.skipped[0][1].to("en")
