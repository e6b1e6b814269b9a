"""Answers added up so that nobody is recognised in them: the one place that reads answers for everybody (S8)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from models.actor import SYSTEM
from models.query import Condition, Query
from models.reads.aggregates import Count, Measure, Total
from models.reports import mean, rate
from office.surveys.policy import policy_of
from office.surveys.questions import POINTS
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

SATISFIED = 4
"""Points from which somebody is satisfied."""
OTHERS = Text("其他楼栋", "Other buildings")


@dataclass(slots=True)
class Score:
    """How a question was answered: answers by code, of a rating by points; ``sheets`` that say anything to it."""

    sheets: int = 0
    counts: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def mean(self) -> Decimal | None:
        """Of the points, to two places; None of none."""
        total = sum(points * n for points, n in self.counts.items())
        return mean(total, sum(self.counts.values()), 2)

    @property
    def satisfied(self) -> Decimal | None:
        """The share of 4 and 5 points, in percent."""
        good = sum(n for points, n in self.counts.items() if points >= SATISFIED)
        return rate(good, sum(self.counts.values()))


@dataclass(frozen=True, slots=True)
class Group:
    """What a building says: its sheets with ratings, their points added up, the ratings, and those of 4 and 5."""

    label: Text
    sheets: int
    points: int
    ratings: int
    good: int

    def plus(self, other: Group) -> Group:
        """Both together, under this one's name."""
        return Group(
            self.label, self.sheets + other.sheets, self.points + other.points, self.ratings + other.ratings,
            self.good + other.good,
        )  # fmt: skip


def together(groups: Iterable[Group], least: int) -> list[Group]:
    """The groups in their order, small ones put together as the last one.

    What was put together is no smaller than ``least`` either, or a group's answers could be told from the total: then
    the smallest of the others goes in as well. Empty groups are left out.
    """
    kept = [one for one in groups if one.sheets]
    small = [one for one in kept if one.sheets < least]
    kept = [one for one in kept if one.sheets >= least]
    while small and kept and sum(one.sheets for one in small) < least:
        nearest = min(kept, key=lambda one: one.sheets)
        kept.remove(nearest)
        small.append(nearest)
    if not small:
        return kept
    rest = Group(OTHERS, 0, 0, 0, 0)
    for one in small:
        rest = rest.plus(one)
    return [*kept, rest] if rest.sheets >= least else kept


class Tallies:
    """The figures of a survey. They are of all answers, whoever asks, because they tell of nobody: counts of the
    whole, and of buildings only where several answered. Nothing else here leaves this class, and no text."""

    def __init__(self, registry: Registry, survey: int) -> None:
        self.registry, self.survey = registry, survey
        self.least = policy_of(registry.schema).least_group
        self.sheets = registry.scope.count(SYSTEM, "survey_invitation", self._of("survey", ("state", "answered")))

    @property
    def is_shown(self) -> bool:
        """Whether enough answered for scores to be shown at all."""
        return self.sheets >= self.least

    def scores(self) -> dict[int, Score]:
        """How each question was answered, by its id; none where too few answered."""
        found: dict[int, Score] = defaultdict(Score)
        if not self.is_shown:
            return {}
        query, sheets = self._of("question.survey"), {"sheets": Count(of="invitation")}
        for one in self.registry.scope.aggregate(SYSTEM, "survey_answer", {}, by=["question", "code"], query=query):
            found[one.keys["question"]].counts[one.keys["code"]] = one.count
        for one in self.registry.scope.aggregate(SYSTEM, "survey_answer", sheets, by=["question"], query=query):
            found[one.keys["question"]].sheets = one["sheets"]
        return dict(found)

    def buildings(self) -> list[Group]:
        """What the buildings say in all their ratings, small ones together; none where too few answered."""
        if not self.is_shown:
            return []
        measures: dict[str, Measure | str] = {
            "points": Total("points"), "good": Count(where=f"points >= {SATISFIED}"), "sheets": Count(of="invitation"),
        }  # fmt: skip
        rated = Condition("points", "from", POINTS[0])
        found = self.registry.scope.aggregate(
            SYSTEM, "survey_answer", measures, by=["invitation.unit.building"], query=self._of("question.survey", rated)
        )
        groups = [Group(one.label, one["sheets"], int(one["points"]), one.count, one["good"]) for one in found]
        return together(groups, self.least)

    def _of(self, link: str, *more: Condition | tuple[str, str]) -> Query:
        further: Sequence[Condition] = [
            one if isinstance(one, Condition) else Condition(one[0], "equals", one[1]) for one in more
        ]
        return Query(conditions=(Condition(link, "equals", self.survey), *further))
