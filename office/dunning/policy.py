"""The dunning policy of ``settings: dunning``: its levels, their waits, who does them, and what is left alone (F7)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from schema.settings import claim, setting
from schema.text import BadValue, Text
from schema.written import Names, Part, Words, say
from transfer.typesetting import HOUSE, NO_TEMPLATE

if TYPE_CHECKING:
    from schema.spec import Schema

MEANS_LETTER, MEANS_VISIT, MEANS_CONFERENCE, MEANS_LEGAL = "letter", "visit", "conference", "legal"

FIRST_FROM_DUE = Text("第一阶段只能从应缴日起算（from: due）", "the first level can only be counted from the due date")
LETTER_MISSING = Text("函件阶段要写明模板（letter）", "a level done by letter needs its template (letter)")
DEADLINE_MISSING = Text(
    "违约金从限期次日起算，所以要写明限期天数（deadline）",
    "late fees start after the deadline, so the days of it must be given (deadline)",
)
ONE_START = Text("只能有一个阶段写 late_fee_starts: true", "only one level can say late_fee_starts: true")


class Level(Part):
    """One stage of dunning."""

    name: Words
    """What people call it."""
    means: Literal["letter", "visit", "conference", "legal"]
    """How it is done: a letter that is delivered, a visit, a conference, the handover to the lawyers."""
    by: Names
    """Roles that do it."""
    wait: int = Field(ge=0, le=3650)
    """Days to wait before it is due."""
    counted: Literal["due", "previous", "deadline"] = Field("previous", alias="from")
    """What the wait is counted from: the oldest due date, the day on which the stage before was done, or the deadline
    that the letter before set (where it set none, the day it was done)."""
    letter: str = ""
    """The template of its paper in documents/, without .typ."""
    deadline: int | None = Field(None, ge=1, le=366)
    """Days the paper gives to pay, counted from its date."""
    late_fee_starts: bool = False
    """Whether late fees that count from the final notice start after this letter's deadline."""
    retry: int = Field(3, ge=0, le=366)
    """Days after which a try that failed is made again."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.means == MEANS_LETTER and not self.letter:
            raise BadValue(LETTER_MISSING)
        if self.letter and not (HOUSE / f"{self.letter}.typ").is_file():
            raise BadValue(NO_TEMPLATE.with_(template=self.letter))
        if self.late_fee_starts and self.deadline is None:
            raise BadValue(DEADLINE_MISSING)
        return self

    @property
    def label(self) -> Text:
        return say(self.name)


class Way(Part):
    """One way to pay, as the letters tell it."""

    name: Words
    """Where or how: 服务中心前台."""
    text: Words
    """Hours, account, code."""


@setting("dunning")
class DunningPolicy(Part):
    """How those who owe are reminded; levels are numbered from 1 in their order."""

    levels: tuple[Level, ...] = ()
    """The stages in order; none is skipped but by the director."""
    minimum: Decimal = Field(Decimal("0.01"), ge=0)
    """Yuan overdue from which a household is dunned."""
    language: Literal["zh", "en"] = "zh"
    """The language of the letters."""
    ways: tuple[Way, ...] = ()
    """Ways to pay, printed on the letters."""
    promise_days: int = Field(60, ge=1, le=3650)
    """A promise to pay lies at most so many days ahead."""
    excluded_categories: Names = ()
    """Categories of fees that are never dunned for."""
    excluded_fee_types: Names = ()
    """Names of fee types that are never dunned for."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.levels and self.levels[0].counted != "due":
            raise BadValue(FIRST_FROM_DUE)
        if sum(level.late_fee_starts for level in self.levels) > 1:
            raise BadValue(ONE_START)
        return self

    @property
    def highest(self) -> int:
        return len(self.levels)

    @property
    def notice_level(self) -> int | None:
        """The number of the level whose deadline starts late fees."""
        return next((number for number, level in enumerate(self.levels, 1) if level.late_fee_starts), None)

    def level(self, number: int) -> Level:
        """The stage of this number, from 1. Raises IndexError."""
        if not 1 <= number <= len(self.levels):
            raise IndexError(number)
        return self.levels[number - 1]

    def name_of(self, number: int) -> Text:
        """What people call a stage; one that the policy has no longer is called by its number."""
        if 1 <= number <= len(self.levels):
            return self.levels[number - 1].label
        return Text("第 {n} 阶段", "Level {n}").with_(n=number)


def policy_of(schema: Schema) -> DunningPolicy:
    """The policy of an office; one without any reminds nobody."""
    return claim(schema, "dunning", DunningPolicy)
