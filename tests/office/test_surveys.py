"""Surveys from the first question to the last return: published once, drawn, answered once, voided (S8)."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from models import jobs
from models.actor import SYSTEM, Source
from models.errors import Invalid, NotAllowed, NotFound, Refused, StillReferred
from models.query import Query
from office.surveys.answering import (
    AnsweredBefore,
    answer_by_link,
    enter_answers,
    find_code,
    find_guest,
    link_token,
)
from office.surveys.sampling import code_of
from tests.office.surveys import Surveys, surveys_office


@pytest.fixture
def surveys(office: Any, person: Callable[..., Any]) -> Surveys:
    return surveys_office(office, person)


def test_the_questions_of_a_published_survey_stand(surveys: Surveys) -> None:
    survey = surveys.survey()
    first, supervisor, source = surveys.questions(survey)[0].id, surveys.people["supervisor"], Source("form")
    store = surveys.registry.store
    with pytest.raises(Invalid, match="its questions stand"):
        store.update(supervisor, "survey_question", first, {"words": "别的"}, source)
    with pytest.raises(Invalid, match="its questions stand"):
        store.delete(supervisor, "survey_question", first, source)
    with pytest.raises(Invalid, match="its questions stand"):
        store.create(supervisor, "survey_question", {"survey": survey, "kind": "text", "words": "又一题"}, source)
    draft = surveys.survey(publish=False, name="草稿")
    with pytest.raises(Invalid, match="its questions stand"):
        store.update(supervisor, "survey_question", surveys.questions(draft)[0].id, {"survey": survey}, source)
    store.update(supervisor, "survey_question", surveys.questions(draft)[0].id, {"words": "改过"}, source)
    assert surveys.questions(draft)[0].words.zh == "改过"


def test_a_survey_without_questions_is_not_published(surveys: Surveys) -> None:
    survey = surveys.survey(publish=False, questions=())
    with pytest.raises(Refused, match="no questions"):
        surveys.step(survey, "publish")


def test_a_copy_is_a_draft_with_the_same_questions_and_nobody_asked(surveys: Surveys) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey)
    surveys.act("assistant", "survey", "copy_survey", survey)
    copy = surveys.get("survey", survey + 1)
    assert (copy["state"], copy["name"], copy["given"]) == ("draft", "满意度调查（副本）", 0)
    assert (copy["opens_on"], copy["closes_on"]) == (date(2026, 3, 16), date(2026, 3, 30))
    same = [[(one.kind, one.words, one.options) for one in surveys.questions(id)] for id in (survey, copy.id)]
    assert same[0] == same[1] and len(same[0]) == 4


def test_a_draft_is_given_to_nobody(surveys: Surveys) -> None:
    surveys.home("101")
    survey = surveys.survey(publish=False)
    assert surveys.draw(survey).done == []
    assert surveys.invitations(survey) == {}


def test_who_lives_there_is_asked_and_owners_or_tenants_where_wanted(surveys: Surveys) -> None:
    surveys.home("101")
    surveys.home("102", "1", "租户甲", "租户乙")
    survey = surveys.survey()
    surveys.draw(survey)
    assert set(surveys.invitations(survey)) == {"1-1-101 owner", "1-1-102 tenant"}
    said = surveys.draw(survey, whom="owners").done[0][1].to("zh")
    assert set(surveys.invitations(survey)) == {"1-1-101 owner", "1-1-102 tenant", "1-1-102 owner"}
    assert said == "范围内 2 户，抽中 2 户；新发放 1 户，1 户此前已发放。"
    assert surveys.get("survey", survey)["given"] == 3


def test_those_who_moved_out_are_not_asked(surveys: Surveys) -> None:
    unit = surveys.home("101")
    occupancy = 1
    surveys.registry.store.update(SYSTEM, "occupancy", occupancy, {"ended_on": date(2026, 3, 15)}, Source("form"))
    surveys.lives(unit, "新业主", "owner")
    survey = surveys.survey()
    surveys.draw(survey)
    (id,) = surveys.invitations(survey).values()
    assert surveys.get("survey_invitation", id).titles["resident"] == "新业主"


def test_by_building_and_by_picked_units(surveys: Surveys) -> None:
    units = [surveys.home(room, building) for building in ("1", "2") for room in ("101", "102")]
    survey = surveys.survey()
    surveys.draw(survey, by="buildings", buildings=(surveys.buildings["2"],))
    assert set(surveys.invitations(survey)) == {"2-1-101 owner", "2-1-102 owner"}
    surveys.draw(survey, by="units", units=(units[0], units[2]), channel="phone")
    assert set(surveys.invitations(survey)) == {"1-1-101 owner", "2-1-101 owner", "2-1-102 owner"}
    with pytest.raises(Invalid, match="Choose the buildings"):
        surveys.draw(survey, by="buildings")
    with pytest.raises(Invalid, match="how many"):
        surveys.draw(survey, by="number")


def test_a_draw_at_random_adds_to_what_was_drawn(surveys: Surveys) -> None:
    for n in range(30):
        surveys.home(str(100 + n), str(1 + n % 3))
    survey = surveys.survey()
    surveys.draw(survey, by="number", number=10)
    first = surveys.invitations(survey)
    surveys.draw(survey, by="number", number=10)
    assert surveys.invitations(survey) == first and len(first) == 10
    surveys.draw(survey, by="percent", percent=50)
    assert len(surveys.invitations(survey)) == 15 and set(first) < set(surveys.invitations(survey))
    codes = [surveys.get("survey_invitation", id)["code"] for id in surveys.invitations(survey).values()]
    assert len(set(codes)) == 15 and codes[0].startswith("00001")


def test_frontdesk_and_steward_draw_nothing(surveys: Surveys) -> None:
    survey = surveys.survey()
    for who in ("frontdesk", "steward1", "auditor"):
        with pytest.raises(NotAllowed):
            surveys.draw(survey, who)


def test_a_sheet_is_entered_once(surveys: Surveys) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey)
    (id,) = surveys.invitations(survey).values()
    surveys.enter(id, points=4, text="路灯太暗")
    kept = surveys.get("survey_invitation", id)
    assert (kept["state"], kept["answered_by"], kept.titles["entered_by"]) == ("answered", "paper", "Frontdesk")
    assert surveys.answers(id) == [(1, 4, 4, None), (2, 1, None, None), (3, 1, None, None), (3, 3, None, None),
                                   (4, 0, None, "路灯太暗")]  # fmt: skip
    with pytest.raises(AnsweredBefore):
        surveys.enter(id, points=1)
    assert surveys.answers(id)[0] == (1, 4, 4, None)
    counted = surveys.get("survey", survey)
    assert (counted["given"], counted["returned"], counted["answered"], counted["return_rate"]) == (1, 1, 1, 100)


@pytest.mark.parametrize("who", ["steward1", "assistant", "auditor", "director", "cashier", "security", "engineer"])
def test_only_desk_and_supervisor_enter_sheets(surveys: Surveys, who: str) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey)
    (id,) = surveys.invitations(survey).values()
    with pytest.raises((NotAllowed, NotFound)):
        surveys.enter(id, who=who)
    assert surveys.answers(id) == []


def test_returned_empty_counts_as_returned_and_refused_does_not(surveys: Surveys) -> None:
    for room in ("101", "102", "103", "104"):
        surveys.home(room)
    survey = surveys.survey()
    surveys.draw(survey)
    first, second, third, _ = surveys.invitations(survey).values()
    surveys.enter(first)
    surveys.act("frontdesk", "survey_invitation", "record_return", second, outcome="returned_empty")
    surveys.act("frontdesk", "survey_invitation", "record_return", third, outcome="refused")
    counted = surveys.get("survey", survey)
    assert (counted["returned"], counted["answered"], counted["return_rate"]) == (2, 1, 50)
    assert surveys.act("frontdesk", "survey_invitation", "record_return", first, outcome="refused").done == []


def test_answers_by_mistake_are_voided_by_the_supervisor_and_given_anew(surveys: Surveys) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey)
    (id,) = surveys.invitations(survey).values()
    surveys.enter(id, points=1, text="输错了")
    with pytest.raises(NotAllowed):
        surveys.act("frontdesk", "survey_invitation", "void_answers", id, why="录错")
    surveys.act("supervisor", "survey_invitation", "void_answers", id, why="录错")
    kept = surveys.get("survey_invitation", id)
    assert (surveys.answers(id), kept["state"], kept["entered_by"]) == ([], "given", None)
    assert surveys.registry.history.of(surveys.people["supervisor"], "survey_invitation", id)[0].comment == "录错"
    surveys.enter(id, points=5)
    assert surveys.answers(id)[0] == (1, 5, 5, None)


def test_an_answered_invitation_is_not_deleted(surveys: Surveys) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey)
    (id,) = surveys.invitations(survey).values()
    surveys.enter(id)
    with pytest.raises(StillReferred):
        surveys.registry.store.delete(surveys.people["supervisor"], "survey_invitation", id, Source("form"))


def test_nothing_is_entered_once_the_survey_is_closed(surveys: Surveys) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey)
    (id,) = surveys.invitations(survey).values()
    surveys.step(survey, "finish")
    with pytest.raises(Refused, match="not open"):
        surveys.enter(id)
    surveys.step(survey, "open_again", closes_on=date(2026, 4, 10))
    surveys.enter(id)


def test_a_survey_closes_in_the_night_after_its_last_day(surveys: Surveys) -> None:
    survey = surveys.survey()
    for day, state in ((date(2026, 3, 31), "open"), (date(2026, 4, 1), "closed"), (date(2026, 4, 2), "closed")):
        schedule = surveys.registry.schema.schedules["close_surveys"]
        at = datetime(day.year, day.month, day.day, 0, 20, tzinfo=surveys.registry.clock.zone)
        jobs.perform(surveys.registry, schedule, at.astimezone(UTC))
        assert surveys.get("survey", survey)["state"] == state


@pytest.mark.parametrize("typed", ["{}", " {} ", "0000 1{}", "{}\r", "0000-1{}"])
def test_a_code_is_found_as_it_is_typed(surveys: Surveys, typed: str) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey)
    ((_, id),) = surveys.invitations(survey).items()
    code = surveys.get("survey_invitation", id)["code"]
    assert code.startswith("00001")
    text = typed.format(code if typed.strip() == "{}" else code[-1])
    assert find_code(surveys.registry, surveys.people["frontdesk"], text) == id


def test_a_slip_of_the_finger_is_told_from_a_code_that_nobody_has(surveys: Surveys) -> None:
    clerk = surveys.people["frontdesk"]
    with pytest.raises(Refused, match="check digit"):
        find_code(surveys.registry, clerk, "123456")
    with pytest.raises(Refused, match="There is no questionnaire"):
        find_code(surveys.registry, clerk, code_of("00417"))


# -- private links ---------------------------------------------------------------------------------


def test_a_link_leads_to_its_invitation_while_the_survey_is_open(surveys: Surveys, clock: Any) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey, channel="link")
    (id,) = surveys.invitations(survey).values()
    token = link_token(surveys.registry, id)

    def found(day: date, token: str = token) -> bool:
        return find_guest(surveys.registry, token, day) is not None

    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 3, 31), date(2026, 4, 1)]
    assert [found(day) for day in days] == [False, True, True, False]
    assert not found(days[1], token[:-1] + ("A" if token[-1] != "A" else "B"))
    assert not found(days[1], surveys.registry.codes.sign("visitor", id))
    assert not found(days[1], "x") and not found(days[1], "")
    surveys.step(survey, "finish")
    assert not found(days[1])


def test_what_a_link_sees_is_the_survey_and_nobody(surveys: Surveys) -> None:
    surveys.home("101", owner="王秘密")
    survey = surveys.survey()
    surveys.draw(survey)
    (id,) = surveys.invitations(survey).values()
    guest = find_guest(surveys.registry, link_token(surveys.registry, id), date(2026, 3, 16))
    assert guest is not None and "王秘密" not in repr(guest) and "1-1-101" not in repr(guest.invitation.titles)


@pytest.mark.both_engines
def test_of_two_who_send_at_once_one_is_kept(surveys: Surveys) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey)
    (id,) = surveys.invitations(survey).values()
    guest = find_guest(surveys.registry, link_token(surveys.registry, id), date(2026, 3, 16))
    assert guest is not None
    outcomes: list[str] = []
    ready = threading.Barrier(4)

    def send(points: int) -> None:
        with surveys.registry.connection():
            ready.wait()
            try:
                answer_by_link(surveys.registry, guest, surveys.sheet(survey, points), surveys.registry.clock.now())
                outcomes.append("kept")
            except AnsweredBefore:
                outcomes.append("before")

    threads = [threading.Thread(target=send, args=(points,)) for points in (1, 2, 4, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["before", "before", "before", "kept"]
    assert len(surveys.answers(id)) == 4


def test_the_clerk_reads_nothing_of_what_was_entered(surveys: Surveys) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey)
    (id,) = surveys.invitations(survey).values()
    surveys.enter(id, text="保密的话")
    for who in ("frontdesk", "assistant", "auditor", "steward1", "cashier", "engineer", "security"):
        with pytest.raises((NotAllowed, NotFound)):
            surveys.registry.scope.get(surveys.people[who], "survey_answer", 1)
    for who in ("supervisor", "director"):
        assert surveys.registry.scope.get(surveys.people[who], "survey_answer", 5)["text"] == "保密的话"


def test_a_scan_is_kept_and_hidden_from_who_attached_it(surveys: Surveys) -> None:
    surveys.home("101")
    survey = surveys.survey()
    surveys.draw(survey)
    (id,) = surveys.invitations(survey).values()
    scan = ("问卷.png", io.BytesIO(b"\x89PNG\r\n\x1a\n scan"))
    now = surveys.registry.clock.now() + timedelta(hours=1)
    enter_answers(surveys.registry, surveys.people["frontdesk"], id, surveys.sheet(survey), "paper", now, [scan])
    assert len(surveys.get("survey_invitation", id)["scans"]) == 1
    seen = surveys.registry.scope.get(surveys.people["frontdesk"], "survey_invitation", id)
    assert "scans" not in seen.values


def test_those_by_phone_wait_among_the_calls_until_the_sheet_is_filled_in(surveys: Surveys) -> None:
    surveys.home("101")
    surveys.home("102")
    survey = surveys.survey()
    surveys.draw(survey, channel="phone")
    calls = Query(columns=("survey_invitation", "state"), sort="id")

    def waiting() -> dict[int, str]:
        rows = surveys.registry.scope.stream(surveys.people["frontdesk"], "callback", calls)
        return {row["survey_invitation"]: row["state"] for row in rows}

    assert waiting() == {1: "due", 2: "due"}
    surveys.enter(1, how="phone")
    surveys.act("frontdesk", "survey_invitation", "change_channel", 2, channel="paper")
    assert waiting() == {1: "done", 2: "cancelled"}
