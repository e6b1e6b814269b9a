"""The report on a survey: returns against 70 %, scores, choices, buildings put together, words for few (S8)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from models import reports
from models.errors import NotFound
from tests.office.surveys import Surveys, surveys_office

D = Decimal
READERS = ("director", "assistant", "supervisor", "steward1", "frontdesk", "auditor")


@pytest.fixture
def surveys(office: Any, person: Callable[..., Any]) -> Surveys:
    """Building 1: six answers of 4 and 5 points; building 2: four of 2; building 3: one of 1; one came back empty,
    one refused, two are out."""
    made = surveys_office(office, person)
    for building, homes in (("1", 8), ("2", 4), ("3", 3)):
        for n in range(homes):
            made.home(str(101 + n), building)
    survey = made.survey()
    made.draw(survey)
    ids = [id for _, id in sorted(made.invitations(survey).items())]
    for n, id in enumerate(ids[:6]):
        made.enter(id, points=4 + n % 2, text=f"一号楼的话 {n}" if n < 2 else "")
    for id in ids[8:12]:
        made.enter(id, points=2)
    made.enter(ids[12], points=1, text="三号楼的话", how="phone")
    made.act("frontdesk", "survey_invitation", "record_return", ids[13], outcome="returned_empty")
    made.act("frontdesk", "survey_invitation", "record_return", ids[14], outcome="refused")
    return made


def run(surveys: Surveys, part: str, who: str = "supervisor", **asked: Any) -> Any:
    return reports.run(surveys.registry, surveys.people[who], "survey_results", {"part": part, "survey": 1, **asked})


def lines(table: Any, *names: str) -> list[tuple[Any, ...]]:
    def plain(value: Any) -> Any:
        return (
            value.title
            if hasattr(value, "title") and not isinstance(value, str)
            else (value.to("zh") if hasattr(value, "to") else value)
        )

    return [tuple(plain(row.values.get(name)) for name in names) for row in table.rows]


@pytest.mark.both_engines
def test_returns_stand_against_the_target(surveys: Surveys) -> None:
    table = run(surveys, "returns")
    assert lines(table, "building", "given", "answered", "paper", "phone", "empty", "refused", "rate") == [
        ("1", 8, 6, 6, 0, 0, 0, D("75.0")),
        ("2", 4, 4, 4, 0, 0, 0, D("100.0")),
        ("3", 3, 1, 0, 1, 1, 1, D("66.7")),
    ]
    card = table.headline[0]
    assert (card.value, card.target.value, card.target.is_met(card.value)) == (D("80.0"), 70, True)
    assert card.said.to("zh") == "发放 15，回收 12"
    assert table.totals.values["rate"] == D("80.0")


@pytest.mark.both_engines
def test_scores_are_means_and_distributions(surveys: Surveys) -> None:
    table = run(surveys, "scores")
    names = ("question", "answers", "mean", "satisfied", "points_5", "points_4", "points_3", "points_2", "points_1")
    assert lines(table, *names) == [("客服态度", 11, D("3.27"), D("54.5"), 3, 3, 0, 4, 1)]
    assert [(one.label.to("en"), one.value) for one in table.headline[1:]] == [
        ("Sheets answered", 11), ("Mean", D("3.27")), ("Satisfied", D("54.5")),
    ]  # fmt: skip


def test_choices_are_shares_of_those_who_answered(surveys: Surveys) -> None:
    assert lines(run(surveys, "options"), "question", "option", "answers", "share") == [
        ("最常用的联系方式", "电话", 11, D("100.0")), ("最常用的联系方式", "前台", 0, D("0.0")),
        ("最常用的联系方式", "微信", 0, D("0.0")), ("希望改进的方面（多选）", "保洁", 11, D("100.0")),
        ("希望改进的方面（多选）", "绿化", 0, D("0.0")), ("希望改进的方面（多选）", "秩序", 11, D("100.0")),
    ]  # fmt: skip


@pytest.mark.both_engines
def test_buildings_of_fewer_than_five_answers_are_put_together(surveys: Surveys) -> None:
    assert lines(run(surveys, "buildings"), "building", "sheets", "mean", "satisfied") == [
        ("1", 6, D("4.50"), D("100.0")), ("其他楼栋", 5, D("1.80"), D("0.0")),
    ]  # fmt: skip


def test_words_carry_neither_home_nor_name(surveys: Surveys) -> None:
    table = run(surveys, "words")
    assert lines(table, "question", "words") == [
        ("您的建议", "一号楼的话 0"), ("您的建议", "一号楼的话 1"), ("您的建议", "三号楼的话"),
    ]  # fmt: skip
    assert {column.name for column in table.columns} == {"question", "words"}
    assert not any(row.drill or row.drills for row in table.rows)


@pytest.mark.parametrize("who", READERS)
def test_figures_are_the_same_for_all_and_words_are_for_two(surveys: Surveys, who: str) -> None:
    for part in ("scores", "options", "buildings"):
        assert lines(run(surveys, part, who), "question", "building", "answers", "mean") == lines(
            run(surveys, part), "question", "building", "answers", "mean"
        )
    words = run(surveys, "words", who)
    assert len(words.rows) == (3 if who in ("director", "supervisor") else 0)
    assert "的话" not in repr(words) or who in ("director", "supervisor")


@pytest.mark.parametrize("who", ["cashier", "engineer", "security"])
def test_others_do_not_open_it(surveys: Surveys, who: str) -> None:
    with pytest.raises(NotFound):
        run(surveys, "scores", who)


def test_a_steward_sees_the_returns_of_the_own_area(surveys: Surveys) -> None:
    assert [row[0] for row in lines(run(surveys, "returns", "steward2"), "building")] == ["2"]


def test_with_four_answers_no_score_is_shown(surveys: Surveys) -> None:
    survey = surveys.survey(name="第二份")
    surveys.draw(survey)
    ids = list(surveys.invitations(survey).values())
    for id in ids[:4]:
        surveys.enter(id)
    for part in ("scores", "options", "buildings"):
        table = run(surveys, part, survey=survey)
        assert table.rows == [] and table.said.to("zh") == "有效答卷不足 5 份，暂不显示得分。"
    surveys.enter(ids[4])
    assert len(run(surveys, "scores", survey=survey).rows) == 1


def test_nothing_asked_is_the_latest_that_was_published(surveys: Surveys) -> None:
    surveys.survey(name="草稿", publish=False)
    assert run(surveys, "scores", survey=None).headline[1].value == 11


def test_an_office_without_surveys_says_so(office: Any, person: Callable[..., Any]) -> None:
    empty = surveys_office(office, person)
    assert run(empty, "scores", survey=None).empty.to("zh") == "还没有发布过问卷。"
