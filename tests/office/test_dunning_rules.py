"""Which step is due, and why none is: the rules of dunning as tables (F7)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from models.errors import Refused
from office.dunning.levels import (
    CaseFacts,
    Hold,
    HoldFact,
    Step,
    StepFact,
    left_out,
    next_level,
    promise_standing,
    refuse_past,
    refuse_skip,
    state_of,
    upcoming,
)
from office.dunning.policy import DunningPolicy

POLICY = DunningPolicy.model_validate({
    "minimum": "20",
    "levels": [
        {"name": "reminder", "means": "letter", "letter": "reminder", "by": "steward", "from": "due", "wait": 7,
         "deadline": 7},
        {"name": "final notice", "means": "letter", "letter": "final_notice", "by": "steward", "wait": 14,
         "deadline": 15, "late_fee_starts": True},
        {"name": "visit", "means": "visit", "by": "steward", "from": "deadline", "wait": 3, "retry": 2},
        {"name": "second visit", "means": "visit", "by": "assistant", "wait": 7},
        {"name": "conference", "means": "conference", "by": "director", "wait": 14},
        {"name": "legal", "means": "legal", "by": "director", "wait": 30},
    ],
})  # fmt: skip
DUE = date(2026, 1, 31)


def d(text: str) -> date:
    """'02-07' of 2026."""
    return date.fromisoformat(f"2026-{text}")


def step(line: str) -> StepFact:
    """'1 sent 02-05' or '2/3 failed 02-05 deadline 02-20': level/attempt, state, day, deadline."""
    number, state, on, *rest = line.split()
    level, _, attempt = number.partition("/")
    return StepFact(int(level), int(attempt or 1), state, d(on), d(on), d(rest[1]) if rest else None)


def hold(line: str) -> HoldFact:
    """'promise 02-10 02-20', 'dispute 02-10 -', '… resolved 02-15'."""
    kind, starts, until, *rest = line.split()
    return HoldFact(kind, d(starts), None if until == "-" else d(until), d(rest[1]) if rest else None)


def facts(
    *lines: str, owed: str = "100.00", due: date | None = DUE, reopened: str = "", unnoticed: str = ""
) -> CaseFacts:
    steps = tuple(step(line) for line in lines if line[0].isdigit())
    holds = tuple(hold(line) for line in lines if not line[0].isdigit())
    return CaseFacts(
        Decimal(owed), due, steps, holds, d(reopened) if reopened else None, d(unnoticed) if unnoticed else None
    )


def said(found: Step | Hold) -> str:
    """'step 2/1 since 02-19' or 'hold promise until 02-20'."""
    if isinstance(found, Step):
        return f"step {found.number}/{found.attempt} since {found.due_on:%m-%d}"
    return f"hold {found.why}" + (f" until {found.until:%m-%d}" if found.until else "")


ONE = "1 sent 02-07 deadline 02-14"
TWO = "2 sent 02-21 deadline 03-08"
THREE = "3 sent 03-12"
FOUR = "4 sent 03-20"
FIVE = "5 sent 04-10"
SIX = "6 sent 05-20"


@pytest.mark.parametrize(
    ("lines", "today", "expected"),
    [
        # The first reminder: so many days after the due date, and not one before.
        ([], "02-06", "hold waiting until 02-07"),
        ([], "02-07", "step 1/1 since 02-07"),
        ([], "06-01", "step 1/1 since 02-07"),
        # Level n needs n-1 really done: proposed, printed, failed or ignored is not done.
        (["1 proposed 02-07"], "03-30", "step 1/1 since 02-07"),
        (["1 queued 02-07"], "03-30", "hold under_way"),
        (["1 failed 02-07"], "02-09", "hold waiting until 02-10"),
        (["1 failed 02-07"], "02-10", "step 1/2 since 02-10"),
        (["1 failed 02-07", "1/2 proposed 02-10"], "02-10", "step 1/2 since 02-10"),
        (["1 failed 02-07", "1/2 failed 02-10"], "02-13", "step 1/3 since 02-13"),
        (["1 ignored 02-07"], "02-13", "hold waiting until 02-14"),
        (["1 ignored 02-07"], "02-14", "step 1/2 since 02-14"),
        # From the step before: the day it was done.
        ([ONE], "02-20", "hold waiting until 02-21"),
        ([ONE], "02-21", "step 2/1 since 02-21"),
        (["1 failed 02-07", "1/2 sent 02-12"], "02-25", "hold waiting until 02-26"),
        (["1 failed 02-07", "1/2 sent 02-12"], "02-26", "step 2/1 since 02-26"),
        # From the deadline of the letter before, or from its delivery where that is later.
        ([ONE, TWO], "03-10", "hold waiting until 03-11"),
        ([ONE, TWO], "03-11", "step 3/1 since 03-11"),
        ([ONE, "2 sent 03-20 deadline 03-08"], "03-22", "hold waiting until 03-23"),
        ([ONE, "2 sent 02-21"], "02-24", "step 3/1 since 02-24"),
        # Nobody home: another try after the level's own days.
        ([ONE, TWO, "3 failed 03-12"], "03-13", "hold waiting until 03-14"),
        ([ONE, TWO, "3 failed 03-12"], "03-14", "step 3/2 since 03-14"),
        ([ONE, TWO, THREE], "03-19", "step 4/1 since 03-19"),
        ([ONE, TWO, THREE, FOUR], "04-03", "step 5/1 since 04-03"),
        ([ONE, TWO, THREE, FOUR, FIVE], "05-10", "step 6/1 since 05-10"),
        ([ONE, TWO, THREE, FOUR, FIVE, SIX], "12-31", "hold last"),
        # A gap is never jumped, whatever was recorded beyond it.
        ([ONE, THREE], "04-01", "step 2/1 since 02-21"),
        # The director left one out: the wait counts from that day.
        ([ONE, "2 skipped 02-10"], "02-12", "hold waiting until 02-13"),
        ([ONE, "2 skipped 02-10"], "02-13", "step 3/1 since 02-13"),
        ([ONE, "2 failed 02-10", "2/2 skipped 02-11"], "02-14", "step 3/1 since 02-14"),
        # A promise holds through its day, then the level is due since when it was.
        ([ONE, "promise 02-18 03-01"], "02-21", "hold promise until 03-01"),
        ([ONE, "promise 02-18 03-01"], "03-01", "hold promise until 03-01"),
        ([ONE, "promise 02-18 03-01"], "03-02", "step 2/1 since 02-21"),
        ([ONE, "promise 02-18 03-01 resolved 02-22"], "02-22", "step 2/1 since 02-21"),
        ([ONE, "promise 02-25 03-01"], "02-21", "step 2/1 since 02-21"),
        # A dispute holds until it is resolved, also past the day it was to end.
        ([ONE, "dispute 02-18 -"], "09-30", "hold dispute"),
        ([ONE, "dispute 02-18 03-01"], "09-30", "hold dispute"),
        ([ONE, "dispute 02-18 - resolved 04-02"], "04-02", "step 2/1 since 02-21"),
        # Hardship: to its day, or until it is ended.
        ([ONE, "hardship 02-18 06-30"], "06-30", "hold hardship until 06-30"),
        ([ONE, "hardship 02-18 06-30"], "07-01", "step 2/1 since 02-21"),
        ([ONE, "hardship 02-18 -"], "12-31", "hold hardship"),
        # Of several holds the longest counts.
        ([ONE, "promise 02-18 03-01", "hardship 02-19 04-01"], "02-25", "hold hardship until 04-01"),
        ([ONE, "promise 02-18 03-01", "dispute 02-19 -"], "02-25", "hold dispute"),
        ([ONE, "promise 02-18 03-01", "dispute 02-19 -"], "03-05", "hold dispute"),
        # A step withdrawn because it was paid did not take place.
        ([ONE, "2 dropped 02-21"], "02-21", "step 2/2 since 02-21"),
    ],
)  # fmt: skip
def test_the_next_level(lines: list[str], today: str, expected: str) -> None:
    assert said(next_level(POLICY, facts(*lines), d(today))) == expected


@pytest.mark.parametrize(
    ("owed", "due", "expected"),
    [
        ("0.00", DUE, "hold paid"),
        ("100.00", None, "hold paid"),
        ("19.99", DUE, "hold small"),
        ("20.00", DUE, "step 1/1 since 02-07"),
        ("0.01", DUE, "hold small"),
    ],
)
def test_what_is_owed_decides(owed: str, due: date | None, expected: str) -> None:
    assert said(next_level(POLICY, facts(owed=owed, due=due), d("02-07"))) == expected


@pytest.mark.parametrize("lines", [[], [ONE], [ONE, TWO], [ONE, TWO, THREE, FOUR, FIVE], ["1 queued 02-07"],
                                   [ONE, "dispute 02-18 -"]])  # fmt: skip
def test_payment_in_full_ends_it_at_any_stage(lines: list[str]) -> None:
    found = next_level(POLICY, facts(*lines, owed="0.00"), d("08-01"))
    assert isinstance(found, Hold) and found.why == "paid"


def test_a_part_payment_of_the_oldest_bill_moves_the_first_wait() -> None:
    """January's bill is paid, February's is owed still: its own due date counts."""
    later = facts(due=date(2026, 2, 28))
    assert said(next_level(POLICY, later, d("02-07"))) == "hold waiting until 03-07"


def test_after_a_reversal_the_waits_begin_anew() -> None:
    again = facts(ONE, TWO, reopened="06-10")
    assert said(next_level(POLICY, again, d("06-12"))) == "hold waiting until 06-13"
    assert said(next_level(POLICY, again, d("06-13"))) == "step 3/1 since 06-13"


@pytest.mark.parametrize(
    ("lines", "today", "expected"),
    [
        # Before the final notice has gone out, it will name the new bill anyway.
        ([ONE], "05-10", "step 2/1 since 02-21"),
        # A bill that fell due later (on 04-30) gets its own notice, after the wait of the first level.
        ([ONE, TWO, THREE, FOUR, FIVE], "05-06", "hold waiting until 05-07"),
        ([ONE, TWO, THREE, FOUR, FIVE], "05-07", "step 2/2 since 05-07"),
        ([ONE, TWO, THREE, FOUR, FIVE, "2/2 queued 05-08"], "05-20", "hold under_way"),
        ([ONE, TWO, THREE, FOUR, FIVE, "2/2 failed 05-08"], "05-10", "step 6/1 since 05-10"),
        ([ONE, TWO, THREE, FOUR, FIVE, SIX, "2/2 failed 05-08"], "05-11", "step 2/3 since 05-11"),
        # What was due before it comes first.
        ([ONE, TWO, THREE, FOUR], "05-10", "step 5/1 since 04-03"),
    ],
)  # fmt: skip
def test_later_bills_get_a_final_notice_of_their_own(lines: list[str], today: str, expected: str) -> None:
    assert said(next_level(POLICY, facts(*lines, unnoticed="04-30"), d(today))) == expected


def test_a_notice_for_later_bills_sets_nothing_back() -> None:
    case = facts(ONE, TWO, "2/2 sent 05-08 deadline 05-23")
    assert said(next_level(POLICY, case, d("05-09"))) == "step 3/1 since 03-11"


def test_asking_on_another_day_changes_nothing_of_when_it_was_due() -> None:
    case = facts(ONE, TWO, THREE)
    days = [date(2026, 3, 19) + timedelta(days=n) for n in range(60)]
    assert {said(next_level(POLICY, case, day)) for day in days} == {"step 4/1 since 03-19"}


def test_what_comes_next_is_known_while_it_is_held() -> None:
    found = upcoming(POLICY, facts(ONE, "dispute 02-18 -"))
    assert found is not None and (found.number, found.due_on) == (2, d("02-21"))


def test_no_policy_no_dunning() -> None:
    assert said(next_level(DunningPolicy(), facts(), d("12-31"))) == "hold last"


@pytest.mark.parametrize(
    ("lines", "target", "why", "expected"),
    [
        ([ONE], 4, "业主已移居国外", [2, 3]),
        ([], 3, "已另行送达律师函", [1, 2]),
        ([ONE], 4, "  ", "takes a reason"),
        ([ONE], 2, "急", "Level 2 is next anyway"),
        ([ONE, TWO], 1, "急", "Level 3 is next anyway"),
        ([ONE], 7, "急", "There is no level 7; the highest is 6"),
        ([ONE], 0, "急", "There is no level 0"),
    ],
)
def test_only_what_lies_ahead_is_left_out_and_with_a_reason(
    lines: list[str], target: int, why: str, expected: Any
) -> None:
    case = facts(*lines)
    if isinstance(expected, list):
        refuse_skip(POLICY, case, target, why)
        assert list(left_out(case, target)) == expected
    else:
        with pytest.raises(Refused, match=expected):
            refuse_skip(POLICY, case, target, why)


def test_a_letter_is_never_dated_before_today() -> None:
    refuse_past(d("02-07"), d("02-07"))
    refuse_past(d("02-09"), d("02-07"))
    with pytest.raises(Refused, match="lies before today"):
        refuse_past(d("02-06"), d("02-07"))


@pytest.mark.parametrize(
    ("promised", "paid", "owed", "today", "expected"),
    [
        ("100", "0", "300", "02-20", "awaited"),
        ("100", "0", "300", "02-21", "broken"),
        ("100", "99.99", "200.01", "02-21", "broken"),
        ("100", "100", "200", "02-18", "kept"),
        (None, "50", "250", "02-21", "broken"),
        (None, "300", "0", "02-21", "kept"),
    ],
)
def test_a_promise_is_kept_awaited_or_broken(
    promised: str | None, paid: str, owed: str, today: str, expected: str
) -> None:
    money = promised and Decimal(promised)
    assert promise_standing(money or None, Decimal(paid), Decimal(owed), d("02-20"), d(today)) == expected


@pytest.mark.parametrize(
    ("lines", "today", "expected"),
    [
        ([], "02-10", "open"),
        ([ONE, "promise 02-08 02-20"], "02-20", "held"),
        ([ONE, "promise 02-08 02-20"], "02-21", "open"),
        ([ONE, TWO, THREE, FOUR, FIVE, SIX], "06-01", "legal"),
        ([ONE, TWO, THREE, FOUR, FIVE, SIX, "dispute 05-25 -"], "06-01", "held"),
        ([ONE, TWO, THREE, FOUR, FIVE, "6 queued 05-10"], "06-01", "open"),
    ],
)
def test_the_state_of_a_case(lines: list[str], today: str, expected: str) -> None:
    assert state_of(POLICY, facts(*lines), d(today)) == expected


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"from": "previous"}, "the first level can only be counted from the due date"),
        ({"letter": ""}, "a level done by letter needs its template"),
        ({"letter": "no_such_letter"}, "There is no template no_such_letter.typ"),
        ({"late_fee_starts": True, "deadline": None}, "the days of it must be given"),
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(change: dict[str, Any], sentence: str) -> None:
    first = {"name": "a", "means": "letter", "letter": "reminder", "by": "steward", "from": "due", "wait": 7}
    with pytest.raises(ValueError, match=sentence):
        DunningPolicy.model_validate({"levels": [{**first, **change}]})
