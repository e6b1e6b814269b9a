"""The signs at the site: who checks which building, one tap, what is damaged, what comes twice or too early (G1–G3)."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.office.money import DAY, ROLES, MoneyOffice, money_office
from tests.site.conftest import words

JPEG = b"\xff\xd8\xff\xe0" + b"0" * 40
SEE = {"director", "assistant", "supervisor", "steward", "engineer", "security", "auditor"}
CHECK = {"director", "supervisor", "steward"}
REPORT = {"supervisor", "steward", "engineer", "security"}
TOKEN = "11111111-2222-3333-4444-555555555555"


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def signs(money: MoneyOffice) -> dict[str, int]:
    """A sign in each building, and one more on the ground floor of the first."""
    return {
        name: money.make("sign", category="floor", building=money.buildings[name[0]], floor=floor, place="By the lift",
                         text=f"Sign {name}", installed_on=money.today - 9 * DAY)
        for name, floor in (("1", 3), ("1b", -1), ("2", 2))
    }  # fmt: skip


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


def at(money: MoneyOffice, building: str = "1") -> str:
    return f"/signs/{money.buildings[building]}/"


@pytest.mark.parametrize("who", sorted(set(ROLES) - {"cashier2", "steward2"}))
def test_who_sees_checks_and_reports(
    money: MoneyOffice, signs: dict[str, int], enter: Callable[[str], Any], who: str
) -> None:
    visitor, role = enter(who), ROLES[who]
    for path in ("/signs/", at(money)):
        assert visitor.get(path).status_code == (200 if role in SEE else 403)
    assert visitor.post(at(money), {"do": "fine"}).status_code == (303 if role in CHECK else 403)
    assert len(money.rows("sign_check")) == (role in CHECK)
    form = {"do": "damage", f"words-{signs['1']}": "Torn"}
    assert visitor.post(at(money), form).status_code == (303 if role in REPORT else 403)
    assert len(money.rows("service_request")) == (role in REPORT)


def test_all_fine_is_one_tap_and_shows_with_its_time(
    money: MoneyOffice, signs: dict[str, int], enter: Callable[[str], Any]
) -> None:
    steward = enter("steward1")
    before = words(steward.get("/signs/"))
    assert "Building 1" in before and "2 signs" in before and "Building 2" not in before and "0 / 1" in before
    done = steward.post(at(money), {"do": "fine"})
    said = words(steward.get(done.location))
    assert "Building 1: all signs fine" in said and "1 / 1" in said and "09:30" in said
    money.on(money.today, "13:00")
    assert "0 / 1" in words(steward.get("/signs/"))
    steward.post(at(money), {"do": "fine"})
    assert [one["round"] for one in money.rows("sign_check", "round")] == ["morning", "afternoon"]
    assert "1 / 1" in words(steward.get("/signs/"))


def test_the_signs_stand_by_floor_with_counts_and_damage_in_words(
    money: MoneyOffice, signs: dict[str, int], enter: Callable[[str], Any]
) -> None:
    money.make("sign", category="road", building=money.buildings["1"], place="Drive", text="Fire lane", quantity=4)
    money.make("sign", category="lift", building=money.buildings["1"], place="Lift", text="Vanished", state="removed")
    money.act("supervisor", "sign", "report_damage", signs["1b"], what="Letters gone")
    said = words(enter("steward1").get(at(money)))
    order = [said.index(part) for part in ("Floor 3", "Sign 1", "Basement 1", "Letters gone", "Outdoors", "Fire lane")]
    assert order == sorted(order) and "3 signs, 6 pieces 1 damaged" in said and "Vanished" not in said
    request = money.rows("service_request", "number")[0]["number"]
    assert request in said and "Nothing new" in said


def test_damage_with_a_photo_leads_to_one_request(
    money: MoneyOffice, signs: dict[str, int], enter: Callable[[str], Any]
) -> None:
    steward = enter("steward1")
    form = {"do": "found", f"words-{signs['1']}": "Torn off", f"photos-{signs['1b']}": (io.BytesIO(JPEG), "odd.jpg"),
            "words-": "nothing", "words-x": "nothing"}  # fmt: skip
    done = steward.post(at(money), form, content_type="multipart/form-data")
    said = words(steward.get(done.location))
    assert "2 damaged, each is a request now" in said and "Torn off" in said
    torn, seen = money.rows("sign_fault", "what", "photos", "request", "check")
    assert (torn["what"], torn["photos"], seen["what"], len(seen["photos"])) == (
        "Torn off",
        None,
        "see the photo",
        1,
    )
    assert torn["request"] != seen["request"] and torn["check"] == seen["check"] is not None
    assert [money.get("sign", signs[n])["state"] for n in ("1", "1b", "2")] == ["damaged", "damaged", "in_use"]


@pytest.mark.parametrize(
    ("who", "building", "expected"),
    [("steward1", "1", 303), ("engineer", "1", 303), ("steward2", "1", 404), ("supervisor", "2", 303),
     ("security", "1", 403), ("auditor", "1", 403)],
)  # fmt: skip
def test_a_damaged_sign_is_in_use_again_by_one_tap(
    money: MoneyOffice, signs: dict[str, int], enter: Callable[[str], Any], who: str, building: str, expected: int
) -> None:
    """Through the page of its own building, by those who repair."""
    money.act("security", "sign", "report_damage", signs["1"], what="Bent")
    visitor = enter(who)
    answer = visitor.post(at(money, building), {"repaired": str(signs["1"])})
    assert answer.status_code == expected
    done = expected == 303 and building == "1"
    assert money.get("sign", signs["1"])["state"] == ("in_use" if done else "damaged")
    if done:
        assert "Sign 1 is in use again" in words(visitor.get(answer.location))
        assert visitor.post(at(money, building), {"repaired": str(signs["1"])}).status_code == 422


@pytest.mark.parametrize("do", ["fine", "found"])
def test_twice_in_a_round_says_so_and_changes_nothing(
    money: MoneyOffice, signs: dict[str, int], enter: Callable[[str], Any], do: str
) -> None:
    enter("supervisor").post(at(money), {"do": "fine"})
    steward = enter("steward1")
    form = {"do": do, f"words-{signs['1']}": "Torn off"} if do == "found" else {"do": do}
    again = steward.post(at(money), form)
    assert again.status_code == 422 and "Supervisor at 09:30 already" in words(again)
    by_hand = steward.post("/sign_check/new/", {"building": str(money.buildings["1"])})
    assert by_hand.status_code == 422 and "Supervisor at 09:30 already" in words(by_hand)
    assert len(money.rows("sign_check")) == 1 and money.rows("sign_fault") == []
    assert steward.post(at(money), form | {"do": "damage"}).status_code == (303 if do == "found" else 422)
    assert len(money.rows("sign_fault")) == (do == "found")


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"do": "fine", "words": "Torn"}, "save it, or clear it"), ({"do": "found"}, "Say what is damaged"),
        ({"do": "damage"}, "Say what is damaged"), ({"do": "zzz"}, "Say what is damaged"), ({}, "Say what is damaged"),
        ({"do": "fine", "_age": "-5"}, "clock was changed"), ({"do": "fine", "_age": "-86400"}, "clock was changed"),
        ({"do": "fine", "_age": str(8 * 86400)}, "older than 7 days"),
        ({"do": "found", "other": "Torn"}, "not in this building"),
        ({"do": "found", "photos": (io.BytesIO(b"MZ"), "odd.exe")}, "odd.exe"),
    ],
)  # fmt: skip
def test_what_is_not_right_is_said_and_nothing_is_written(
    money: MoneyOffice, signs: dict[str, int], enter: Callable[[str], Any], form: dict[str, Any], said: str
) -> None:
    named = {"words": f"words-{signs['1']}", "other": f"words-{signs['2']}", "photos": f"photos-{signs['1']}"}
    sent = {named.get(name, name): value for name, value in form.items()}
    answer = enter("steward1").post(at(money), sent, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert said in words(answer) and 'role="alert"' in answer.get_data(as_text=True)
    assert (money.rows("sign_check"), money.rows("sign_fault")) == ([], [])


def test_another_area_is_not_there_for_a_steward(
    money: MoneyOffice, signs: dict[str, int], enter: Callable[[str], Any]
) -> None:
    steward = enter("steward1")
    for answer in (
        steward.get(at(money, "2")),
        steward.post(at(money, "2"), {"do": "fine"}),
        steward.get("/signs/99/"),
    ):
        assert answer.status_code == 404 and "Sign 2" not in words(answer)
    by_hand = steward.post("/sign_check/new/", {"building": str(money.buildings["2"])})
    assert by_hand.status_code == 422 and money.rows("sign_check") == []
    tomorrow = steward.post("/sign_check/new/", {"building": str(money.buildings["1"]), "done_at": "2027-01-01 08:00"})
    assert tomorrow.status_code == 403 and money.rows("sign_check") == []


def test_what_comes_twice_is_written_once_and_dated_when_it_was_done(
    money: MoneyOffice, signs: dict[str, int], enter: Callable[[str], Any]
) -> None:
    money.on(money.today, "13:00")
    steward = enter("steward1")
    form = {"do": "found", f"words-{signs['1']}": "Torn", "_once": TOKEN, "_age": "7200"}
    first, second = (steward.post(at(money), form) for _ in range(2))
    assert first.location == second.location
    (check,), (fault,) = money.rows("sign_check", "done_at", "round"), money.rows("sign_fault", "found_at")
    assert check["done_at"] == fault["found_at"] == money.registry.clock.now() - timedelta(hours=2)
    assert check["round"] == "morning" and len(money.rows("service_request")) == 1


def test_pages_for_the_pocket_may_be_kept(
    money: MoneyOffice, signs: dict[str, int], enter: Callable[[str], Any]
) -> None:  # fmt: skip
    steward = enter("steward1")
    for path in ("/signs/", at(money), f"/sign_fault/new/?sign={signs['1']}"):
        assert steward.get(path).headers["X-Keep"] == str(money.people["steward1"].id)


def test_the_pages_cost_the_same_for_one_sign_and_for_many(
    money: MoneyOffice, signs: dict[str, int], enter: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    supervisor = enter("supervisor")
    asked: list[str] = []
    execute = type(money.registry.db).execute_sql

    def count(self: Any, sql: str, *given: Any, **more: Any) -> Any:
        asked.append(sql)
        return execute(self, sql, *given, **more)

    def cost(path: str) -> int:
        supervisor.get(path)
        asked.clear()
        assert supervisor.get(path).status_code == 200
        return len(asked)

    def one_more(n: int) -> None:
        building = money.make("building", number=f"9{n}")
        money.make("sign", category="lift", building=building, floor=n, place="Lift", text=f"More {n}")
        money.make("sign_check", building=building, by=money.people["steward1"].id)
        sign = money.make("sign", category="lift", building=money.buildings["1"], floor=n, place="Lift", text=f"M{n}")
        money.act("supervisor", "sign", "report_damage", sign, what="Bent")

    one_more(0)
    monkeypatch.setattr(type(money.registry.db), "execute_sql", count)
    pages = ("/signs/", at(money))
    few = [cost(path) for path in pages]
    for n in range(1, 8):
        one_more(n)
    assert [cost(path) for path in pages] == few
