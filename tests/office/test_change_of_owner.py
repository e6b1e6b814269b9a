"""A change of owner ends the present owners' occupancies and begins the new one's (domain A4)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.actor import SYSTEM
from models.errors import NotAllowed, Refused
from models.query import Query
from office.occupancy import Term, succession

TODAY = date(2026, 3, 16)
DAY = date(2026, 3, 1)
ID_NUMBER = "110101199001011237"


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


@pytest.mark.parametrize(
    ("present", "new_owner", "family_leaves", "ending"),
    [
        ([(1, "owner")], 9, True, [1]),
        ([(1, "owner"), (2, "joint_owner")], 9, True, [1, 2]),
        ([(1, "owner"), (2, "family")], 9, True, [1, 2]),
        ([(1, "owner"), (2, "family")], 9, False, [1]),
        ([(1, "owner"), (2, "tenant")], 9, True, [1]),
        ([(1, "owner"), (2, "tenant")], 2, True, [1, 2]),
        ([(1, "owner"), (2, "joint_owner")], 2, True, [1, 2]),
        ([], 9, True, []),
        ([(1, "owner")], None, True, [1]),
    ],
)
def test_who_leaves(
    present: list[tuple[int, str]], new_owner: int | None, family_leaves: bool, ending: list[int]
) -> None:
    """Owners always, their family when it goes along, a tenant only by becoming the owner."""
    terms = [Term(n, n, role) for n, role in present]
    plan = succession(terms, DAY, TODAY, new_owner=new_owner, family_leaves=family_leaves)
    assert [term.id for term in plan.ending] == ending
    assert (plan.last_day, plan.first_day) == (date(2026, 2, 28), DAY)


@pytest.mark.parametrize(
    ("changed_on", "started_on", "new_owner", "why"),
    [
        ("2026-03-17", None, 9, "2026-03-17 lies in the future"),
        ("2026-03-16", None, 9, ""),
        ("2020-05-01", "2020-05-01", 9, "2020-05-01 is not after 2020-05-01"),
        ("2020-04-30", "2020-05-01", 9, "2020-04-30 is not after 2020-05-01"),
        ("2020-05-02", "2020-05-01", 9, ""),
        ("2026-03-01", "2020-05-01", 1, "the only owner already"),
    ],
)
def test_what_is_refused(changed_on: str, started_on: str | None, new_owner: int, why: str) -> None:
    terms = [Term(1, 1, "owner", day(started_on))]
    if not why:
        assert succession(terms, date.fromisoformat(changed_on), TODAY, new_owner=new_owner, family_leaves=True).ending
        return
    with pytest.raises(Refused) as refused:
        succession(terms, date.fromisoformat(changed_on), TODAY, new_owner=new_owner, family_leaves=True)
    assert why in refused.value.text.to("en")
    assert changed_on in refused.value.text.to("zh") or new_owner == 1


def test_the_old_owner_leaves_the_day_before_and_a_new_file_is_opened(estate: Any) -> None:
    """
    1-1-101  云一 owner   2020-05-01 –
             云二 family  2020-05-01 –
             山三 tenant  2025-01-01 –
    """
    unit = estate.unit("101")
    estate.lives(unit, "云一", "owner", "2020-05-01", is_head=True)
    estate.lives(unit, "云二", "family", "2020-05-01")
    estate.lives(unit, "山三", "tenant", "2025-01-01")
    outcome = estate.act("supervisor", "unit", "change_owner", unit, name="禾四", phone="13800000001",
                         id_number=ID_NUMBER, changed_on=DAY, share=100, family_leaves=True)  # fmt: skip
    assert outcome.skipped == []
    assert "禾四" in outcome.done[0][1].to("zh")
    assert estate.register(unit) == [
        "云一 owner 2020-05-01 – 2026-02-28",
        "云二 family 2020-05-01 – 2026-02-28",
        "山三 tenant 2025-01-01 –",
        "禾四 owner 2026-03-01 –",
    ]


def test_a_steward_changes_the_owner_in_the_own_area_only(estate: Any) -> None:
    """The ID number is masked for a steward, and yet noted by the action."""
    mine, theirs = estate.unit("101"), estate.unit("101", building="2")
    estate.lives(theirs, "云一", "owner", "2020-05-01")
    new = {"name": "禾四", "id_number": ID_NUMBER, "changed_on": DAY, "share": 100}
    assert estate.act("steward1", "unit", "change_owner", theirs, **new).done == []
    assert estate.register(theirs) == ["云一 owner 2020-05-01 –"]
    assert estate.act("steward1", "unit", "change_owner", mine, **new).skipped == []
    owner = estate.resident_of(estate.registry.scope.ids(SYSTEM, "occupancy", Query(), 1)[0])
    assert estate.registry.scope.get(SYSTEM, "resident", owner)["id_number"] == ID_NUMBER
    seen = estate.registry.scope.get(estate.people["steward1"], "resident", owner)
    assert str(seen["id_number"]) == "110101**********37"


def test_an_id_number_that_is_on_file_names_nobody(estate: Any) -> None:
    """Someone else's resident is not told to a steward who happens to know the number."""
    estate.make("resident", name="秘密", id_number=ID_NUMBER)
    unit = estate.unit("101")
    new = {"name": "禾四", "id_number": ID_NUMBER, "changed_on": DAY, "share": 100}
    outcome = estate.act("steward1", "unit", "change_owner", unit, **new)
    why = outcome.skipped[0][1]
    assert "on file" in why.to("en") and "秘密" not in why.to("zh")
    assert estate.register(unit) == []
    assert estate.registry.scope.count(SYSTEM, "resident") == 1


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({}, "Choose the new owner"),
        ({"phone": "13800000001"}, "Choose the new owner"),
        ({"new_owner": "old", "name": "禾四"}, "not both"),
        ({"new_owner": "old"}, "the only owner already"),
    ],
)
def test_it_says_who_the_new_owner_may_be(estate: Any, answers: dict[str, Any], why: str) -> None:
    unit = estate.unit("101")
    resident = estate.resident_of(estate.lives(unit, "云一", "owner", "2020-05-01"))
    given = {name: resident if value == "old" else value for name, value in answers.items()}
    outcome = estate.act("supervisor", "unit", "change_owner", unit, changed_on=DAY, share=100, **given)
    assert why in outcome.skipped[0][1].to("en")
    assert estate.register(unit) == ["云一 owner 2020-05-01 –"]


@pytest.mark.parametrize("who", ["auditor", "cashier", "security", "engineer", "director"])
def test_others_may_not(estate: Any, who: str) -> None:
    unit = estate.unit("101")
    with pytest.raises(NotAllowed):
        estate.act(who, "unit", "change_owner", unit, name="禾四", changed_on=DAY, share=100)
    assert estate.register(unit) == []
