"""Deadlines on the screens: lights with words, never to be written by hand, found by filter, sort and my day."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from models.actor import SYSTEM, Actor
from models.escalation import escalate
from tests.site.entity_desk import Desk, furnish, rows, text

pytestmark = pytest.mark.both_engines


@pytest.fixture
def desk(library: Any, site_of: Any, visit: Any) -> Desk:
    """Four fines of Tuesday at eleven; it is Friday, a quarter to four. The library opens from Tuesday to Saturday."""
    found = furnish(library, site_of(library), visit)
    set_clock(found, "2026-03-17 11:00")
    member = found.add("member", name="Ann")
    told = {"member": member, "told_at": "2026-03-17 11:00"}
    found.add("fine", "late", amount="60.00", **told)
    found.add("fine", "soon", amount="5.00", **told)
    found.add("fine", "held", amount="60.00", reason="disputed", **told)
    found.add("fine", "paid", amount="60.00", paid_on="2026-03-17", **told)
    set_clock(found, "2026-03-20 15:45")
    return found


def set_clock(desk: Desk, words: str) -> datetime:
    clock = desk.registry.clock
    clock.at = datetime.fromisoformat(words).replace(tzinfo=clock.zone)
    return clock.at


def lights(page: str) -> list[tuple[str, str]]:
    return re.findall(r'class="chip light light-(\w+) chip-\w+"[^>]*>([^<]*)<', page)


def test_a_list_says_how_long_is_left_and_how_late_it_is(desk: Desk) -> None:
    page = text(desk.at("head").get("/fine/?sort=due_at"))
    assert lights(page) == [("late", "15 min late"), ("soon", "2 h left"), ("paused", "Paused")]
    desk.registry.store.update(SYSTEM, "user", desk.users["head"], {"locale": "zh"}, _form())
    page = text(desk.at("head").get("/fine/?sort=due_at"))
    assert lights(page) == [("late", "超时 15 分钟"), ("soon", "还剩 2 小时"), ("paused", "暂停")]


def _form() -> Any:
    from models.actor import Source

    return Source("form")


def test_its_header_sorts_by_what_is_due_next(desk: Desk) -> None:
    head = desk.at("head")
    assert 'href="/fine/?sort=due_at"' in text(head.get("/fine/"))
    order = rows(head.get("/fine/?sort=due_at"))
    assert order[:2] == [desk.ids["late"], desk.ids["soon"]] and set(order[2:]) == {desk.ids["held"], desk.ids["paid"]}
    assert rows(head.get("/fine/?sort=-due_at"))[:2] == [desk.ids["soon"], desk.ids["late"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("due_light=late", ["late"]),
        ("due_light=late&due_light=soon", ["late", "soon"]),
        ("due_light_empty=1", ["paid"]),
        ("payment_light=kept", ["paid"]),
        ("payment_light_not=kept", ["late", "soon", "held"]),
        ("saved=late", ["late"]),
    ],
)
def test_lists_are_narrowed_by_lights(desk: Desk, query: str, found: list[str]) -> None:
    assert sorted(rows(desk.at("head").get(f"/fine/?{query}"))) == sorted(desk.ids[name] for name in found)
    assert "Due soon" in text(desk.at("head").get("/fine/filters/"))


def test_a_record_shows_its_deadlines_and_a_form_does_not_take_them(desk: Desk) -> None:
    page = text(desk.at("desk").get(f"/fine/details/?id={desk.ids['late']}"))
    assert "15 min late" in page and "due 2026-03-20 15:30" in page and "met 2026-03-17 11:00" in page
    assert "Payment: minutes left" not in page and "amber from" not in page
    assert 'name="payment_due_at"' not in text(desk.at("desk").get(f"/fine/edit/?id={desk.ids['late']}"))
    before = desk.registry.rows.one("fine", desk.ids["late"])["payment_due_at"]
    form = {"amount": "61.00", "payment_due_at": "2030-01-01 10:00", "due_at": "", "version": "1"}
    desk.at("desk").post(f"/fine/edit/?id={desk.ids['late']}", form)
    assert desk.registry.rows.one("fine", desk.ids["late"])["payment_due_at"] == before


def test_paid_by_form_it_is_met_and_reopened_it_starts_again(desk: Desk) -> None:
    at_desk, id = desk.at("desk"), desk.ids["late"]
    row = desk.registry.rows.one("fine", id)
    form = {"member": str(row["member"]), "amount": "60.00", "told_at": "2026-03-17T11:00", "reason": ""}
    answer = at_desk.post(f"/fine/edit/?id={id}", {**form, "paid_on": "2026-03-20", "version": str(row["version"])})
    assert answer.status_code == 302
    assert "Met 15 min late" in text(at_desk.get(f"/fine/details/?id={id}"))
    set_clock(desk, "2026-03-21 10:00")
    version = desk.registry.rows.one("fine", id)["version"]
    at_desk.post(f"/fine/edit/?id={id}", {**form, "paid_on": "", "version": str(version)})
    assert "due 2026-03-26 18:00" in text(at_desk.get(f"/fine/details/?id={id}"))


def test_a_bulk_change_pauses_them_all(desk: Desk) -> None:
    ids = [desk.ids["late"], desk.ids["soon"]]
    form = {"action": "edit", "field": "reason", "reason": "disputed", "rowid": ids, "confirmed": "1"}
    desk.at("desk").post("/fine/action/", form)
    page = text(desk.at("desk").get(f"/fine/details/?id={desk.ids['soon']}"))
    assert "Paused, 2 h left" in page
    assert "Paused, 15 min late" in text(desk.at("desk").get(f"/fine/details/?id={desk.ids['late']}"))


def test_files_say_how_it_stands(desk: Desk) -> None:
    found = text(desk.at("head").get("/fine/export/csv/?due_light=late"))
    assert "Late" in found and "2026-03-20" in found


def test_raised_it_stands_in_the_history_and_in_the_inbox(desk: Desk) -> None:
    job = Actor(None, "late", job="escalate_deadlines")
    assert escalate(desk.registry, job, set_clock(desk, "2026-03-20 16:00"), {}).done == 1
    page = text(desk.at("desk").get(f"/fine/history/?id={desk.ids['late']}"))
    assert "Raised: Payment → Remind the desk" in page
    assert "raised 1×" in text(desk.at("desk").get(f"/fine/details/?id={desk.ids['late']}"))
    assert "Payment is late by 30 min" in text(desk.at("desk").get("/inbox/"))
    assert "Payment is late" not in text(desk.at("audit").get("/inbox/"))
