"""A notice from its draft to the archive, and the households phoned about it, through store and actions (S12)."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from models.errors import Invalid, NotAllowed, Refused
from tests.office.money import MoneyOffice
from tests.printing.conftest import pages_of
from transfer.printing import print_document

FORM = Source("form")


def said(outcome: Any) -> list[str]:
    return [text.to("en") for _, text in (*outcome.done, *outcome.skipped)]


def messages(money: MoneyOffice, who: str) -> list[str]:
    return [one.text.to("en") for one in money.registry.inbox.waiting(money.people[who], 50)]


def draft(money: MoneyOffice, who: str = "frontdesk", **values: Any) -> int:
    given = {"subject": "Water off on Friday", "body": "From nine to noon.\n\nPlease store water.", **values}
    return int(money.registry.store.create(money.people[who], "notice", given, FORM))


def approved(money: MoneyOffice, who: str = "frontdesk", **values: Any) -> int:
    id = draft(money, who, **values)
    money.step(who, "notice", "submit", id)
    money.step("supervisor" if who != "supervisor" else "director", "notice", "approve", id)
    return id


def issued(money: MoneyOffice, who: str = "frontdesk", **values: Any) -> int:
    id = approved(money, who, **values)
    assert money.act(who, "notice", "issue_notice", id).done
    return id


def calls(money: MoneyOffice, notice: int, *columns: str) -> list[Any]:
    return money.rows("notice_confirmation", "unit", "outcome", *columns, notice=notice)


@pytest.fixture
def homes(money: MoneyOffice) -> dict[str, int]:
    """Two lived-in units in building 1, one in building 2, one with nobody on file, one storage room."""
    return {
        "101": money.unit("101", owner="Li"), "102": money.unit("102", owner="Wang"),
        "201": money.unit("201", building="2", owner="Zhao"), "empty": money.unit("103", owner=None),
        "storage": money.unit("B01", owner="Li", kind="storage"),
    }  # fmt: skip


# -- approval --------------------------------------------------------------------------------------


def test_nobody_approves_what_they_wrote_or_submitted(money: MoneyOffice, homes: dict[str, int]) -> None:
    own = draft(money, "supervisor")
    money.step("supervisor", "notice", "submit", own)
    with pytest.raises(Refused, match="another supervisor or the director approves"):
        money.step("supervisor", "notice", "approve", own)
    money.step("director", "notice", "approve", own)
    other = draft(money)
    money.step("supervisor", "notice", "submit", other)
    with pytest.raises(Refused, match="another supervisor or the director approves"):
        money.step("supervisor", "notice", "approve", other)
    for who in ("frontdesk", "steward1", "assistant"):
        with pytest.raises(NotAllowed):
            money.step(who, "notice", "approve", other)


def test_who_has_to_act_is_told(money: MoneyOffice, homes: dict[str, int]) -> None:
    id = draft(money)
    money.step("frontdesk", "notice", "submit", id)
    assert [messages(money, who) for who in ("supervisor", "director")] == [
        ["A notice to approve: Water off on Friday"]
    ] * 2
    money.step("supervisor", "notice", "send_back", id, comment="when exactly?")
    money.step("frontdesk", "notice", "submit", id)
    money.step("director", "notice", "approve", id)
    assert messages(money, "frontdesk") == [
        "Approved, to be issued: Water off on Friday", "Sent back to be changed: Water off on Friday",
    ]  # fmt: skip
    assert len(messages(money, "supervisor")) == 2


def test_only_a_draft_is_changed_and_by_those_whose_it_is(money: MoneyOffice, homes: dict[str, int]) -> None:
    id = draft(money)
    store, people = money.registry.store, money.people
    with pytest.raises(NotAllowed):
        store.update(people["steward1"], "notice", id, {"subject": "Mine"}, FORM)
    store.update(people["frontdesk"], "notice", id, {"subject": "Water off"}, FORM)
    store.update(people["supervisor"], "notice", id, {"body": "From ten."}, FORM)
    money.step("frontdesk", "notice", "submit", id)
    for who in ("frontdesk", "supervisor", "director"):
        with pytest.raises(NotAllowed):
            store.update(people[who], "notice", id, {"body": "Changed"}, FORM)
    money.step("frontdesk", "notice", "take_back", id)
    store.update(people["frontdesk"], "notice", id, {"body": "Changed"}, FORM)


@pytest.mark.parametrize("target", ["buildings", "units"])
def test_a_target_without_anything_chosen_is_said_at_its_field(money: MoneyOffice, target: str) -> None:
    with pytest.raises(Invalid) as wrong:
        draft(money, target=target)
    assert target in wrong.value.problems


# -- issue -----------------------------------------------------------------------------------------


def test_a_notice_without_units_is_not_issued(money: MoneyOffice) -> None:
    id = approved(money)
    assert "There is no unit" in said(money.act("frontdesk", "notice", "issue_notice", id))[0]
    assert (money.get("notice", id)["state"], money.get("notice", id)["paper"]) == ("approved", None)


def test_an_issued_notice_keeps_its_text_as_a_pdf(money: MoneyOffice, homes: dict[str, int]) -> None:
    id = issued(money)
    found = money.get("notice", id)
    (file,) = money.registry.files.named("notice", found["paper"])
    text = "".join(pages_of(money.registry.files.path(file).read_bytes()))
    assert "WateroffonFriday" in text and "Pleasestorewater." in text and found["number"] in text
    assert calls(money, id) == []
    money.step("frontdesk", "notice", "archive", id)
    assert money.get("notice", id)["paper"] == found["paper"]


@pytest.mark.both_engines
@pytest.mark.parametrize(
    ("target", "listed"), [("estate", ["101", "102", "201"]), ("buildings", ["201"]), ("units", ["102"])]
)
def test_an_important_one_lists_the_households_it_is_for(
    money: MoneyOffice, homes: dict[str, int], target: str, listed: list[str]
) -> None:
    chosen = {"buildings": {"buildings": (money.buildings["2"],)}, "units": {"units": (homes["102"],)}}
    id = approved(money, is_important=True, target=target, **chosen.get(target, {}))
    outcome = money.act("frontdesk", "notice", "issue_notice", id)
    assert sorted(row["unit"] for row in calls(money, id)) == sorted(homes[name] for name in listed)
    assert f"{len(listed)} households are to be phoned" in said(outcome)[0]
    assert (money.get("notice", id)["calls"], money.get("notice", id)["calls_left"]) == (len(listed), len(listed))
    assert any(f"with {len(listed)} households by phone" in one for one in messages(money, "steward1"))


def test_the_list_is_made_once_and_by_whoever_issues_for_the_whole_estate(
    money: MoneyOffice, homes: dict[str, int]
) -> None:
    id = issued(money, "steward1", is_important=True)
    assert len(calls(money, id)) == 3
    money.registry.store.update(SYSTEM, "notice", id, {"state": "approved"}, FORM)
    money.registry.store.update(SYSTEM, "notice", id, {"state": "issued"}, FORM)
    assert len(calls(money, id)) == 3


def test_a_list_of_two_thousand_households_is_quick(money: MoneyOffice) -> None:
    units = [
        {"building": money.buildings["1"], "section": "1", "room": f"{n}", "state": "occupied"} for n in range(2000)
    ]
    made = money.registry.store.create_many(SYSTEM, "unit", units, FORM)
    resident = money.make("resident", name="Li")
    lives = [{"unit": unit, "resident": resident, "role": "owner"} for unit in made]
    money.registry.store.create_many(SYSTEM, "occupancy", lives, FORM)
    id = approved(money, is_important=True)
    began = time.perf_counter()
    money.act("frontdesk", "notice", "issue_notice", id)
    assert money.get("notice", id)["calls"] == 2000
    assert time.perf_counter() - began < 15


# -- calls -----------------------------------------------------------------------------------------


def test_outcomes_keep_time_person_and_words_and_the_notice_its_progress(
    money: MoneyOffice, homes: dict[str, int]
) -> None:
    id = issued(money, is_important=True)
    first, second, third = calls(money, id)
    assert said(
        money.act("frontdesk", "notice_confirmation", "note_call", first.id, outcome="reached", told="Mrs Li")
    ) == ["1-1-101: Confirmed by phone"]
    money.act("frontdesk", "notice_confirmation", "note_call", second.id, outcome="no_answer")
    money.act("frontdesk", "notice_confirmation", "note_call", second.id, outcome="no_answer")
    row = money.get("notice_confirmation", first.id)
    assert (row["called_by"], row["told"], row["tries"]) == (money.people["frontdesk"].id, "Mrs Li", 1)
    assert row["called_at"] == money.clock.now()
    assert money.get("notice_confirmation", second.id)["tries"] == 2
    notice = money.get("notice", id)
    assert (notice["calls"], notice["confirmed"], notice["calls_left"]) == (3, 1, 2)
    assert str(notice["progress"]) == "33.3"
    with pytest.raises(Refused, match="Households are still to be called"):
        money.step("frontdesk", "notice", "archive", id)
    money.act("steward1", "notice_confirmation", "note_call", second.id, outcome="in_person")
    with pytest.raises(Refused, match="Say why"):
        money.act("frontdesk", "notice_confirmation", "note_call", third.id, outcome="unreachable")
    money.act("frontdesk", "notice_confirmation", "note_call", third.id, outcome="unreachable", words="dead number")
    money.act("frontdesk", "notice_confirmation", "call_again", first.id)
    assert money.get("notice", id)["calls_left"] == 1
    money.act("frontdesk", "notice_confirmation", "note_call", first.id, outcome="reached")
    money.step("frontdesk", "notice", "archive", id)
    assert money.act("frontdesk", "notice_confirmation", "note_call", first.id, outcome="no_answer").done == []


def test_a_steward_calls_in_the_own_area_and_others_not_at_all(money: MoneyOffice, homes: dict[str, int]) -> None:
    id = issued(money, is_important=True)
    there = {row["unit"]: row.id for row in calls(money, id)}
    assert money.act("steward1", "notice_confirmation", "note_call", there[homes["201"]], outcome="reached").done == []
    assert money.act("steward1", "notice_confirmation", "note_call", there[homes["101"]], outcome="reached").done
    for who in ("assistant", "auditor", "security", "cashier", "director"):
        with pytest.raises(NotAllowed):
            money.act(who, "notice_confirmation", "note_call", there[homes["102"]], outcome="reached")
    with pytest.raises(NotAllowed):
        values = {"notice": id, "unit": homes["empty"]}
        money.registry.store.create(money.people["frontdesk"], "notice_confirmation", values, FORM)


# -- boards and households ---------------------------------------------------------------------------


def test_what_is_not_issued_is_not_posted(money: MoneyOffice, homes: dict[str, int]) -> None:
    id = approved(money)
    posted = {"notice": id, "place": "Lobby", "building": money.buildings["1"]}
    with pytest.raises(Invalid, match="Only what was issued"):
        money.registry.store.create(money.people["steward1"], "notice_posting", posted, FORM)
    money.act("frontdesk", "notice", "issue_notice", id)
    made = money.registry.store.create(money.people["steward1"], "notice_posting", posted, FORM)
    row = money.get("notice_posting", made)
    assert (row["done_by"], row["done_at"], row["how"]) == (money.people["steward1"].id, money.clock.now(), "posted")
    assert money.get("notice", id)["postings"] == 1


def test_a_board_gets_its_own_sheet_and_the_history_one_line(money: MoneyOffice, homes: dict[str, int]) -> None:
    id = issued(money)
    outcome = print_document(money.registry, money.people["director"], "notice_board", [id], {})
    pages = pages_of(outcome.files[0][1])
    assert len(pages) == 2 and "building1" in pages[0] and "building2" in pages[1]
    one = print_document(money.registry, money.people["steward1"], "notice_board", [id], {})
    assert len(pages_of(one.files[0][1])) == 1
    lines = [line for line in money.registry.history.of(SYSTEM, "notice", id) if line.verb == "print:notice_board"]
    assert len(lines) == 2


def test_a_proof_says_that_it_is_one_and_goes_to_no_household(money: MoneyOffice, homes: dict[str, int]) -> None:
    id = draft(money)
    proof = print_document(money.registry, money.people["frontdesk"], "notice_board", [id], {})
    assert "PROOF" in pages_of(proof.files[0][1])[0]
    refused = print_document(money.registry, money.people["frontdesk"], "notice_households", [id], {})
    assert not refused.files and "nothing goes out" in said(refused)[0]


def test_households_are_printed_door_by_door_and_where_wanted_with_a_slip(
    money: MoneyOffice, homes: dict[str, int]
) -> None:
    id = issued(money)
    desk = money.people["frontdesk"]
    pages = pages_of(print_document(money.registry, desk, "notice_households", [id], {}).files[0][1])
    assert [next(room for room in ("1-1-101", "1-1-102", "1-1-103", "2-1-201") if room in page) for page in pages] == [
        "1-1-101", "1-1-102", "1-1-103", "2-1-201"
    ]  # fmt: skip
    assert "Li" in pages[0] and "receipt" not in pages[0]
    answers = {"building": money.buildings["2"], "receipt": True}
    (page,) = pages_of(print_document(money.registry, desk, "notice_households", [id], answers).files[0][1])
    assert "2-1-201" in page and "Acknowledgementofreceipt" in page


def test_too_many_households_at_a_time_are_said(
    money: MoneyOffice, homes: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    id = issued(money)
    monkeypatch.setattr("office.notices.papers.MOST", 3)
    with pytest.raises(Refused, match="There are 4 households"):
        print_document(money.registry, money.people["frontdesk"], "notice_households", [id], {})


@pytest.mark.parametrize(
    ("filter", "who", "count"),
    [("to_approve", "supervisor", 1), ("to_issue", "frontdesk", 1), ("not_given", "frontdesk", 2),
     ("to_take_down", "frontdesk", 1), ("late_calls", "supervisor", 1)],
)  # fmt: skip
def test_my_day_counts_what_is_to_be_done(
    money: MoneyOffice, homes: dict[str, int], filter: str, who: str, count: int
) -> None:
    from models.query import Query

    waiting = draft(money)
    money.step("frontdesk", "notice", "submit", waiting)
    approved(money)
    issued(money)
    issued(money, is_important=True, confirm_by=money.today)
    hung = issued(money, shown_until=money.today)
    money.make("notice_posting", notice=hung, place="Lobby")
    money.on(money.today + timedelta(days=1))
    assert money.registry.scope.count(money.people[who], "notice", Query(saved=filter)) == count
