"""Money from the bill to the closed case in Chromium, at desk and phone; the doors that stay shut (F3–F10)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from models import jobs
from tests.office.money import MoneyOffice, money_office
from tests.printing.conftest import pages_of
from tests.site.conftest import PASSWORD

D = Decimal
DESKTOP = {"viewport": {"width": 1280, "height": 860}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
BILLED, PART, REST = D("540.00"), D("200.00"), D("340.00")
RATE = "/reports/collection_rate/?span=quarter&month=2026-11"
THREATS = ("停水", "停电", "断水", "断电", "限电", "停气", "停暖", "曝光", "公示", "黑名单")
MONEY_MENUS = ("tariffs", "billing", "till", "dunning", "meters", "figures")
COUNTS = ("on_duty", "survey_results", "service_count", "special_services", "rounds_due", "rounds_missed",
          "rounds_coverage")  # fmt: skip
"""The reports that may be opened at the front desk or the gate; no money stands in them."""
SHUT = (403, 404)


@pytest.fixture
def money(office: Any, clock: Any, person: Callable[..., Any]) -> MoneyOffice:
    """Two households in building 1, and in building 2 王五, who has long owed 987.65."""
    made = money_office(office, clock, person, PASSWORD)
    for one in made.people.values():
        made.set("user", one.id, locale="zh")
    for room, name in (("101", "张伟"), ("102", "李娜")):
        made.charge(made.unit(room, owner=name), "高层住宅")
    other = made.unit("201", building="2", owner="王五")
    made.bill(other, period="2026Q1", amount="987.65", due_on="2026-01-31")
    return made


@pytest.fixture
def unit(money: MoneyOffice) -> int:
    return int(money.rows("unit", "room")[0].id)


@pytest.fixture
def enter(
    money: MoneyOffice, site_of: Callable[..., Any], serve: Callable[..., str], signed_in: Any
) -> Callable[..., Any]:
    address = serve(site_of(money.registry))
    return lambda username, device=None: signed_in(address, username, **(device or DESKTOP), locale="zh-CN")


@pytest.mark.browser
def test_from_the_bill_to_the_closed_case(money: MoneyOffice, enter: Callable[..., Any], unit: int) -> None:
    bill_the_building(enter("cashier"), money)
    assert [row["amount"] for row in money.rows("bill", "amount", period="2026Q4")] == [BILLED, BILLED]

    money.on("2026-10-10")
    money.pay(next(row.id for row in money.rows("bill", "unit", period="2026Q4") if row["unit"] != unit), "540.00")
    cashier = enter("cashier")
    take(cashier, "200")
    assert "张伟" in "".join(pages_of(receipt_of(cashier)))
    assert money.owed(unit) == REST

    propose(money, "2026-11-12")
    steward = enter("steward1", PHONE)
    letter = make_the_letter(steward)
    read_the_letter(letter)
    deliver(steward)
    before = collected(enter("director"))

    take(enter("cashier"), "")
    assert money.owed(unit) == 0
    [case] = money.rows("dunning_case", "state", "level", unit=unit)
    assert (case["state"], case["level"]) == ("closed", 1)
    after = collected(enter("director"))
    assert (before, after[0] - before[0]) == ((PART + BILLED, 2 * BILLED), REST)
    assert after[1] == before[1]


def bill_the_building(page: Any, money: MoneyOffice) -> None:
    """The dry run says what it comes to; nothing is owed until it is published."""
    page.click(".nav a[href='/bill-run/']")
    page.fill("[name=month]", "2026-10")
    page.check("label:has-text('物业费') input")
    page.check(f"[name=buildings][value='{money.buildings['1']}']")
    page.click("main .card-foot button")
    page.wait_for_url("**/bill-run/1/")
    assert "1,080.00" in page.inner_text("main")
    assert money.rows("bill", "amount", period="2026Q4") == []
    page.click("button[value='do:publish_run']")
    page.click("dialog [name=confirmed]")
    page.wait_for_selector("main .chip:has-text('已出账')")


def take(page: Any, amount: str) -> None:
    """At the till, by the name in pinyin; '' takes all that is owed."""
    page.click(".nav a[href='/till/']")
    page.wait_for_selector("html[data-ready] [name=q]")
    page.fill("[name=q]", "zhangwei")
    page.click(".finder-list a:has-text('1-1-101')")
    page.wait_for_selector("[data-till]")
    if amount:
        page.fill("#amount", amount)
    page.click("[data-till-take]")
    page.wait_for_url("**/till/receipts/*/")


def receipt_of(page: Any) -> bytes:
    """The receipt that opens in a tab of its own."""
    with page.context.expect_page() as opened:
        page.click("text=打印收据")
    opened.value.wait_for_url("**/handouts/**")
    answer = page.request.get(opened.value.url)
    opened.value.close()
    assert answer.headers["content-type"] == "application/pdf"
    return bytes(answer.body())


def propose(money: MoneyOffice, day: str) -> None:
    """The morning's job."""
    money.on(day, at="06:30")
    jobs.perform(money.registry, money.registry.schema.schedules["propose_dunning"], money.registry.clock.now())
    money.on(day)


def make_the_letter(page: Any) -> bytes:
    """The steward sees the one household of his own at level 1 and makes its letter, on the phone."""
    page.goto("/dunning/")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    listed = page.inner_text(".dunning-list")
    assert "1-1-101" in listed and "张伟" in listed and "340.00" in listed and "1 催缴通知" in listed
    assert "王五" not in page.inner_text("main") and "李娜" not in listed
    page.click("button[value='do:escalate']")
    page.click("button[name=confirmed]")
    answer = page.request.get(page.get_attribute("main a.btn-primary[href*='/handouts/']", "href"))
    assert answer.headers["content-type"] == "application/pdf"
    return bytes(answer.body())


def read_the_letter(pdf: bytes) -> None:
    """It names the household, the amount and how to pay, and threatens nothing."""
    words = "".join(pages_of(pdf))
    for said in ("催缴通知", "张伟", "1-1-101", "340.00", "物业费", "2026年11月12日"):
        assert said in words
    assert "李娜" not in words and "王五" not in words
    assert [threat for threat in THREATS if threat in words] == []


def deliver(page: Any) -> None:
    """Signed by the household on the steward's phone."""
    page.goto("/dunning/?view=deliver")
    page.click("button[value='do:deliver_letter']")
    pad = page.locator(".signature canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 30, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 200, box["y"] + 40, steps=4)
    page.mouse.up()
    page.click("button[name=confirmed]")
    page.wait_for_url("**/dunning/?view=deliver")
    assert page.locator(".dunning-list").count() == 0


def collected(page: Any) -> tuple[Decimal, Decimal]:
    """What of the quarter has come in and what was billed, as the report's first figure says."""
    page.goto(RATE)
    said = re.search(r"已收 ([\d,.]+) / 应收 ([\d,.]+) 元", page.inner_text("main"))
    assert said
    part, whole = (D(number.replace(",", "")) for number in said.groups())
    return part, whole


# -- the doors -----------------------------------------------------------------------------------------


@pytest.fixture
def debts(money: MoneyOffice, unit: int) -> dict[str, Any]:
    """A part-paid bill of 张伟's, a receipt, a run, a case for him and one for 王五."""
    money.bill(unit, period="2026Q2", amount="543.21", due_on="2026-05-01")
    receipt = money.pay(money.rows("bill", "unit", unit=unit)[0].id, "123.45")
    run = money.make("bill_run", month="2026-10")
    money.act("cashier", "bill_run", "check_run", run)
    propose(money, "2026-10-06")
    return {"receipt": receipt, "run": run, "other": money.rows("dunning_case", "unit")[0]["unit"]}


def doors(money: MoneyOffice, unit: int, debts: dict[str, Any]) -> Iterator[str]:
    """Every address at which something about money stands: lists, records, files, desks, reports, exports."""
    schema = money.registry.schema
    for entity in schema.entities.values():
        if entity.menu in MONEY_MENUS:
            name = entity.name
            yield from (f"/{name}/", f"/{name}/details/?id=1", f"/{name}/history/?id=1", f"/{name}/export/")
            yield from (f"/{name}/export/csv/", f"/{name}/export/xlsx/", f"/{name}/edit/?id=1", f"/{name}/trash/")
            yield from (f"/{name}/ajax/lookup/?q=1", f"/templates/{name}/", f"/{name}/files/?id=1&key=x")
    for name in schema.reports:
        if name not in COUNTS:
            yield from figures_of(name)
    yield from ("/till/", f"/till/{unit}/", "/till/?q=zhangwei", f"/till/receipts/{debts['receipt']}/", "/dunning/")
    yield from ("/bill-run/", f"/bill-run/{debts['run']}/", f"/bill-run/{debts['run']}/progress.json", "/meter-sheet/")
    for view in ("deliver", "held", "promised", "broken"):
        yield f"/dunning/?view={view}"


def figures_of(report: str) -> tuple[str, ...]:
    return f"/reports/{report}/", f"/reports/{report}/export/csv/", f"/reports/{report}/export/xlsx/"


def words(answer: Any) -> str:
    """What an answer says, a workbook too."""
    if answer.data.startswith(b"PK"):
        book = openpyxl.load_workbook(io.BytesIO(answer.data), read_only=True)
        return " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    return str(answer.get_data(as_text=True))


AMOUNTS = ("543.21", "123.45", "419.76", "987.65", "540.00", "1,080.00", "1080.00", "1.80")
"""What was billed, paid, is owed; what the dry run came to; the price."""


@pytest.mark.parametrize("who", ["frontdesk", "security", "admin"])
def test_no_amounts_through_any_door(
    money: MoneyOffice, unit: int, debts: dict[str, Any], site_of: Any, visit: Any, who: str
) -> None:
    site = site_of(money.registry)
    visitor, paper = visit(site), printed(visit(site), debts["receipt"])
    visitor.sign_in(who, PASSWORD)
    addresses = list(doors(money, unit, debts))
    assert len(addresses) > 200
    for address in [*addresses, paper]:
        answer = visitor.get(address)
        assert answer.status_code in SHUT, address
        said = words(answer)
        assert [amount for amount in AMOUNTS if amount in said] == [], address
    for address in ("/", f"/unit/details/?id={unit}", f"/unit/history/?id={unit}", f"/unit/happened/?id={unit}",
                    "/search/?q=张伟", "/unit/export/", "/exports/", "/jobs/", "/reports/", "/resident/"):  # fmt: skip
        said = words(visitor.get(address))
        assert [amount for amount in AMOUNTS if amount in said] == [], address
    schema = money.registry.schema
    for address in (address for name in schema.reports for address in figures_of(name)):
        said = words(visitor.get(address))
        assert [amount for amount in AMOUNTS if amount in said] == [], address
    money_entities = [entity for entity in schema.entities.values() if entity.menu in MONEY_MENUS]
    deeds = [(entity.name, f"do:{action}") for entity in money_entities for action in entity.actions]
    for entity, deed in [*deeds, *((one.entity, f"print:{name}") for name, one in schema.documents.items())]:
        form = {"action": deed, "rowid": "1", "confirmed": "1"}
        assert visitor.post(f"/{entity}/action/", form).status_code in (*SHUT, 400), (entity, deed)


def printed(visitor: Any, receipt: int) -> str:
    """The address of a receipt that the cashier printed."""
    visitor.sign_in("cashier", PASSWORD)
    answer = visitor.post("/receipt/action/", {"action": "print:receipt", "rowid": str(receipt), "confirmed": "1"})
    address = str(answer.headers["Location"])
    assert "".join(pages_of(visitor.get(address).data))
    return address


def test_a_cashier_cannot_reverse(
    money: MoneyOffice, unit: int, debts: dict[str, Any], site_of: Any, visit: Any
) -> None:
    """Asking for it is all; the money stays where it is."""
    visitor = visit(site_of(money.registry))
    visitor.sign_in("cashier", PASSWORD)
    owed, form = money.owed(unit), {"rowid": str(debts["receipt"]), "reason": "收错", "confirmed": "1"}
    assert visitor.post("/receipt/action/", {**form, "action": "do:reverse_receipt"}).status_code in SHUT
    for entity in ("receipt", "payment", "allocation"):
        for path, sent in (
            ("edit/?id=1", {"amount": "0", "state": "reversed"}),
            ("delete/", {"id": "1"}),
            ("new/", {}),
        ):
            assert visitor.post(f"/{entity}/{path}", sent).status_code in (*SHUT, 405), (entity, path)
    assert visitor.post("/receipt/action/", {**form, "action": "do:request_reversal"}).status_code == 302
    assert money.get("receipt", debts["receipt"])["state"] == "requested"
    assert money.owed(unit) == owed


def test_a_steward_sees_no_debtor_of_another_area(
    money: MoneyOffice, unit: int, debts: dict[str, Any], site_of: Any, visit: Any
) -> None:
    visitor = visit(site_of(money.registry))
    visitor.sign_in("steward1", PASSWORD)
    theirs = {name: [row.id for row in money.rows(name, "unit", unit=debts["other"])]
              for name in ("bill", "dunning_case", "dunning_step")}  # fmt: skip
    assert all(theirs.values())
    seen = 0
    for address in doors(money, debts["other"], debts):
        said = words(visitor.get(address))
        seen += "张伟" in said or "1-1-101" in said
        assert "987.65" not in said and "王五" not in said and "2-1-201" not in said, address
    assert seen > 10
    for name, ids in theirs.items():
        assert visitor.get(f"/{name}/details/?id={ids[0]}").status_code == 404
