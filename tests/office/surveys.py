"""An office with a survey: two buildings of homes, a questionnaire with every kind of question, people who answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from models.actor import SYSTEM, Source
from models.query import Condition, Query
from office.surveys.answering import enter_answers, link_token
from office.surveys.questions import Answer, Question, questions_of

QUESTIONS = (
    {"kind": "rating", "words": "客服态度", "words_en": "Manners of the desk", "required": True},
    {"kind": "choice", "words": "最常用的联系方式", "words_en": "How do you reach us",
     "options": "电话 | Phone\n前台 | Desk\n微信 | WeChat"},
    {"kind": "choices", "words": "希望改进的方面", "options": "保洁\n绿化\n秩序"},
    {"kind": "text", "words": "您的建议", "words_en": "What would you change"},
)  # fmt: skip
ROLES = {
    "director": "director", "assistant": "assistant", "supervisor": "supervisor", "steward1": "steward",
    "steward2": "steward", "frontdesk": "frontdesk", "cashier": "cashier", "engineer": "engineer",
    "security": "security", "auditor": "auditor",
}  # fmt: skip


@dataclass
class Surveys:
    """An office in which questionnaires are made, given out and answered."""

    registry: Any
    people: dict[str, Any]
    buildings: dict[str, int] = field(default_factory=dict)

    def make(self, entity: str, **values: Any) -> int:
        return int(self.registry.store.create(SYSTEM, entity, values, Source("form")))

    def home(self, room: str, building: str = "1", *tenants: str, owner: str = "") -> int:
        """A unit with an owner, and tenants where some are named."""
        if building not in self.buildings:
            steward = self.people[f"steward{1 if building in '13579' else 2}"].id
            self.buildings[building] = self.make("building", number=building, steward=steward)
        unit = self.make("unit", building=self.buildings[building], section="1", room=room)
        self.lives(unit, owner or f"业主{building}-{room}", "owner", is_head=True)
        for name in tenants:
            self.lives(unit, name, "tenant")
        return unit

    def lives(self, unit: int, name: str, role: str, **more: Any) -> int:
        resident = self.make("resident", name=name)
        self.make("occupancy", unit=unit, resident=resident, role=role, **more)
        return resident

    def survey(self, *, publish: bool = True, questions: Sequence[dict[str, Any]] = QUESTIONS, **values: Any) -> int:
        """A survey from 2026-03-01 to 2026-03-31."""
        given = {"name": "满意度调查", "name_en": "How are we doing", "opens_on": date(2026, 3, 1),
                 "closes_on": date(2026, 3, 31), **values}  # fmt: skip
        survey = self.make("survey", **given)
        for place, one in enumerate(questions, 1):
            self.make("survey_question", survey=survey, place=place, **one)
        if publish:
            self.step(survey, "publish")
        return survey

    def step(self, survey: int, name: str, who: str = "supervisor", **values: Any) -> None:
        self.registry.store.step(self.people[who], "survey", survey, name, values, "", Source("step", name))

    def questions(self, survey: int) -> list[Question]:
        return questions_of(self.registry, SYSTEM, survey)

    def draw(self, survey: int, who: str = "supervisor", **ask: Any) -> Any:
        answers = {"by": "everyone", "whom": "residents", "channel": "paper", **ask}
        return self.registry.act(self.people[who], "survey", "draw_sample", (survey,), answers, Source("action"))

    def act(self, who: str, entity: str, action: str, id: int, **answers: Any) -> Any:
        return self.registry.act(self.people[who], entity, action, (id,), answers, Source("action", action))

    def invitations(self, survey: int) -> dict[str, int]:
        """Ids by unit and party: '1-1-101 owner'."""
        query = Query(conditions=(Condition("survey", "equals", survey),), columns=("unit", "party"), sort="id")
        rows = self.registry.scope.stream(SYSTEM, "survey_invitation", query)
        return {f"{row.titles['unit']} {row['party']}": row.id for row in rows}

    def get(self, entity: str, id: int) -> Any:
        return self.registry.scope.get(SYSTEM, entity, id)

    def link(self, invitation: int) -> str:
        return f"/s/{link_token(self.registry, invitation)}/"

    def sheet(self, survey: int, points: int = 5, text: str = "") -> list[Answer]:
        """A filled-in sheet of QUESTIONS."""
        rating, choice, choices, words = self.questions(survey)
        answers = [
            Answer(rating.id, points, points),
            Answer(choice.id, 1),
            Answer(choices.id, 1),
            Answer(choices.id, 3),
        ]
        return [*answers, Answer(words.id, text=text)] if text else answers

    def enter(
        self, invitation: int, points: int = 5, text: str = "", who: str = "frontdesk", how: str = "paper"
    ) -> None:
        survey = self.get("survey_invitation", invitation)["survey"]
        now = self.registry.clock.now()
        enter_answers(self.registry, self.people[who], invitation, self.sheet(survey, points, text), how, now)

    def answers(self, invitation: int) -> list[tuple[int, int, int | None, str | None]]:
        """(question's place, code, points, text)."""
        query = Query(conditions=(Condition("invitation", "equals", invitation),), sort="id",
                      columns=("question", "code", "points", "text"))  # fmt: skip
        rows = self.registry.scope.stream(SYSTEM, "survey_answer", query)
        place = {one.id: one.place for one in self.questions(self.get("survey_invitation", invitation)["survey"])}
        return [(place[row["question"]], row["code"], row["points"], row["text"]) for row in rows]


def surveys_office(office: Any, person: Callable[..., Any], password: str = "") -> Surveys:
    """An empty office with somebody of each role."""
    people = {name: person(office, role, username=name, password=password) for name, role in ROLES.items()}
    return Surveys(office, people)
