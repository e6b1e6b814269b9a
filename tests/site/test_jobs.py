"""The pages of jobs: who may open them, what they show, a run asked for; and files that jobs wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import models.jobs
from models.actor import SYSTEM, Source
from models.jobs import JobResult, job, perform
from models.schedule.scheduler import Scheduler
from schema import load
from schema.text import Text

PASSWORD = "correct horse battery"
LIBRARY = (Path(__file__).parents[1] / "library.yaml").read_text(encoding="utf-8")
LIBRARY = LIBRARY.replace("{price: {hide: [desk]}", "{price: {hide: [desk], mask: [auditor]}")
LIBRARY = LIBRARY.replace("{cost: {hide: [desk]}", "{cost: {hide: [desk], mask: [auditor]}")
SCHEDULES = """
schedules:
  tidy: {label: {zh: 整理, en: Tidy up}, every: day, at: "02:00", as: desk}
  stock: {label: {zh: 馆藏表, en: List of stock}, run: export, every: [monday, friday], at: "06:30", as: head,
          with: {entity: book, columns: [title, isbn, price], format: csv}}
  readers: {label: {zh: 读者表, en: List of copies}, run: export, every: month, day: last, as: head,
            with: {entity: copy, where: "cost > 1", columns: [title], format: csv}}
"""
SAID = Text("整理了三项。", "Tidied three.")
PEOPLE = ("head", "librarian", "desk", "auditor", "admin")


@pytest.fixture(scope="module")
def nightly(tmp_path_factory):
    """The library with jobs."""
    file = tmp_path_factory.mktemp("nightly") / "schema.yaml"
    file.write_text(LIBRARY + SCHEDULES, encoding="utf-8")
    return load(file)


@pytest.fixture
def house(opened, nightly, monkeypatch):
    monkeypatch.setattr(models.jobs, "_known", dict(models.jobs._known))
    monkeypatch.setattr(Scheduler, "wake", lambda self: None)
    job("tidy")(lambda registry, actor, now, with_: JobResult(3, SAID))
    registry = opened(nightly)
    for role in PEOPLE:
        registry.accounts.add(role, role.title(), [role], PASSWORD)
    return registry


@pytest.fixture
def inside(house, site_of, visit):
    """``inside("admin")``: a visitor signed in with that role."""
    app = site_of(house)

    def sign_in(role):
        visitor = visit(app)
        visitor.sign_in(role)
        visitor.post("/language", {"locale": "en", "next": "/"})
        return visitor

    return sign_in


def words(answer):
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("role", PEOPLE)
def test_jobs_are_for_those_who_keep_the_accounts(house, inside, role):
    visitor, allowed = inside(role), role == "admin"
    assert visitor.get("/jobs/").status_code == (200 if allowed else 403)
    assert visitor.get("/jobs/tidy/").status_code == (200 if allowed else 403)
    assert visitor.post("/jobs/tidy/run/").status_code == (302 if allowed else 403)
    assert ('href="/jobs/"' in words(visitor.get("/"))) == allowed
    assert len(Scheduler(house).runs.open()) == (1 if allowed else 0)


def test_nobody_outside_sees_them(house, site_of, visit):
    visitor = visit(site_of(house))
    assert visitor.get("/jobs/").status_code == 302
    assert visitor.post("/jobs/tidy/run/").status_code == 302
    assert Scheduler(house).runs.open() == []


def test_a_run_without_the_forms_token_is_refused(house, inside):
    visitor = inside("admin")
    assert visitor.client.post("/jobs/tidy/run/").status_code == 400
    assert visitor.client.get("/jobs/tidy/run/").status_code == 405
    assert Scheduler(house).runs.open() == []


def test_the_list_says_how_often_when_next_and_what_came_of_it(house, inside):
    admin = inside("admin")
    page = words(admin.get("/jobs/"))
    for said in ("every day at 02:00", "2026-03-17 02:00", "Mondays, Fridays at 06:30", "2026-03-20 06:30",
                 "last day of the month at 02:00", "2026-03-31 02:00", "not yet"):  # fmt: skip
        assert said in page
    admin.post("/jobs/tidy/run/")
    assert "about to run" in words(admin.get("/jobs/"))
    with house.connection():
        assert Scheduler(house).work() == 1
    assert "Tidied three." in words(admin.get("/jobs/"))
    one = words(admin.get("/jobs/tidy/"))
    assert "Tidied three." in one and "Admin" in one and "Reader desk" in one


def test_a_job_that_waits_is_not_asked_for_twice(house, inside):
    admin = inside("admin")
    admin.post("/jobs/tidy/run/")
    admin.post("/jobs/tidy/run/", {"back": "one"})
    assert "is running or about to" in words(admin.get("/jobs/tidy/"))
    assert len(Scheduler(house).runs.open()) == 1


def test_there_is_no_page_for_what_is_no_job(inside):
    admin = inside("admin")
    assert admin.get("/jobs/gone/").status_code == 404
    assert admin.post("/jobs/gone/run/").status_code == 404


def test_it_speaks_chinese(house, inside):
    admin = inside("admin")
    admin.post("/language", {"locale": "zh", "next": "/"})
    page = words(admin.get("/jobs/"))
    for said in ("计划任务", "每天 02:00", "每周一、周五 06:30", "每月最后一天 02:00", "立即运行", "整理"):
        assert said in page


def test_an_office_without_schedules_says_so(library, site_of, visit):
    library.accounts.add("root", "Ruth", ["admin"], PASSWORD)
    visitor = visit(site_of(library))
    visitor.sign_in("root")
    assert 'href="/jobs/"' not in words(visitor.get("/"))
    assert "schedules" in words(visitor.get("/jobs/"))


def test_the_history_of_a_record_names_the_job(house, inside):
    @job("tidy")
    def tidy(registry, actor, now, with_):
        registry.store.create(actor, "fine", {"member": member, "amount": 3}, Source("action"))
        return JobResult(1, SAID)

    with house.connection():
        member = house.store.create(SYSTEM, "member", {"name": "Ada"}, Source("cli"))
        perform(house, house.schema.schedules["tidy"], datetime(2026, 3, 16, 1, tzinfo=UTC))
    page = words(inside("head").get("/fine/history/?id=1"))
    assert "Tidy up" in page and "by a job tidy" in page


# -- files that jobs wrote -----------------------------------------------------------------------------


@pytest.fixture
def written(house):
    """Both lists, written by their jobs."""
    with house.connection():
        book = {"name": "Dune", "isbn": "9780441013593", "price": "12.50"}
        house.store.create(SYSTEM, "book", {**book, "price": 12}, Source("cli"))
        for name in ("stock", "readers"):
            perform(house, house.schema.schedules[name], datetime(2026, 3, 16, 1, tzinfo=UTC))
    return house


def files_of(visitor):
    page = words(visitor.get("/exports/"))
    return [n for n in (1, 2) if f"/exports/files/{n}/" in page]


def test_a_file_is_for_those_to_whom_all_of_it_is_open(written, inside):
    """The auditor exports all books and copies, but the first file has prices and the second is sifted by cost."""
    found = {role: files_of(inside(role)) for role in ("head", "auditor", "librarian")}
    assert found == {"head": [1, 2], "auditor": [], "librarian": []}
    for role in PEOPLE:
        visitor = inside(role)
        for n in (1, 2):
            assert visitor.get(f"/exports/files/{n}/").status_code == (200 if role == "head" else 404), (role, n)
    assert inside("head").get("/exports/files/3/").status_code == 404


def test_what_the_job_itself_saw_masked_is_open_to_others_who_see_it_so(written, inside):
    stock = replace(written.schema.schedules["stock"], roles=frozenset(["auditor"]), name="masked")
    with written.connection():
        perform(written, stock, datetime(2026, 3, 16, 1, tzinfo=UTC))
    for role in ("auditor", "head"):
        answer = inside(role).get("/exports/files/3/")
        assert answer.status_code == 200 and "12.00" not in answer.get_data(as_text=True)


def test_it_holds_what_the_jobs_roles_see(written, inside):
    answer = inside("head").get("/exports/files/1/")
    assert answer.get_data().decode("utf-8-sig").splitlines() == ["图书,书号,定价", "Dune,9780441013593,12.00"]
    assert "filename=stock-20260316.csv" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_list_of_exports_names_the_job(written, inside):
    page = words(inside("head").get("/exports/"))
    assert "List of stock" in page and "by schedule" in page


def test_a_day_written_again_takes_the_place_of_the_first(written, inside):
    with written.connection():
        perform(written, written.schema.schedules["stock"], datetime(2026, 3, 16, 1, tzinfo=UTC))
        perform(written, written.schema.schedules["stock"], datetime(2026, 3, 16, 1, tzinfo=UTC) + timedelta(days=1))
    names = sorted(path.name for path in (written.var / "exports").iterdir())
    assert names == ["readers-20260316.csv", "stock-20260316.csv", "stock-20260317.csv"]
