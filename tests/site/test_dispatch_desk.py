"""The dispatch desk and the roster at the site: who goes is shown and sent, a week is filled in and copied (S4, O1)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from admin_views.desks import dispatch
from tests.office.orders import OrderOffice, order_office


@pytest.fixture
def desk(office: Any, clock: Any, person: Callable[..., Any]) -> OrderOffice:
    return order_office(office, clock, person)


@pytest.fixture
def enter(desk: OrderOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(desk)


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def people(page: Any) -> list[tuple[str, str, bool]]:
    """(value, name, whether it is ticked) of everybody offered, in order."""
    found = re.findall(
        r'name="who" value="([^"]+)"( checked autofocus)?[^>]*>\s*<span class="dispatch-name"><b>([^<]+)',
        page.get_data(as_text=True),
    )
    return [(value, name, bool(ticked)) for value, ticked, name in found]


def test_who_could_go_is_shown_best_first_and_is_sent(desk: OrderOffice, enter: Callable[[str], Any]) -> None:
    desk.duty("li")
    desk.away("engineer", "2026-10-05", "2026-10-06")
    request = desk.request(unit=desk.money.unit("1001"))
    visitor = enter("frontdesk")
    assert "厨房水管漏水" in words(visitor.get("/dispatch/"))
    page = visitor.get(f"/dispatch/request/{request}/")
    li, engineer = desk.people["li"].id, desk.people["engineer"].id
    assert [row[:2] for row in people(page)][:2] == [(f"worker-{li}", "李师傅"), (f"worker-{engineer}", "王师傅")]
    assert [row[0] for row in people(page) if row[2]] == [f"worker-{li}"]
    assert "0 in hand" in words(page) and "away" in words(page)
    answer = visitor.post(f"/dispatch/request/{request}/", {"who": f"worker-{li}", "trade": "plumbing", "note": "快"})
    assert answer.status_code == 303
    assert "Dispatched as WX261005001" in words(visitor.get(answer.location))
    [order] = desk.money.rows("work_order", "worker", "note")
    assert (order["worker"], order["note"]) == (li, "快")
    assert "Everything is sent" in words(visitor.get("/dispatch/"))


def test_an_order_that_came_back_is_sent_to_somebody_else(desk: OrderOffice, enter: Callable[[str], Any]) -> None:
    order = desk.dispatch(desk.request(), worker=desk.people["engineer"].id)
    desk.step("engineer", order, "give_back", given_back_why="没有梯子")
    visitor = enter("supervisor")
    assert "没有梯子" in words(visitor.get(f"/dispatch/order/{order}/"))
    visitor.post(f"/dispatch/order/{order}/", {"who": f"department-{desk.departments['工程部']}"})
    row = desk.get("work_order", order)
    assert (row["state"], row["worker"], row["department"]) == ("assigned", None, desk.departments["工程部"])


def test_more_than_a_page_shows_leaves_no_urgent_and_no_old_one_out(
    desk: OrderOffice, enter: Callable[[str], Any], monkeypatch: Any
) -> None:
    monkeypatch.setattr(dispatch, "MOST", 2)
    for matter in ("first", "second", "third"):
        desk.request(matter=matter)
    desk.request(matter="flood", priority="urgent")
    page = enter("frontdesk").get("/dispatch/")
    assert re.findall(r"<b>(first|second|third|flood)</b>", page.get_data(as_text=True)) == ["flood", "first"]
    assert "To be sent 4" in words(page) and "2 more come up when these are sent." in words(page)


def test_mistakes_are_said_and_nothing_is_sent(desk: OrderOffice, enter: Callable[[str], Any]) -> None:
    desk.money.set("department", desk.departments["工程部"], name="维修部")
    request = desk.request()
    visitor = enter("frontdesk")
    for form, said in (
        ({"who": f"worker-{desk.people['cashier'].id}"}, "no staff file"),
        ({"who": "", "appointment_at": "tomorrow"}, "tomorrow"),
        ({"who": "worker-x"}, "Nobody suitable"),
        ({"who": "", "trade": "security"}, "Nobody suitable"),
    ):
        answer = visitor.post(f"/dispatch/request/{request}/", form)
        assert said in words(visitor.get(answer.location)), form
    assert desk.money.rows("work_order") == []
    for name in ("engineer", "cashier", "security", "auditor"):
        assert enter(name).get("/dispatch/").status_code == 403


# -- the roster ------------------------------------------------------------------------------------


def test_a_week_is_filled_in_cell_by_cell(desk: OrderOffice, enter: Callable[[str], Any]) -> None:
    visitor = enter("supervisor")
    form = {"week": "2026-10-05", "day": "2026-10-07", "shift": "night", "staff": desk.staff["li"]}
    for _ in range(2):
        answer = visitor.post("/duty-roster/", form)
    page = visitor.get(answer.location)
    assert page.get_data(as_text=True).count('class="roster-x"') == 1
    [row] = desk.money.rows("duty", "day", "shift", "staff")
    assert (row["day"], row["shift"], row["staff"]) == (date(2026, 10, 7), "night", desk.staff["li"])
    for _ in range(2):
        visitor.post("/duty-roster/", {"week": "2026-10-05", "remove": row.id})
    assert desk.money.rows("duty") == []


def test_the_week_before_is_copied_but_for_who_is_away(desk: OrderOffice, enter: Callable[[str], Any]) -> None:
    for name, day in (("li", "2026-09-28"), ("engineer", "2026-09-29"), ("zhou", "2026-10-04")):
        desk.duty(name, day=day)
    desk.duty("zhou", day="2026-10-11")
    desk.away("engineer", "2026-10-06", "2026-10-06")
    visitor = enter("supervisor")
    answer = visitor.post("/duty-roster/", {"week": "2026-10-05", "do": "copy"})
    said = words(visitor.get(answer.location))
    assert "1 duties were copied" in said and "1 were left out" in said
    days = sorted(row["day"].isoformat() for row in desk.money.rows("duty", "day"))
    assert days == ["2026-09-28", "2026-09-29", "2026-10-04", "2026-10-05", "2026-10-11"]


def test_who_may_not_plan_sees_the_roster_only(desk: OrderOffice, enter: Callable[[str], Any]) -> None:
    desk.duty("li")
    visitor = enter("security")
    page = visitor.get("/duty-roster/").get_data(as_text=True)
    assert "李师傅" in page and "roster-x" not in page and "roster-add" not in page
    answer = visitor.post("/duty-roster/", {"week": "2026-10-05", "do": "copy"})
    assert answer.status_code in (303, 403)
    assert len(desk.money.rows("duty")) == 1


def test_front_desk_and_security_see_the_duty_manager_on_their_front_page(
    desk: OrderOffice, enter: Callable[[str], Any]
) -> None:
    desk.money.set("staff", desk.staff["zhou"], phone="13900000009")
    desk.duty("zhou", "manager")
    for name in ("frontdesk", "security"):
        front = words(enter(name).get("/"))
        assert "周师傅" in front and "13900000009" in front


def test_a_roster_comes_in_from_a_file(desk: OrderOffice) -> None:
    """Twice is once: day, shift and person together name a duty."""
    from transfer import imports
    from transfer.imports import ImportOptions

    data = "日期,班次,值班人\n2026-10-06,夜班,李师傅\n2026/10/7,值班经理,王师傅\n2026-10-08,白班,张三\n".encode(
        "gb18030"
    )
    actor = desk.people["supervisor"]
    with desk.registry.connection():
        for _ in range(2):
            ready = imports.prepare(desk.registry, actor, "duty", data, "roster.csv", ImportOptions())
            result = imports.run(desk.registry, actor, ready, dry_run=False, bad_rows="skip")
    assert [(row.line, row.value) for row in result.rejected] == [(4, "张三")]
    kept = [(row["day"].isoformat(), row["shift"]) for row in desk.money.rows("duty", "day", "shift")]
    assert kept == [("2026-10-06", "night"), ("2026-10-07", "manager")]
