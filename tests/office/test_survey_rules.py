"""The rules of surveys in tables: options, sheets, draws, codes, small groups (S8)."""

from __future__ import annotations

from decimal import Decimal

import pytest

from office.surveys import questions as asked
from office.surveys.questions import Answer, Question, question, read_answers, read_options, wrong_options
from office.surveys.sampling import Ask, Asked, Candidate, check_digit, code_of, draw, is_code
from office.surveys.tallies import Group, Score, together
from schema.text import Text, same

OPTIONS = "电话 | Phone\n前台\n\n 微信|WeChat "


def sheet_questions() -> list[Question]:
    return [
        question(1, 1, "rating", "态度", None, None, True),
        question(2, 2, "choice", "方式", None, OPTIONS, False),
        question(3, 3, "choices", "改进", None, OPTIONS, True),
        question(4, 4, "text", "建议", None, None, False),
    ]


def test_options_are_written_one_a_line_with_english_behind_a_bar() -> None:
    assert [(one.code, one.words.zh, one.words.en) for one in read_options(OPTIONS)] == [
        (1, "电话", "Phone"), (2, "前台", "前台"), (3, "微信", "WeChat"),
    ]  # fmt: skip
    assert [one.words.zh for one in read_options("| Only English\n|\n")] == ["Only English"]
    assert read_options(None) == ()


@pytest.mark.parametrize(
    ("lines", "wrong"),
    [("好\n坏", None), ("好", asked.FEW_OPTIONS), ("", asked.FEW_OPTIONS), ("好\n坏\n好", asked.TWICE),
     ("\n".join(map(str, range(30))), None), ("\n".join(map(str, range(31))), asked.MANY_OPTIONS)],
)  # fmt: skip
def test_options_that_cannot_be_asked_with(lines: str, wrong: Text | None) -> None:
    found = wrong_options(read_options(lines))
    assert (found and found.zh.split("{")[0].split("“")[0]) == (wrong and wrong.zh.split("{")[0].split("“")[0])


@pytest.mark.parametrize(
    ("given", "answers", "problems"),
    [
        ({1: ["4"], 3: ["3", "1"]}, [Answer(1, 4, 4), Answer(3, 1), Answer(3, 3)], {}),
        (
            {1: ["5"], 2: ["2"], 3: ["1"], 4: [" 多种树\n"]},
            [Answer(1, 5, 5), Answer(2, 2), Answer(3, 1), Answer(4, text="多种树")],
            {},
        ),
        ({1: ["5"], 3: ["1", "1"], 9: ["x"]}, [Answer(1, 5, 5), Answer(3, 1)], {}),
        ({1: ["6"], 3: ["1"]}, [Answer(3, 1)], {1: asked.NO_OPTION}),
        ({1: ["0"], 3: ["1"]}, [Answer(3, 1)], {1: asked.NO_OPTION}),
        ({1: ["１"], 3: ["1"]}, [Answer(3, 1)], {1: asked.NO_OPTION}),
        ({1: ["1", "2"], 3: ["1"]}, [Answer(3, 1)], {1: asked.ONLY_ONE}),
        ({1: ["1"], 2: ["1", "2"], 3: ["4"]}, [Answer(1, 1, 1)], {2: asked.ONLY_ONE, 3: asked.NO_OPTION}),
        ({1: ["3"]}, [Answer(1, 3, 3)], {3: asked.UNANSWERED}),
        ({}, [], {1: asked.UNANSWERED, 3: asked.UNANSWERED}),
        ({1: ["3"], 3: ["1"], 4: ["长" * 2001]}, [Answer(1, 3, 3), Answer(3, 1)], {4: asked.TOO_LONG}),
        ({1: ["3"], 3: ["1"], 4: ["\x00"]}, [Answer(1, 3, 3), Answer(3, 1)], {}),
    ],
)
def test_what_is_on_a_sheet(given: dict[int, list[str]], answers: list[Answer], problems: dict[int, Text]) -> None:
    found, wrong = read_answers(sheet_questions(), given)
    assert found == answers
    assert {id: text.zh.split("{")[0][:8] for id, text in wrong.items()} == {
        id: text.zh.split("{")[0][:8] for id, text in problems.items()
    }


def test_a_sheet_on_which_nothing_must_be_answered_is_not_sent_blank() -> None:
    optional = [question(2, 1, "choice", "方式", None, OPTIONS, False)]
    assert read_answers(optional, {2: [""]}) == ([], {asked.WHOLE: asked.BLANK_SHEET})


def homes(n: int) -> list[Candidate]:
    return [Candidate(unit, "owner", 1000 + unit) for unit in range(1, n + 1)]


def asked_so(candidates: tuple[Candidate, ...]) -> Asked:
    return Asked({(one.unit, one.party) for one in candidates}, {one.resident for one in candidates})


def test_the_same_draw_gives_the_same_homes_and_a_larger_one_adds_to_them() -> None:
    first = draw(7, homes(200), Ask("number", number=40), Asked())
    again = draw(7, reversed(homes(200)), Ask("number", number=40), asked_so(first.wanted))
    larger = draw(7, homes(200), Ask("number", number=60), asked_so(first.wanted))
    assert (len(first.added), again.wanted, again.added) == (40, first.wanted, ())
    assert larger.wanted[:40] == first.wanted and len(larger.added) == 20
    assert not set(larger.added) & set(first.wanted)


def test_two_surveys_draw_differently() -> None:
    ask = Ask("number", number=20)
    assert set(draw(7, homes(200), ask, Asked()).wanted) != set(draw(8, homes(200), ask, Asked()).wanted)


def test_chance_leaves_no_building_out() -> None:
    """A fifth of 1,000 homes: of every hundred neighbours some 20, and none is taken over."""
    found = draw(3, homes(1000), Ask("percent", percent=Decimal(20)), Asked()).wanted
    hundreds = [sum(start < one.unit <= start + 100 for one in found) for start in range(0, 1000, 100)]
    assert len(found) == 200 and all(8 <= n <= 32 for n in hundreds)


@pytest.mark.parametrize(
    ("ask", "size"),
    [(Ask("percent", percent=Decimal(10)), 2), (Ask("percent", percent=Decimal("0.1")), 1), (Ask("everyone"), 11),
     (Ask("percent", percent=Decimal(100)), 11), (Ask("number", number=99), 11), (Ask("buildings"), 11)],
)  # fmt: skip
def test_how_many_of_eleven_homes_are_drawn(ask: Ask, size: int) -> None:
    assert len(draw(1, homes(11), ask, Asked()).wanted) == size


def test_someone_with_three_homes_is_asked_once_and_counts_as_asked_before() -> None:
    three = [Candidate(unit, "owner", 9) for unit in (1, 2, 3)]
    found = draw(1, [*three, *homes(5)[3:]], Ask("everyone"), Asked())
    assert found.frame == 3 and len([one for one in found.added if one.resident == 9]) == 1
    for unit in (1, 2, 3):
        later = draw(1, [*three, *homes(5)[3:]], Ask("everyone"), Asked({(unit, "owner")}, {9}))
        assert len(later.added) == 2 and Candidate(unit, "owner", 9) in later.wanted


def test_an_owner_who_moved_in_since_is_not_asked_in_the_name_of_the_home_again() -> None:
    assert draw(1, [Candidate(1, "owner", 50)], Ask("everyone"), Asked({(1, "owner")}, {49})).added == ()


def test_a_code_shows_one_wrong_digit_and_two_that_are_swapped() -> None:
    code = code_of("00417")
    assert len(code) == 6 and is_code(code)
    wrong = [code[:n] + d + code[n + 1 :] for n in range(6) for d in "0123456789" if d != code[n]]
    assert not any(is_code(one) for one in wrong)
    assert not is_code("") and not is_code("7") and not is_code("００４") and not is_code("12a4")
    serials = [f"{n:05}" for n in range(2000)]
    swapped = [(one[:n] + one[n + 1] + one[n] + one[n + 2 :], check_digit(one)) for one in serials for n in range(4)]
    caught = [check_digit(one) != digit for one, digit in swapped if f"{one}" not in serials or one[0] != one[1]]
    assert sum(caught) / len(caught) > 0.5


def group(name: str, sheets: int) -> Group:
    return Group(same(name), sheets, sheets * 4, sheets, sheets)


@pytest.mark.parametrize(
    ("sheets", "shown"),
    [
        ([9, 8, 7], [9, 8, 7]),
        ([9, 4, 2, 0], [9, 6]),
        ([9, 8, 4], [9, 12]),
        ([9, 1], [10]),
        ([4, 3], [7]),
        ([2, 1], []),
        ([], []),
        ([5], [5]),
    ],
)
def test_small_buildings_are_put_together_so_that_none_can_be_told_from_the_total(
    sheets: list[int], shown: list[int]
) -> None:
    found = together([group(str(n), one) for n, one in enumerate(sheets)], 5)
    assert [one.sheets for one in found] == shown
    assert [one.points for one in found] == [n * 4 for n in shown]


def test_a_score_is_a_mean_and_the_share_of_the_satisfied() -> None:
    score = Score(4, {5: 2, 4: 1, 1: 1})
    assert (score.mean, score.satisfied) == (Decimal("3.75"), Decimal("75.0"))
    assert (Score().mean, Score().satisfied) == (None, None)
