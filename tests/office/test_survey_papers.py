"""The questionnaire on paper: one sheet a household in the order of delivery, with code and QR, kept (S8)."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from models.addresses import ASKED_AT
from models.errors import Refused
from tests.office.surveys import Surveys, surveys_office
from transfer.printing import print_document


@pytest.fixture
def surveys(office: Any, person: Callable[..., Any]) -> Surveys:
    made = surveys_office(office, person)
    for building, room in (("2", "301"), ("1", "1001"), ("1", "201"), ("2", "101")):
        made.home(room, building, owner=f"张{building}{room}")
    made.survey(intro="占用您两分钟。")
    made.draw(1)
    return made


def printed(surveys: Surveys, who: str = "supervisor", ids: tuple[int, ...] = (), english: bool = False) -> Any:
    mark = ASKED_AT.set("https://office.example.org")
    try:
        wanted = ids or tuple(surveys.invitations(1).values())
        return print_document(surveys.registry, surveys.people[who], "questionnaire", wanted, {"english": english})
    finally:
        ASKED_AT.reset(mark)


def pages(outcome: Any) -> list[str]:
    if folder := os.environ.get("KEEP_PAPERS"):
        Path(folder, "questionnaire.pdf").write_bytes(outcome.files[0][1])
    found = PdfReader(io.BytesIO(outcome.files[0][1])).pages
    return [page.extract_text().replace("\n", "").replace(" ", "") for page in found]


def test_a_sheet_a_household_door_by_door_with_its_code(surveys: Surveys) -> None:
    found = pages(printed(surveys))
    homes = ["1-1-201", "1-1-1001", "2-1-101", "2-1-301"]
    assert len(found) == 4
    for page, home in zip(found, homes, strict=True):
        code = surveys.get("survey_invitation", surveys.invitations(1)[f"{home} owner"])["code"]
        for words in (home, code, "满意度调查", "占用您两分钟", "客服态度", "非常满意", "微信", "扫码用手机填写"):
            assert words in page


def test_each_is_kept_with_its_invitation(surveys: Surveys) -> None:
    printed(surveys)
    printed(surveys)
    for id in surveys.invitations(1).values():
        assert len(surveys.get("survey_invitation", id)["paper"]) == 1


def test_in_english_where_wanted(surveys: Surveys) -> None:
    page = pages(printed(surveys, english=True))[0]
    assert "Mannersofthedesk" in page and "Verygood" in page and "WeChat" in page


def test_what_is_back_is_not_printed_again(surveys: Surveys) -> None:
    first, *_ = surveys.invitations(1).values()
    surveys.enter(first, text="不该印出来")
    outcome = printed(surveys)
    assert [id for id, _ in outcome.skipped] == [first] and len(pages(outcome)) == 3
    assert "不该印出来" not in "".join(pages(outcome))


def test_a_steward_prints_the_own_area(surveys: Surveys) -> None:
    assert len(pages(printed(surveys, "steward1"))) == 2


def test_without_an_address_it_says_what_to_do(surveys: Surveys) -> None:
    mark = ASKED_AT.set("")
    try:
        with pytest.raises(Refused, match="where this office is on the web"):
            print_document(surveys.registry, surveys.people["supervisor"], "questionnaire", (1,), {})
    finally:
        ASKED_AT.reset(mark)
