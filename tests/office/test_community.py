"""Activities, members, disputes and matters of law through the store and the actions (S14, S15, S16)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from models import jobs
from models.actor import Source
from models.errors import Invalid, NotAllowed, NotFound, Refused
from models.query import Query
from tests.office.money import MoneyOffice

FORM = Source("form")
DAY = timedelta(days=1)


def said(outcome: Any) -> list[str]:
    return [text.to("en") for _, text in (*outcome.done, *outcome.skipped)]


def messages(money: MoneyOffice, who: str) -> list[str]:
    return [one.text.to("en") for one in money.registry.inbox.waiting(money.people[who], 50)]


def saved(money: MoneyOffice, who: str, entity: str, name: str) -> list[int]:
    found = money.registry.scope.page(money.people[who], entity, Query(saved=name, sort="id", columns=("id",)))
    return [row.id for row in found.rows]


def run(money: MoneyOffice, name: str) -> Any:
    return jobs.perform(money.registry, money.registry.schema.schedules[name], money.clock.now())


def activity(money: MoneyOffice, state: str = "open", **values: Any) -> int:
    given = {"name": "Tea party", "place": "Hall", "starts_at": money.clock.now() + 5 * DAY, "state": state,
             "responsible": money.people["assistant"].id, **values}  # fmt: skip
    return money.make("activity", **given)


def sign_up(money: MoneyOffice, id: int, room: str, people: int = 1, who: str = "frontdesk", **values: Any) -> int:
    """The household of a room on the list; its owner is the resident."""
    found = [unit.id for unit in money.rows("unit", "room") if unit["room"] == room]
    unit = found[0] if found else money.unit(room, building="2" if room.startswith("2") else "1")
    given = {"activity": id, "unit": unit, "resident": money.owners[unit], "people": people, "may_wait": True, **values}
    return int(money.registry.store.create(money.people[who], "activity_signup", given, FORM))


def states(money: MoneyOffice, id: int) -> list[str]:
    return [row["state"] for row in money.rows("activity_signup", "state", activity=id)]


def problems(wrong: pytest.ExceptionInfo[Invalid]) -> dict[str, list[str]]:
    return {name: [text.to("en") for text in texts] for name, texts in wrong.value.problems.items()}


# -- activities ------------------------------------------------------------------------------------


@pytest.mark.both_engines
def test_no_more_are_put_down_than_there_are_places_and_the_waiting_list_moves_up(money: MoneyOffice) -> None:
    id = activity(money, places=4)
    first, second = sign_up(money, id, "101", 2), sign_up(money, id, "102", 2)
    with pytest.raises(Invalid) as full:
        sign_up(money, id, "103", 1, may_wait=False)
    assert problems(full) == {
        "may_wait": ["All 4 places are taken; tick “Wait if full” to put them on the waiting list."]
    }
    sign_up(money, id, "104", 3)
    sign_up(money, id, "105", 1)
    assert states(money, id) == ["signed", "signed", "waiting", "waiting"]
    assert (money.get("activity", id)["signed"], money.get("activity", id)["waiting"]) == (4, 4)
    money.act("frontdesk", "activity_signup", "withdraw_signup", first)
    assert states(money, id) == ["withdrawn", "signed", "waiting", "signed"]
    assert "moved up" in messages(money, "assistant")[0]
    money.act("frontdesk", "activity_signup", "withdraw_signup", second)
    assert states(money, id) == ["withdrawn", "withdrawn", "signed", "signed"]
    assert len(saved(money, "frontdesk", "activity_signup", "to_tell")) == 2
    money.act(
        "frontdesk", "activity_signup", "told_signup", tuple(saved(money, "frontdesk", "activity_signup", "to_tell"))
    )
    assert saved(money, "frontdesk", "activity_signup", "to_tell") == []


def test_more_people_and_fewer_places_are_refused_and_more_places_let_them_in(money: MoneyOffice) -> None:
    id = activity(money, places=3)
    first = sign_up(money, id, "101", 2)
    sign_up(money, id, "102", 2)
    desk, store = money.people["frontdesk"], money.registry.store
    with pytest.raises(Invalid) as more:
        store.update(desk, "activity_signup", first, {"people": 4}, FORM)
    assert problems(more) == {"people": ["Places left: 1; 2 more do not fit in."]}
    with pytest.raises(Invalid, match="fewer places"):
        store.update(money.people["supervisor"], "activity", id, {"places": 1}, FORM)
    store.update(money.people["supervisor"], "activity", id, {"places": 4}, FORM)
    assert states(money, id) == ["signed", "signed"]


def test_who_is_on_the_list_is_not_put_down_twice_unless_they_withdrew(money: MoneyOffice) -> None:
    id = activity(money)
    first = sign_up(money, id, "101")
    with pytest.raises(Invalid, match="already"):
        sign_up(money, id, "101")
    money.act("frontdesk", "activity_signup", "withdraw_signup", first)
    sign_up(money, id, "101")


def test_signing_up_ends_but_for_those_who_come_on_the_day(money: MoneyOffice) -> None:
    id = activity(money, sign_up_until=money.today, places=9)
    planned = activity(money, "planned")
    with pytest.raises(Invalid, match="Nobody can sign up"):
        sign_up(money, planned, "101")
    sign_up(money, id, "101")
    money.on(money.today + DAY)
    with pytest.raises(Invalid, match="ended on 2026-10-05"):
        sign_up(money, id, "102")
    money.on("2026-10-10", "08:00")
    sign_up(money, id, "102")


def test_a_sign_up_list_of_many_is_placed_in_its_order(money: MoneyOffice) -> None:
    id = activity(money, places=3)
    units = [money.unit(str(n)) for n in range(101, 106)]
    rows = [{"activity": id, "unit": unit, "may_wait": True} for unit in units]
    money.registry.store.create_many(money.people["frontdesk"], "activity_signup", rows, FORM)
    assert states(money, id) == ["signed", "signed", "signed", "waiting", "waiting"]


def test_a_cancelled_activity_leaves_everyone_to_be_told(money: MoneyOffice) -> None:
    id = activity(money, places=1)
    sign_up(money, id, "101")
    sign_up(money, id, "102")
    with pytest.raises(NotAllowed):
        money.step("frontdesk", "activity", "cancel", id, "rain")
    money.step("supervisor", "activity", "cancel", id, "rain")
    assert len(saved(money, "frontdesk", "activity_signup", "to_tell")) == 2
    assert states(money, id) == ["signed", "waiting"]


def test_the_course_of_an_activity(money: MoneyOffice) -> None:
    id = activity(money, "planned", place=None)
    money.make("activity_task", activity=id, what="Cups", who=money.people["engineer"].id, due_on=money.today - DAY)
    assert len(saved(money, "engineer", "activity_task", "mine")) == 1
    assert len(saved(money, "supervisor", "activity_task", "late")) == 1
    with pytest.raises(Refused):
        money.step("supervisor", "activity", "open", id)
    money.set("activity", id, place="Hall")
    money.step("supervisor", "activity", "open", id)
    with pytest.raises(Refused, match="does not hold"):
        money.step("frontdesk", "activity", "hold", id)
    money.on("2026-10-10", "18:00")
    assert saved(money, "frontdesk", "activity", "today") == [id]
    signup = sign_up(money, id, "101", 3)
    assert money.act("frontdesk", "activity_signup", "take_feedback", signup, rating=5).done == []
    money.act("frontdesk", "activity_signup", "tick_attended", signup, came=2)
    money.step("frontdesk", "activity", "hold", id)
    assert said(money.act("frontdesk", "activity_signup", "take_feedback", signup, rating=4, words="good")) == [
        "The feedback is noted."
    ]
    money.step("assistant", "activity", "archive", id, summary="Two came")
    found = money.get("activity", id)
    assert (found["state"], found["attended"], str(found["score"]), found["tasks_open"]) == ("archived", 2, "4.0", 1)


def test_a_steward_sees_the_sign_ups_of_the_own_area_and_of_what_is_the_own_charge(money: MoneyOffice) -> None:
    id = activity(money)
    one, two = sign_up(money, id, "101"), sign_up(money, id, "201")
    money.registry.scope.get(money.people["steward1"], "activity_signup", one)
    with pytest.raises(NotFound):
        money.registry.scope.get(money.people["steward1"], "activity_signup", two)
    money.set("activity", id, responsible=money.people["steward1"].id)
    money.registry.scope.get(money.people["steward1"], "activity_signup", two)


def test_a_steward_who_frees_a_place_moves_up_somebody_of_another_area(money: MoneyOffice) -> None:
    id = activity(money, places=1)
    one = sign_up(money, id, "101")
    sign_up(money, id, "201")
    money.act("steward1", "activity_signup", "withdraw_signup", one)
    assert states(money, id) == ["withdrawn", "signed"]


def test_bulletins_past_their_day_are_asked_after(money: MoneyOffice) -> None:
    values = {"place": "Gate", "what": "Fire drill", "from_on": money.today - 9 * DAY, "to_on": money.today - DAY}
    old = money.make("bulletin", **values)
    far = money.make("bulletin", **values, building=money.buildings["2"])
    assert saved(money, "steward1", "bulletin", "expired") == [old]
    money.step("steward2", "bulletin", "take_down", far)
    assert money.get("bulletin", far)["down_by"] == money.people["steward2"].id
    assert saved(money, "frontdesk", "bulletin", "expired") == [old]


# -- members ---------------------------------------------------------------------------------------


def member(money: MoneyOffice, room: str = "101", **values: Any) -> tuple[int, int]:
    """(member, unit) of the owner of a new unit."""
    unit = money.unit(room, building="2" if room.startswith("2") else "1")
    money.set("resident", money.owners[unit], **values)
    given = {"resident": money.owners[unit]}
    return int(money.registry.store.create(money.people["frontdesk"], "member", given, FORM)), unit


@pytest.mark.both_engines
def test_points_never_fall_below_zero_and_are_reversed_once(money: MoneyOffice) -> None:
    id, _ = member(money)
    assert said(money.act("frontdesk", "member", "earn_points", id, points=10, reason="helped")) == [
        "10 points given; 10 in all."
    ]
    outcome = money.act("frontdesk", "member", "use_points", id, points=11, reason="umbrella")
    assert "There are not enough points: 10" in said(outcome)[0] and not outcome.done
    money.act("frontdesk", "member", "use_points", id, points=4, reason="umbrella")
    earned, used = money.rows("points_entry", "points", "by", member=id)
    assert (earned["points"], used["points"], used["by"]) == (10, -4, money.people["frontdesk"].id)
    with pytest.raises(NotAllowed):
        money.act("frontdesk", "points_entry", "reverse_points", used.id, reason="x")
    assert "not enough" in said(money.act("supervisor", "points_entry", "reverse_points", earned.id, reason="x"))[0]
    money.act("supervisor", "points_entry", "reverse_points", used.id, reason="brought back")
    assert money.get("member", id)["balance"] == 10
    assert money.act("supervisor", "points_entry", "reverse_points", used.id, reason="again").done == []
    assert money.get("member", id)["balance"] == 10


def test_entries_are_neither_changed_nor_deleted(money: MoneyOffice) -> None:
    id, _ = member(money)
    money.act("frontdesk", "member", "earn_points", id, points=10, reason="helped")
    (entry,) = money.rows("points_entry", member=id)
    for who in ("supervisor", "director", "frontdesk"):
        with pytest.raises(NotAllowed):
            money.registry.store.update(money.people[who], "points_entry", entry.id, {"points": 99}, FORM)
        with pytest.raises(NotAllowed):
            money.registry.store.delete(money.people[who], "points_entry", entry.id, FORM)


def test_attendance_gives_points_once_and_takes_them_back(money: MoneyOffice) -> None:
    id, _ = member(money)
    party = activity(money, points=5)
    signup = sign_up(money, party, "101", 3)
    stranger = sign_up(money, party, "102")
    money.act("frontdesk", "activity_signup", "tick_attended", (signup, stranger))
    assert money.get("member", id)["balance"] == 5
    money.registry.store.update(money.people["frontdesk"], "activity_signup", signup, {"remark": "late"}, FORM)
    money.act("frontdesk", "activity_signup", "tick_absent", signup)
    assert money.get("member", id)["balance"] == 0
    money.set("activity", party, points=7)
    money.act("frontdesk", "activity_signup", "tick_attended", signup)
    kinds = [
        (row["kind"], row["points"], row["activity"])
        for row in money.rows("points_entry", "kind", "points", "activity")
    ]
    assert kinds == [("attendance", 5, party), ("reversal", -5, party), ("attendance", 7, party)]


def test_points_that_are_spent_cannot_be_taken_back_by_unticking(money: MoneyOffice) -> None:
    id, _ = member(money)
    signup = sign_up(money, activity(money, points=5), "101")
    money.act("frontdesk", "activity_signup", "tick_attended", signup)
    money.act("frontdesk", "member", "use_points", id, points=3, reason="umbrella")
    outcome = money.act("frontdesk", "activity_signup", "tick_absent", signup)
    assert outcome.done == [] and "not enough points: 2" in said(outcome)[0]
    assert money.get("activity_signup", signup)["state"] == "attended"


def test_a_member_lives_where_the_resident_does_and_birthdays_come_by_themselves(money: MoneyOffice) -> None:
    id, unit = member(money, birthday=date(1950, 10, 8))
    found = money.get("member", id)
    assert (found["unit"], found["next_birthday"]) == (unit, date(2026, 10, 8))
    assert saved(money, "frontdesk", "member", "this_week") == [id]
    money.registry.store.update(
        money.people["frontdesk"], "resident", money.owners[unit], {"birthday": date(1950, 10, 5)}, FORM
    )
    assert saved(money, "frontdesk", "member", "today") == [id]
    assert saved(money, "steward1", "member", "today") == [id] and saved(money, "steward2", "member", "today") == []
    money.on("2026-10-06")
    assert run(money, "turn_birthdays").done == 1 and run(money, "turn_birthdays").done == 0
    assert money.get("member", id)["next_birthday"] == date(2027, 10, 5)
    assert saved(money, "frontdesk", "member", "this_month") == [id]


# -- disputes and matters of law -------------------------------------------------------------------


def test_a_dispute_is_seen_in_the_areas_of_both_sides_and_by_nobody_at_the_desk(money: MoneyOffice) -> None:
    upper, lower = money.unit("101"), money.unit("201", building="2")
    far = money.unit("102")
    values = {"kind": "noise", "matter": "Drums", "unit": upper, "other_unit": lower}
    id = int(money.registry.store.create(money.people["supervisor"], "dispute", values, FORM))
    alone = money.make("dispute", kind="noise", matter="Piano", unit=far)
    entry = money.make("dispute_entry", dispute=id, words="called")
    for who, seen in (("steward1", 2), ("steward2", 1), ("supervisor", 2), ("auditor", 2), ("assistant", 2)):
        assert money.registry.scope.count(money.people[who], "dispute") == seen, who
    money.registry.scope.get(money.people["steward2"], "dispute_entry", entry)
    with pytest.raises(NotFound):
        money.registry.scope.get(money.people["steward2"], "dispute", alone)
    for who in ("frontdesk", "security", "engineer", "cashier"):
        with pytest.raises(NotAllowed):
            money.registry.scope.count(money.people[who], "dispute")


def test_the_course_of_a_dispute(money: MoneyOffice) -> None:
    id = money.make("dispute", kind="leak", matter="Ceiling", unit=money.unit("101"), next_on=money.today)
    assert saved(money, "steward1", "dispute", "due") == [id]
    money.step("steward1", "dispute", "mediate", id, next_on=money.today + DAY)
    assert saved(money, "steward1", "dispute", "due") == []
    with pytest.raises(Refused):
        money.step("steward1", "dispute", "settle", id)
    money.step("steward1", "dispute", "settle", id, outcome="Repaired")
    with pytest.raises(NotAllowed):
        money.step("steward1", "dispute", "close", id)
    money.step("supervisor", "dispute", "close", id)
    assert (money.get("dispute", id)["ended_on"], money.get("dispute", id)["next_on"]) == (money.today, None)


@pytest.mark.parametrize("who", ["frontdesk", "security", "steward1", "cashier", "billing", "engineer", "admin"])
def test_matters_of_law_are_for_a_few(money: MoneyOffice, who: str) -> None:
    for entity in ("legal_case", "court_date"):
        with pytest.raises(NotAllowed):
            money.registry.scope.count(money.people[who], entity)


def test_court_dates_are_told_of_a_week_before_once(money: MoneyOffice) -> None:
    case = money.make("legal_case", kind="fees", matter="Fees", other_side="Zhou")
    near = money.make("court_date", legal_case=case, at=money.clock.now() + 6 * DAY)
    money.make("court_date", legal_case=case, at=money.clock.now() + 8 * DAY)
    assert saved(money, "supervisor", "court_date", "soon") == [near]
    assert run(money, "remind_court_dates").done == 1
    run(money, "remind_court_dates")
    for who, told in (("director", 1), ("supervisor", 1), ("assistant", 1), ("frontdesk", 0), ("auditor", 0)):
        assert len(messages(money, who)) == told, who
    assert "2026-10-11 09:30, Hearing" in messages(money, "director")[0]
    money.set("court_date", near, at=money.clock.now() + 5 * DAY)
    run(money, "remind_court_dates")
    assert len(messages(money, "director")) == 2
    money.on("2026-10-20")
    assert len(saved(money, "supervisor", "court_date", "past")) == 2
    with pytest.raises(Refused, match="still to come"):
        money.step("supervisor", "legal_case", "close", case, outcome="won")
    for id in saved(money, "supervisor", "court_date", "past"):
        money.step("supervisor", "court_date", "note", id, result="heard")
    money.step("supervisor", "legal_case", "close", case, outcome="won")


def test_a_dunning_case_that_is_with_the_lawyers_becomes_a_legal_case_once(money: MoneyOffice) -> None:
    unit = money.unit("101")
    case = money.make("dunning_case", unit=unit, payer=money.owners[unit], opened_on=money.today, state="legal")
    money.bill(unit, "物业费", amount="540.00", dunning_case=case)
    assert "was opened" in said(money.act("director", "dunning_case", "open_legal_case", case))[0]
    (found,) = money.rows("legal_case", "unit", "amount", "other_side", "kind", dunning_case=case)
    assert (found["unit"], str(found["amount"]), found["other_side"], found["kind"]) == (
        unit,
        "540.00",
        "业主101",
        "fees",
    )
    assert "There is a legal case" in said(money.act("director", "dunning_case", "open_legal_case", case))[0]
    with pytest.raises(NotAllowed):
        money.act("steward1", "dunning_case", "open_legal_case", case)
