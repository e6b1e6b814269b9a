"""The page of a place through the front door: what stands there for whom, kinds, years, pages, print."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from models.actor import SYSTEM
from tests.office.money import FORM, ROLES, MoneyOffice, money_office
from tests.office.renovation import Renovation, renovation_of
from tests.site.conftest import PASSWORD

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "locale": "en-GB"}
SMALL = """() => [...document.querySelectorAll('.past-row, .past-bar .btn, .past-more a, .past-foot a')]
  .filter(one => one.checkVisibility() && one.getBoundingClientRect().height < 43.5).map(one => one.outerHTML)"""
KIND = re.compile(r'<span class="past-kind">([^<]+)</span>')
HEAD = re.compile(r'<section class="card past-month"><h2>([^<]+)</h2>')
OFFERED = re.compile(r"[?&;]kind=(\w+)")


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    return money_office(office, clock, person)


@pytest.fixture
def works(money: MoneyOffice) -> Renovation:
    """Unit 1-1-101 of steward1, where things have happened; a neighbour in building 1, and one in building 2."""
    works = renovation_of(money)
    money.on("2026-10-06")
    permit = works.running()
    money.set("renovation_permit", permit, deposit_due=Decimal(2000))
    works.violation(permit, what="Wall opened in the bath")
    money.make("visit", unit=works.unit, resident=money.owners[works.unit], wishes="A bench", by=who(money, "steward1"))
    money.make("service_request", unit=works.unit, matter="Tap drips", kind="repair", owner=who(money, "frontdesk"))
    money.make("dispute", unit=money.unit("102"), other_unit=works.unit, kind="noise", matter="Drums at night")
    money.make("visit", unit=money.unit("201", building="2"), wishes="Elsewhere", by=who(money, "steward2"))
    return works


def who(money: MoneyOffice, username: str) -> int:
    return int(money.people[username].id)


@pytest.fixture
def enter(money: MoneyOffice, entering: Callable[[Any], Callable[[str], Any]]) -> Callable[[str], Any]:
    return entering(money)


def text_of(answer: Any) -> str:
    return html.unescape(answer.get_data(as_text=True))


def kinds_of(answer: Any) -> list[str]:
    """The words of the rows, in their order."""
    return KIND.findall(text_of(answer))


UNIT_KINDS = {
    "Request": {"director", "assistant", "supervisor", "steward", "frontdesk", "auditor"},
    "Violation": {"director", "assistant", "supervisor", "steward", "engineer", "auditor"},
    "Works stopped": {"director", "assistant", "supervisor", "steward", "engineer", "auditor"},
    "Renovation began": {"director", "assistant", "supervisor", "steward", "engineer", "frontdesk", "cashier",
                         "billing_supervisor", "security", "auditor"},
    "Visit": {"director", "assistant", "supervisor", "steward", "auditor"},
    "Dispute": {"director", "assistant", "supervisor", "steward", "auditor"},
    "Moved in": {"director", "assistant", "supervisor", "steward", "engineer", "frontdesk", "cashier",
                 "billing_supervisor", "security", "auditor", "admin"},
}  # fmt: skip
"""What happened in the unit, and which roles are told of it."""


@pytest.mark.parametrize("username", sorted(set(ROLES) - {"cashier2", "steward2"}))
def test_everyone_is_told_what_they_may_see(
    money: MoneyOffice, works: Renovation, enter: Callable[[str], Any], username: str
) -> None:
    """Kinds, rows and amounts; the building tells the same of its unit, and names it."""
    visitor, role = enter(username), ROLES[username]
    told = {kind for kind, roles in UNIT_KINDS.items() if role in roles}
    for place, id in (("unit", works.unit), ("building", money.buildings["1"])):
        answer = visitor.get(f"/{place}/happened/?id={id}")
        assert answer.status_code == 200
        said = text_of(answer)
        assert set(kinds_of(answer)) & set(UNIT_KINDS) == told, place
        assert ("kind=visit" in said, "A bench" in said) == (("Visit" in told),) * 2
        assert "Elsewhere" not in said
        assert re.search(r"2,?000\.00", said) is None
        for entity in set(OFFERED.findall(said)):
            assert money.registry.access.may(money.people[username], entity, "read"), entity
    assert ("/unit/happened/?id=" in said) == bool(told)


def test_the_steward_of_another_area_finds_nothing(
    money: MoneyOffice, works: Renovation, enter: Callable[[str], Any]
) -> None:
    visitor = enter("steward2")
    for place, id in (("unit", works.unit), ("building", money.buildings["1"]), ("unit", 987654), ("unit", "x")):
        for more in ("", "&kind=visit", "&year=2026", "&whole=1"):
            answer = visitor.get(f"/{place}/happened/?id={id}{more}")
            assert answer.status_code == 404 and "Tap drips" not in text_of(answer)
    mine = visitor.get(f"/building/happened/?id={money.buildings['2']}")
    assert "Elsewhere" in text_of(mine) and "Tap drips" not in text_of(mine)
    assert enter("steward1").get(f"/resident/happened/?id={money.owners[works.unit]}").status_code == 404
    assert enter("sales").get("/visit/happened/?id=1").status_code in (403, 404)


def test_who_lives_there_changes_nothing(money: MoneyOffice, works: Renovation, enter: Callable[[str], Any]) -> None:
    """An account that is called like the owner sees what its role sees."""
    before = kinds_of(enter("security").get(f"/unit/happened/?id={works.unit}"))
    money.set("resident", money.owners[works.unit], name="Security")
    money.lives(works.unit, "Security", "tenant")
    assert kinds_of(enter("security").get(f"/unit/happened/?id={works.unit}")) == before


def test_newest_first_by_month_narrowed_by_kind_and_year(
    money: MoneyOffice, works: Renovation, enter: Callable[[str], Any]
) -> None:
    page = enter("steward1").get(f"/unit/happened/?id={works.unit}")
    assert HEAD.findall(text_of(page)) == ["October 2026", "January 2020"]
    assert kinds_of(page)[-1] == "Moved in"
    visits = enter("steward1").get(f"/unit/happened/?id={works.unit}&kind=visit")
    assert kinds_of(visits) == ["Visit"] and "A bench" in text_of(visits)
    old = enter("steward1").get(f"/unit/happened/?id={works.unit}&year=2020")
    assert kinds_of(old) == ["Moved in"] and ">2020<" in text_of(old)
    none = enter("steward1").get(f"/unit/happened/?id={works.unit}&year=2019")
    assert kinds_of(none) == [] and "Nothing of this kind in this time" in text_of(none)
    strange = enter("steward1").get(f"/unit/happened/?id={works.unit}&kind=receipt&year=19x9&before=zzz")
    assert kinds_of(strange) == kinds_of(page)


def test_what_is_to_come_has_not_happened(money: MoneyOffice, works: Renovation, enter: Callable[[str], Any]) -> None:
    money.make("occupancy", unit=works.unit, resident=money.make("resident", name="Later"), role="tenant",
               started_on=money.today + timedelta(days=1))  # fmt: skip
    steward = enter("steward1")
    assert "Later" not in text_of(steward.get(f"/unit/happened/?id={works.unit}"))
    money.on(money.today + timedelta(days=1))
    assert "Later" in text_of(steward.get(f"/unit/happened/?id={works.unit}"))


def test_pages_follow_one_another_and_the_print_view_has_them_all(
    money: MoneyOffice, works: Renovation, enter: Callable[[str], Any]
) -> None:
    """119 visits of two moments and one of another day: fifty, fifty, and the rest; each once."""
    at = datetime.fromisoformat("2026-10-01T02:00:00+00:00")
    visits = [
        {"unit": works.unit, "wishes": f"M{n:03}", "done_at": at + timedelta(days=n % 2), "by": who(money, "steward1"),
         "reason": "routine", "met": "met"}
        for n in range(119)
    ]  # fmt: skip
    money.registry.store.create_many(SYSTEM, "visit", visits, FORM)
    visitor = enter("supervisor")
    address, seen, pages = f"/unit/happened/?id={works.unit}&kind=visit", [], 0
    while address:
        said = text_of(visitor.get(address))
        seen += re.findall(r"M\d{3}", said)
        pages += 1
        found = re.search(r'<a class="btn" href="([^"]+)">Older', said)
        address = found[1] if found else ""
    assert (pages, len(seen), len(set(seen))) == (3, 119, 119)
    assert "Newest" in said
    whole = text_of(visitor.get(f"/unit/happened/?id={works.unit}&kind=visit&whole=1"))
    assert re.findall(r"M\d{3}", whole) == seen and "data-print" in whole and ">Older" not in whole


def test_the_number_of_questions_is_fixed(money: MoneyOffice, works: Renovation, enter: Callable[[str], Any]) -> None:
    visitor, execute = enter("supervisor"), money.registry.db.execute_sql

    def asked() -> int:
        counted: list[str] = []
        money.registry.db.execute_sql = lambda sql, *more, **options: (
            counted.append(sql) or execute(sql, *more, **options)
        )
        try:
            assert visitor.get(f"/building/happened/?id={money.buildings['1']}").status_code == 200
        finally:
            del money.registry.db.execute_sql
        return len(counted)

    before = asked()
    for n in range(12):
        money.make("service_request", unit=works.unit, matter=f"M{n}", owner=who(money, "frontdesk"))
        money.make("visit", unit=works.unit, by=who(money, "steward1"))
    assert asked() <= before


def test_a_place_where_nothing_happened_says_so(money: MoneyOffice, enter: Callable[[str], Any]) -> None:
    empty = money.unit("909", owner=None)
    said = text_of(enter("steward1").get(f"/unit/happened/?id={empty}"))
    assert "Nothing has happened here yet" in said and "past-bar" not in said


def test_the_way_there_stands_on_units_and_buildings(
    money: MoneyOffice, works: Renovation, enter: Callable[[str], Any]
) -> None:
    steward = enter("steward1")
    assert f"/unit/happened/?id={works.unit}" in text_of(steward.get(f"/unit/details/?id={works.unit}"))
    building = money.buildings["1"]
    assert f"/building/happened/?id={building}" in text_of(steward.get(f"/building/details/?id={building}"))
    assert "/happened/" not in text_of(steward.get(f"/resident/details/?id={money.owners[works.unit]}"))


def test_fields_closed_to_a_role_are_left_out_of_the_words(
    money: MoneyOffice, works: Renovation, enter: Callable[[str], Any]
) -> None:
    """Deposits, deductions, phones and care flags stand in no line, whoever reads it."""
    money.set(
        "resident", money.owners[works.unit], phone="13800138000", care=("elderly_alone",), care_note="Falls often"
    )
    permit = money.rows("renovation_permit")[0].id
    money.set("renovation_permit", permit, deposit_due=Decimal("1357.00"), foreman_phone="13900139000")
    for username in ("frontdesk", "security", "engineer", "director"):
        said = text_of(enter(username).get(f"/unit/happened/?id={works.unit}"))
        for secret in ("13800138000", "13900139000", "1357", "1,357", "living alone", "Falls often"):
            assert secret not in said, (username, secret)


def test_days_stand_under_the_office_s_own_calendar(
    money: MoneyOffice, works: Renovation, enter: Callable[[str], Any]
) -> None:
    """Half past midnight on the first belongs to the new month, though it is still the last day in UTC."""
    at = datetime.fromisoformat("2026-08-31T16:30:00+00:00")
    money.make("service_request", unit=works.unit, matter="Night", taken_at=at, owner=who(money, "frontdesk"))
    said = text_of(enter("steward1").get(f"/unit/happened/?id={works.unit}&kind=service_request"))
    part = said[said.index("September 2026") : said.index("Night")]
    assert 'datetime="2026-09-01"' in part and "00:30" in said
    assert date(2026, 9, 1).strftime("%a") in part


@pytest.mark.browser
@pytest.mark.parametrize("locale", ["en", "zh"])
def test_it_is_one_column_for_a_thumb_on_a_phone(
    money: MoneyOffice, works: Renovation, site_of: Callable[..., Any], serve: Callable[[Any], str], signed_in: Any,
    locale: str,
) -> None:  # fmt: skip
    """Axe finds nothing serious, nothing scrolls sideways, a row is as tall as a thumb and opens its record."""
    money.registry.store.update(SYSTEM, "user", who(money, "steward1"), {"locale": locale}, FORM)
    money.registry.accounts.set_password(who(money, "steward1"), PASSWORD)
    page = signed_in(serve(site_of(money.registry)), "steward1", **PHONE)
    page.goto(f"/building/happened/?id={money.buildings['1']}")
    page.wait_for_selector("html[data-ready]")
    for summary in page.query_selector_all(".past-bar summary"):
        summary.click()
        found = Axe().run(page).response["violations"]
        assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
        panel = page.locator(".past-bar details[open] .past-choices").bounding_box()
        assert panel["x"] >= 0 and panel["x"] + panel["width"] <= 390
        summary.click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(SMALL) == []
    row = page.locator(".past-row:has-text('Tap drips')")
    row.click(position={"x": 5, "y": 5})
    page.wait_for_url("**/service_request/details/**")
