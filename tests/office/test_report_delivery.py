"""Reports are made on their day, kept, and told to those they are for and to nobody else, once (S7, section 11)."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest

from models import jobs
from models.actor import SYSTEM
from models.query import Query
from schema.spec import Schema
from schema.text import Text
from tests.office.callback_desk import CallDesk
from transfer.report_delivery import asked_on

READERS = ("director", "supervisor")
KEPT = "report_delivery"


@pytest.fixture
def desk(estate: Any, clock: Any) -> CallDesk:
    """Two requests of last week and one of this Monday, the 23rd."""
    made = CallDesk(estate, clock)
    made.at("16 09:30")
    made.complaint()
    made.request("2", kind="repair")
    made.at("23 09:00")
    made.request(kind="enquiry")
    return made


def deliver(desk: CallDesk, name: str = "weekly_count", at: str = "23 07:30") -> Any:
    spec = desk.registry.schema.schedules[name]
    moment = datetime.strptime(f"2026-03-{at}", "%Y-%m-%d %H:%M").replace(tzinfo=desk.clock.zone)
    return jobs.perform(desk.registry, spec, moment)


def messages(desk: CallDesk, who: str) -> list[str]:
    return [one.text.to("en") for one in desk.registry.inbox.waiting(desk.people[who], 20) if one.about[0] == KEPT]


def kept(desk: CallDesk, who: Any = SYSTEM) -> list[Any]:
    names = ("report", "day", "roles", "figures", "file")
    return list(desk.registry.scope.stream(who, KEPT, Query(columns=names, sort="id")))


def sheet(desk: CallDesk, record: Any) -> list[tuple[Any, ...]]:
    stored = desk.registry.files.named(KEPT, record["file"])[0]
    assert stored.name == "报事统计 20260323.xlsx"
    book = openpyxl.load_workbook(io.BytesIO(desk.registry.files.path(stored).read_bytes()))
    return list(book.worksheets[0].iter_rows(values_only=True))


@pytest.mark.both_engines
def test_the_week_before_is_delivered_once_and_told_to_its_readers(desk: CallDesk) -> None:
    assert deliver(desk).said.to("en") == "Requests by kind of 2026-03-23 is delivered."
    (record,) = kept(desk)
    assert (record["day"], record["roles"]) == (date(2026, 3, 23), ("director", "assistant", "supervisor"))
    assert record["figures"] == "受理件数：2"
    lines = sheet(desk, record)
    assert [line[0] for line in lines] == ["类别", "投诉", "报修", None]
    assert lines[-1][-3:] == (2, 0, 2)
    for who in desk.people:
        told = ["Requests by kind of 2026-03-23 is ready."] if who in READERS else []
        assert messages(desk, who) == told, who
    again = deliver(desk)
    assert (again.done, again.said.to("en")) == (0, "Requests by kind of 2026-03-23 was delivered before.")
    assert len(kept(desk)) == 1 and len(messages(desk, "director")) == 1


def test_another_day_is_another_delivery_and_a_late_run_is_for_its_own_day(desk: CallDesk) -> None:
    desk.at("30 12:00")
    for at in ("23 07:30", "30 07:30"):
        assert deliver(desk, at=at).done == 1
    assert [(str(one["day"]), one["figures"]) for one in kept(desk)] == [
        ("2026-03-23", "受理件数：2"), ("2026-03-30", "受理件数：1"),
    ]  # fmt: skip


def test_only_its_readers_open_it(desk: CallDesk) -> None:
    deliver(desk)
    access = desk.registry.access
    for who, person in desk.people.items():
        seen = len(kept(desk, person)) if access.may(person, KEPT, "read") else 0
        assert seen == (who in READERS), who


def test_every_schedule_of_the_office_delivers(desk: CallDesk) -> None:
    named = [one for one in desk.registry.schema.schedules.values() if one.run == "deliver_report"]
    assert len(named) == 8
    for one in named:
        assert deliver(desk, one.name).done == 1, one.name
    figures = {one["report"]: one["figures"] for one in kept(desk)}
    assert figures["special_services"].splitlines() == ["服务件数：0", "已解决：–"]
    assert figures["service_figures"].splitlines()[0] == "办结率：33.3%（目标 ≥95%）"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"day": "yesterday"}, {"day": date(2026, 2, 28)}),
        ({"day": "today", "span": "week"}, {"day": date(2026, 3, 1), "span": "week"}),
        ({"day": date(2026, 1, 5)}, {"day": date(2026, 1, 5)}),
    ],
)
def test_words_become_days(office_schema: Schema, told: dict[str, Any], expected: dict[str, Any]) -> None:
    assert asked_on(office_schema.reports["service_figures"], told, date(2026, 3, 1)) == expected


def test_words_become_months(office_schema: Schema) -> None:
    ledger = office_schema.reports["complaint_ledger"]
    for word, month in (("this_month", "2026-01"), ("last_month", "2025-12"), ("2024-02", "2024-02")):
        assert asked_on(ledger, {"month": word}, date(2026, 1, 31)) == {"month": month}


GOOD = {"report": "service_count", "roles": ["director"]}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({}, None),
        ({"report": "service_cuont"}, "unknown report 'service_cuont'"),
        ({"roles": ["directer"]}, "unknown role 'directer'"),
        ({"roles": ["frontdesk"]}, "unknown option 'frontdesk'"),
        ({"report": "service_figures", "roles": ["cashier"]}, "'cashier' may not open the report 'service_figures'"),
        ({"roles": []}, "at least 1"),
        ({"ask": {"spam": 1}}, "unknown question 'spam'"),
        ({"ask": {"span": "weak"}}, "unknown option 'weak'"),
        ({"ask": {"day": "tomorrow"}}, "should be one of today, yesterday, or a day"),
        ({"keep": "bill"}, "the entity 'bill' needs a field 'report'"),
        ({"keep": "delivery"}, "unknown entity 'delivery'"),
        ({"format": "pdf"}, "xlsx"),
        ({"report": "arrears"}, "unknown option 'arrears'"),
    ],
)
def test_the_start_says_what_does_not_fit(office_schema: Schema, wrong: dict[str, Any], said: str | None) -> None:
    one = replace(office_schema.schedules["weekly_count"], with_=GOOD | wrong)
    found = jobs.wrong(replace(office_schema, schedules={"weekly_count": one}))
    words = " ".join(Text.to(problem.message, "en") for problem in found)
    assert (words == "") if said is None else (said in words), words
