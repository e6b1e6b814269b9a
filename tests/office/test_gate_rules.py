"""The rules of the gate in tables: what may leave, who may come in, who collects, who has duty (S9, S10, S11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from office.gate import goods, mail, visitors
from office.gate.duty import roster_day
from office.gate.incidents import steps_of
from office.gate.policy import EmergencyPlans

TODAY, YESTERDAY, TOMORROW = date(2026, 3, 16), date(2026, 3, 15), date(2026, 3, 17)
ASKED = goods.Request("phone", True, False, False, False, None, TODAY)
SLIP = goods.Slip("approved", TODAY)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, None),
        ({"leaves_on": TOMORROW}, None),
        ({"owner_word": None}, goods.NO_WORD),
        ({"has_words": False}, goods.NO_WORD),
        ({"owner_word": "signature"}, goods.NO_SIGNATURE),
        ({"owner_word": "signature", "has_signature": True}, None),
        ({"owner_word": "written"}, goods.NO_LETTER),
        ({"owner_word": "written", "has_letter": True}, None),
        ({"leaves_on": YESTERDAY}, goods.PAST),
        ({"moving_out": True}, goods.NO_MOVE_OUT),
        ({"moving_out": True, "move_out": ("TC1", "draft")}, goods.UNSETTLED),
        ({"moving_out": True, "move_out": ("TC1", "cancelled")}, goods.UNSETTLED),
        ({"moving_out": True, "move_out": ("TC1", "settled")}, None),
        ({"moving_out": True, "move_out": ("TC1", "waived")}, None),
        ({"moving_out": True, "move_out": ("TC1", "confirmed")}, None),
        ({"moving_out": True, "move_out": ("TC1", "settled"), "owner_word": None}, goods.NO_WORD),
    ],
)
def test_what_may_be_approved_to_leave(changes: dict[str, Any], said: Any) -> None:
    found = goods.refusal(replace(ASKED, **changes), TODAY)
    assert (found and found.zh) == (said and said.with_(day=YESTERDAY, slip="TC1").zh)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"state": "draft"}, "not approved"),
        ({"state": "refused", "why": "no list"}, "refused: no list"),
        ({"state": "cancelled", "why": "another day"}, "cancelled: another day"),
        ({"state": "left", "left_at": "09:31", "left_by": "Li"}, "Li let it out at 09:31"),
        ({"leaves_on": TOMORROW}, "2026-03-17, not before"),
        ({"leaves_on": YESTERDAY}, "expired: it was for 2026-03-15"),
        ({"state": "left", "leaves_on": YESTERDAY, "left_at": "8:00", "left_by": "Li"}, "This slip was used"),
    ],
)
def test_what_the_gate_lets_out(changes: dict[str, Any], words: str) -> None:
    found = goods.stopped(replace(SLIP, **changes), TODAY)
    assert (found is None) if not words else found is not None and words in found.to("en")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (visitors.Pass("valid", TODAY, TODAY), None),
        (visitors.Pass("valid", YESTERDAY, TOMORROW), None),
        (visitors.Pass("cancelled", TODAY, TODAY), "cancelled"),
        (visitors.Pass("valid", TOMORROW, TOMORROW), "valid from 2026-03-17"),
        (visitors.Pass("valid", YESTERDAY, YESTERDAY), "expired: it was valid to 2026-03-15"),
        (visitors.Pass("valid", TODAY, TODAY, "2026-03-16 09:00"), "inside, since 2026-03-16 09:00"),
        (visitors.Pass("cancelled", TODAY, TODAY, "2026-03-16 09:00"), "cancelled"),
    ],
)
def test_who_comes_in_by_a_pass(found: visitors.Pass, words: str | None) -> None:
    said = visitors.stopped(found, TODAY)
    assert said is None if words is None else said is not None and words in said.to("en")


@pytest.mark.parametrize(
    ("proof", "code", "said"),
    [
        (mail.Proof("signature", has_signature=True), "0471", None),
        (mail.Proof("signature"), "0471", mail.NO_SIGNATURE),
        (mail.Proof("signature", code="0471"), "0471", mail.NO_SIGNATURE),
        (mail.Proof("code", "0471"), "0471", None),
        (mail.Proof("code", "471"), "0471", mail.WRONG_CODE),
        (mail.Proof("code", ""), "", mail.WRONG_CODE),
        (mail.Proof("code", "零四七一"), "0471", mail.WRONG_CODE),
    ],
)
def test_who_collects(proof: mail.Proof, code: str, said: Any) -> None:
    assert mail.refusal(proof, code) == said


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ((16, 0, 0), 15), ((16, 8, 29), 15), ((16, 8, 30), 16), ((16, 12, 0), 16), ((16, 23, 59), 16), ((1, 2, 0), 28),
    ],
)  # fmt: skip
def test_a_night_belongs_to_the_evening_on_which_it_began(moment: tuple[int, int, int], day: int) -> None:
    at = datetime(2026, 3, *moment)
    assert roster_day(at, time(8, 30)).day == day


def test_a_plan_is_copied_with_its_times_in_both_languages() -> None:
    steps = [{"do": {"zh": "关阀", "en": "Close it"}, "tell": "119", "within": 5}, {"do": "x", "within": 0}]
    plans = EmergencyPlans.model_validate({"plans": {"leak": steps, "other": steps[1:]}, "tell": ["supervisor"],
                                           "tell_if_severe": ["director"]})  # fmt: skip
    found_at = datetime(2026, 3, 16, 1, 30, tzinfo=UTC)
    first, second = steps_of(plans.steps("leak"), 7, found_at)
    assert first["words"] == {"said": {"zh": "关阀", "en": "Close it"}} and first["incident"] == 7
    assert (first["position"], first["due_at"]) == (1, datetime(2026, 3, 16, 1, 35, tzinfo=UTC))
    assert (second["position"], second["due_at"], second["tells"]) == (2, found_at, None)
    assert plans.steps("fire") == plans.steps("other") != ()
    assert (plans.roles("minor"), plans.roles("severe")) == (("supervisor",), ("supervisor", "director"))
