"""Reports from outside: who opens them, what stands in them, where figures lead, and the files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from admin_views.report_page import Sheet
from models import reports
from models.actor import SYSTEM, Source
from models.query import Condition, Query
from schema import load
from tests.library_reports import load_with_reports
from tests.site.entity_desk import PASSWORD, Desk, furnish, rows, text

ROOT = Path(__file__).parents[1]
PUNCTUALITY = "/reports/punctuality/"


@pytest.fixture(scope="session")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_with_reports(tmp_path_factory.mktemp("library"))


@pytest.fixture
def desk(opened: Any, schema: Any, site_of: Any, visit: Any) -> Desk:
    registry = opened(schema)
    return furnish(registry, site_of(registry), visit)


@pytest.fixture
def lent(desk: Desk) -> Desk:
    """
    North  2 returned in time, 1 three days late, 1 still out   (the novel, due in January)
    South  1 returned in time                                   (the poems, due in February)
    """
    for copy, due, late in (
        ("tides1", date(2026, 1, 5), 0), ("tides1", date(2026, 1, 20), 0), ("tides1", date(2026, 1, 31), 3),
        ("tides1", date(2026, 3, 2), None), ("verse1", date(2026, 2, 1), 0),
    ):  # fmt: skip
        loan = desk.add("loan", book_copy=desk.ids[copy], member=desk.ids["mo"], due_on=due)
        table = desk.registry.models["loan"]
        state = "out" if late is None else "returned"
        table.update(state=state, days_late=late).where(table.id == loan).execute()
    return desk


def cells(answer: Any) -> list[list[str]]:
    """The words of a report's table, its totals last."""
    found = re.findall(r'<tr><th scope="row".*?</tr>', answer.get_data(as_text=True), re.DOTALL)
    return [[plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in found]


def plain(markup: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", markup).split())


def links(answer: Any, path: str) -> list[str]:
    """The addresses on a page that begin with ``path``."""
    found = re.findall(r'href="([^"]+)"', answer.get_data(as_text=True))
    return [one.replace("&amp;", "&") for one in found if one.startswith(path)]


# -- what stands in them -------------------------------------------------------------------------------


def test_a_report_shows_its_figures_with_targets_in_words(lent: Desk) -> None:
    page = lent.at("head").get(PUNCTUALITY)
    assert page.status_code == 200
    assert cells(page) == [
        ["North", "4", "3", "2", "below target 66.7%"],
        ["South", "1", "1", "1", "100.0% on target"],
        ["Total", "5", "4", "3", "below target 75.0%"],
    ]
    said = plain(text(page))
    assert "Punctuality 75.0% Target ≥95% below target 3 of 4" in said
    assert "Punctuality is what came back in time of what came back." in said


def test_a_librarian_has_his_own_branch_and_no_other(lent: Desk) -> None:
    page = lent.at("lea").get(PUNCTUALITY)
    assert [row[0] for row in cells(page)] == ["North", "Total"]
    assert "South" not in text(page)


def test_the_questions_stand_in_the_address(lent: Desk) -> None:
    head = lent.at("head")
    page = head.get(f"{PUNCTUALITY}?since=2026-01-10&until=2026-02-28&branch={lent.ids['north']}")
    assert cells(page)[-1] == ["Total", "2", "2", "1", "below target 50.0%"]
    assert 'value="2026-01-10"' in text(page)
    assert 'value="North"' in text(page)
    assert 'value="2026-03-16"' in text(head.get(PUNCTUALITY)), "the default: until today"
    assert cells(head.get(f"{PUNCTUALITY}?until="))[-1][1] == "5", "left blank, it is not asked"


def test_a_wrong_answer_is_told_at_its_field_and_nothing_is_worked_out(lent: Desk) -> None:
    page = lent.at("head").get(f"{PUNCTUALITY}?since=yesterday")
    assert page.status_code == 422
    assert "“yesterday” is not a date" in text(page)
    assert 'value="yesterday"' in text(page)
    assert cells(page) == []
    assert lent.at("head").get(f"{PUNCTUALITY}export/csv/?since=yesterday").status_code == 422


def test_nothing_found_says_so(lent: Desk) -> None:
    page = lent.at("head").get(f"{PUNCTUALITY}?until=2020-01-01")
    assert "Nothing was lent in this time" in text(page)
    assert "<table" not in text(page)
    assert "–" in plain(text(page)), "the rate of nothing is a dash"


def test_every_figure_leads_to_the_list_of_its_records(lent: Desk) -> None:
    """Also over links, with the person's own scope, and the filter is said in words."""
    head = lent.at("head")
    page = head.get(f"{PUNCTUALITY}?until=2026-02-28")
    found = links(page, "/loan/?")
    counted = [len(rows(head.get(address))) for address in found]
    assert counted == [3, 3, 1, 1, 1, 0], found
    assert "Copy › Shelf › Branch: North" in plain(text(head.get(found[0])))
    assert [len(rows(lent.at("luc").get(address))) for address in found] == [0, 0, 0, 1, 1, 0]


def test_a_link_over_what_someone_may_not_see_is_no_filter(lent: Desk) -> None:
    """Reader desks do not know what a copy cost; asking over it neither narrows nor tells."""
    desk = lent.at("desk")
    everything = rows(desk.get("/loan/"))
    assert rows(desk.get("/loan/?book_copy.cost_from=10")) == everything
    assert rows(lent.at("head").get("/loan/?book_copy.cost_from=10")) != everything
    assert rows(desk.get("/loan/?book_copy.nothing=1&book_copy.cost.id=1&member.interests=1")) == everything


def test_no_filter_leads_over_a_closed_link_or_into_a_closed_entity(
    opened: Any, site_of: Any, visit: Any, tmp_path: Path
) -> None:
    """Reader desks that may not see which copy is lent, nor any branch."""
    text_of = (ROOT / "library.yaml").read_text()
    branches = "read: {head: all, librarian: own, desk: all, auditor: all}"
    lost = '    scopes: {own: "book_copy.shelf.branch.librarian == actor"}'
    text_of = text_of.replace(branches, branches.replace("desk: all, ", ""), 1)
    text_of = text_of.replace(
        "      print: [head, desk]\n" + lost, f"      fields: {{book_copy: {{hide: [desk]}}}}\n{lost}"
    )
    (tmp_path / "library.yaml").write_text(text_of)
    registry = opened(load(tmp_path / "library.yaml"))
    desk = furnish(registry, site_of(registry), visit)
    loan = desk.add("loan", book_copy=desk.ids["tides1"], member=desk.ids["mo"])
    reader, head = desk.at("desk"), desk.at("head")
    elsewhere = desk.ids["south"]
    for address in (f"/loan/?book_copy.shelf={desk.ids['b1']}", f"/loan/?book_copy.shelf.branch={elsewhere}"):
        assert rows(head.get(address)) == []
        assert rows(reader.get(address)) == [loan], "no filter at all"
        assert "Copy ›" not in text(reader.get(address))
    actor = registry.accounts.actor(desk.users["desk"])
    for path, value in (("book_copy.shelf", desk.ids["a1"]), ("book_copy.shelf.branch.name", "North")):
        query = Query(conditions=(Condition(path, "equals", value),))
        assert registry.scope.count(SYSTEM, "loan", query) == 1
        assert registry.scope.count(actor, "loan", query) == 0
    names = "/shelf/?branch.name_contains=Sou"
    assert len(rows(head.get(names))) == 1
    assert len(rows(reader.get(names))) == 2


def test_a_figure_leads_nowhere_for_those_who_may_not_read_its_records(lent: Desk) -> None:
    address = {who: Sheet(lent.registry, lent.registry.accounts.actor(lent.users[who])).address for who in lent.users}
    fines = reports.Drill("fine", (Condition("amount", "from", Decimal("0.5")), Condition("paid_on", "empty")))
    assert address["head"](fines) == "/fine/?amount_from=0.5&paid_on_empty=1"
    assert address["lea"](fines) == ""


# -- charts --------------------------------------------------------------------------------------------


def test_the_chart_is_svg_without_script_or_style(lent: Desk) -> None:
    page = lent.at("head").get(PUNCTUALITY)
    [svg] = re.findall(r"<svg.*?</svg>", text(page), re.DOTALL)
    assert "style=" not in svg
    assert "<script" not in svg
    assert 'aria-label="Chart: Punctuality. The figures are in the table below."' in svg
    assert svg.count("<rect") == 4
    assert "<title>North · Returned: 3</title>" in svg


def test_a_line_and_a_ring_are_drawn_too(lent: Desk) -> None:
    head = lent.at("head")
    assert text(head.get("/reports/lent_by_month/")).count("<circle") == 3
    ring = text(head.get("/reports/stock_value/"))
    assert cells(head.get("/reports/stock_value/"))[-1] == ["Total", "2", "26.00"]
    assert "<title>Novel: 18.00 (69.2%)</title>" in ring


# -- doors ---------------------------------------------------------------------------------------------

SECRETS = {"desk": ("stock_value",), "lea": ("stock_value", "lent_by_month"), "audit": ("punctuality", "lent_by_month")}


@pytest.mark.parametrize("who", SECRETS)
def test_a_report_for_others_is_not_there(lent: Desk, who: str) -> None:
    visitor = lent.at(who)
    for name in SECRETS[who]:
        for door in ("", "export/csv/", "export/xlsx/", "lookup/branch/"):
            answer = visitor.get(f"/reports/{name}/{door}")
            assert answer.status_code == 404, (name, door)
            absent = visitor.get(f"/reports/nothing/{door}")
            assert without_token(answer) == without_token(absent)
        for page in ("/", "/reports/"):
            assert name not in text(visitor.get(page))


def without_token(answer: Any) -> str:
    return re.sub(r'content="[^"]+"|value="[^"]+"', "", text(answer))


def test_those_who_may_open_none_have_no_list_of_them(opened: Any, schema: Any, site_of: Any, visit: Any) -> None:
    registry = opened(schema)
    desk = furnish(registry, site_of(registry), visit)
    registry.accounts.add("admin", "Admin", ["admin"], PASSWORD)
    admin = desk.at("admin")
    assert admin.get("/reports/").status_code == 404
    assert "/reports/" not in text(admin.get("/"))


def test_strangers_are_asked_to_sign_in(lent: Desk) -> None:
    stranger = lent.visit(lent.app)
    for path in ("/reports/", PUNCTUALITY, f"{PUNCTUALITY}export/csv/", f"{PUNCTUALITY}lookup/branch/"):
        assert stranger.get(path).status_code == 302, path


def test_an_unknown_format_or_question_is_not_there(lent: Desk) -> None:
    head = lent.at("head")
    for path in ("export/jsonl/", "export/exe/", "lookup/since/", "lookup/nothing/"):
        assert head.get(f"{PUNCTUALITY}{path}").status_code == 404, path


def test_a_question_finds_only_what_the_person_may_see(lent: Desk) -> None:
    names = lambda who: [name for _, name in lent.at(who).get(f"{PUNCTUALITY}lookup/branch/?query=").json]  # noqa: E731
    assert names("head") == ["North", "South"]
    assert names("lea") == ["North"]
    answer = lent.at("lea").get(f"{PUNCTUALITY}?branch={lent.ids['south']}")
    assert "South" not in text(answer)


# -- the sidebar and the front page --------------------------------------------------------------------


def test_reports_stand_under_their_menus_and_mark_the_present_page(lent: Desk) -> None:
    head = lent.at("head")
    page = text(head.get("/reports/stock_value/"))
    stock = re.search(r'<ul id="menu-stock">(.*?)</ul>', page, re.DOTALL)
    assert stock is not None
    assert 'href="/reports/stock_value/" aria-current="page"' in stock[1]
    assert page.count('aria-current="page" title') == 1
    assert 'href="/reports/" aria-current="page"' in text(head.get("/reports/"))


def test_the_headline_is_on_the_front_page_of_those_it_is_for(lent: Desk) -> None:
    assert "75.0% Punctuality Target ≥95% · below target" in plain(text(lent.at("head").get("/")))
    assert "66.7% Punctuality" in plain(text(lent.at("lea").get("/")))
    assert "Punctuality Target" not in plain(text(lent.at("desk").get("/")))


def test_a_quick_headline_is_asked_instead_of_the_report(lent: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = reports.Figure(reports.LABEL, 7, said=reports.LABEL)
    monkeypatch.setitem(reports._headlines, "punctuality", lambda *_: quick)
    monkeypatch.delitem(reports._known, "punctuality")
    assert "7 report" in plain(text(lent.at("head").get("/")))


# -- files ---------------------------------------------------------------------------------------------


def test_the_csv_has_plain_numbers_and_a_mark(lent: Desk) -> None:
    answer = lent.at("head").get(f"{PUNCTUALITY}export/csv/?until=2026-02-28")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))) == [
        ["Branch", "Loans", "Returned", "In time", "Punctuality (%)"],
        ["North", "3", "3", "2", "66.7"],
        ["South", "1", "1", "1", "100.0"],
        ["", "4", "4", "3", "75.0"],
    ]
    assert "punctuality-20260316.csv" in answer.headers["Content-Disposition"]


def test_no_spreadsheet_calculates_a_name(lent: Desk) -> None:
    lent.registry.store.update(SYSTEM, "branch", lent.ids["north"], {"name": "=1+1"}, Source("cli"))
    body = lent.at("head").get(f"{PUNCTUALITY}export/csv/").data.decode("utf-8-sig")
    assert "\r\n'=1+1," in body


def test_the_workbook_has_typed_cells(lent: Desk) -> None:
    answer = lent.at("head").get("/reports/stock_value/export/xlsx/")
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert list(sheet.values) == [
        ("Genre", "Copies", "Cost"), ("Novel", 1, 18), ("Poetry", 1, 8), (None, 2, 26),
    ]  # fmt: skip
    assert sheet["C2"].number_format == "#,##0.00"


def test_what_was_taken_out_is_in_the_list_of_exports(lent: Desk) -> None:
    lent.at("head").get(f"{PUNCTUALITY}export/csv/?branch={lent.ids['north']}")
    lent.at("audit").get("/reports/stock_value/export/xlsx/")
    mine = plain(text(lent.at("head").get("/exports/")))
    assert "Head Punctuality 2 Due until = 2026-03-16；Branch = North CSV" in mine
    assert "Audit Value of the stock 3 – XLSX" in mine
    assert "Punctuality" not in plain(text(lent.at("audit").get("/exports/")))


def test_the_list_of_exports_tells_no_name_beyond_the_scope(lent: Desk) -> None:
    for branch in ("north", "south"):
        lent.at("head").get(f"{PUNCTUALITY}export/csv/?branch={lent.ids[branch]}")
    listed = plain(text(lent.at("lea").get("/exports/")))
    assert "Branch = North" in listed
    assert "Branch = •••" in listed
    assert "South" not in listed


# -- a browser -----------------------------------------------------------------------------------------

LOOKS = [({"width": 1280, "height": 900}, "en"), ({"width": 390, "height": 844}, "zh")]


@pytest.mark.browser
@pytest.mark.parametrize(("viewport", "locale"), LOOKS)
def test_the_pages_are_sound_in_a_browser(
    lent: Desk, serve: Callable[[Any], str], signed_in: Any, viewport: Any, locale: str, tmp_path: Path
) -> None:
    from tests.site.test_axe import look

    with lent.registry.connection():
        lent.registry.store.update(SYSTEM, "user", lent.users["head"], {"locale": locale}, Source("cli"))
    page = signed_in(serve(lent.app), "head", viewport=viewport)
    for path in ("/", "/reports/", PUNCTUALITY, "/reports/stock_value/", "/reports/lent_by_month/"):
        page.goto(path)
        look(page)
    page.goto(PUNCTUALITY)
    page.fill("#f-since", "2026-01-10")
    page.fill("#f-branch", "Nor")
    page.wait_for_selector("[role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show" if locale == "en" else "查看", exact=True).click()
    page.wait_for_url("**since=2026-01-10**")
    assert page.locator("tbody tr").count() == 1
    assert page.locator("tfoot td").first.inner_text() == "3"
    assert b"/Type /Page" in page.pdf()


def test_a_row_may_have_a_target_of_its_own(lent: Desk) -> None:
    head = lent.registry.accounts.actor(lent.users["head"])
    columns = (reports.Column("n", reports.LABEL, "integer", target=reports.Target(5)),)
    mine = {"n": reports.Target(9, at_most=True)}
    table = reports.Table(columns, [reports.Row({"n": 7}), reports.Row({"n": 10}, targets=mine)])
    assert [row[0].word for row in Sheet(lent.registry, head).rows(table)] == ["on target", "above the limit"]


def test_the_library_has_a_function_for_every_report(schema: Any) -> None:
    assert list(reports.absent(schema)) == []
    assert Decimal("93.2") == reports.rate(932, 1000)
    assert reports.rate(1, 0) is None
    assert reports.rate(5, 1000) == Decimal("0.5")
    assert reports.rate(Decimal("0.05"), 100) == Decimal("0.1"), "half up"
    assert reports.mean(10, 3) == Decimal("3.3")
