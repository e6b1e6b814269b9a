"""Two surveys of the demo estate: last year's, finished, and one that is out now (S8)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from models.actor import SYSTEM
from models.registry import Registry
from office.demo.books import DEMO, Books
from office.surveys.publishing import CLOSED, OPEN
from office.surveys.questions import Question, questions_of
from office.surveys.sampling import SERIES, Ask, Candidate, code_of, draw_for

SEED = 20260108
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"kind": "rating", "words": "前台和客服的服务态度", "words_en": "Manners of the front desk", "required": True},
    {"kind": "rating", "words": "维修是否及时、修得好", "words_en": "Repairs: in time and well done", "required": True},
    {"kind": "rating", "words": "小区保洁", "words_en": "Cleaning", "required": True},
    {"kind": "rating", "words": "秩序维护和停车", "words_en": "Order and parking", "required": True},
    {"kind": "choice", "words": "您最常用什么方式联系我们？", "words_en": "How do you usually reach us?",
     "options": "打电话 | By phone\n到前台 | At the desk\n微信 | WeChat\n问楼管员 | Through the steward"},
    {"kind": "choices", "words": "哪些方面最需要改进？", "words_en": "What needs improving most?",
     "options": "电梯 | Lifts\n停车 | Parking\n绿化 | Greenery\n楼道卫生 | Stairwells\n公共照明 | Lighting"},
    {"kind": "text", "words": "您还有什么意见或建议？", "words_en": "Anything else you would like to tell us?"},
)  # fmt: skip
WORDS = (
    "东门的路灯有两盏不亮，晚上走路看不清。（演示）",
    "希望周末也能约维修师傅。（演示）",
    "楼下的垃圾桶收得太晚，夏天有味道。（演示）",
    "前台小姑娘很耐心，表扬一下。（演示）",
    "地库进口坡道下雨天打滑，建议铺防滑条。（演示）",
    "电梯广告声音太大。（演示）",
    "快递柜不够用，能不能再加一组？（演示）",
    "楼管员经常上门看望老人，很感动。（演示）",
    "绿化带里狗粪没人管。（演示）",
    "公告栏的通知更新慢，希望也发到群里。（演示）",
    "水管抢修半小时就到了，非常及时。（演示）",
    "访客停车收费标准贴得不明显。（演示）",
)
LEANING = ((1, 2, 9, 34, 54), (2, 5, 14, 37, 42), (2, 4, 12, 40, 42), (4, 9, 24, 36, 27))
"""How many of a hundred give 1 to 5 points, by rating."""
OPTIONS = {4: (46, 18, 27, 9), 5: (22, 38, 14, 17, 24)}
"""How many of a hundred choose an option, by the question's place from 0."""


def add_surveys(registry: Registry, today: date, users: Mapping[str, int]) -> None:
    """A survey of last year with 120 answers, and one that is open, in the caller's transaction."""
    books = Books(registry, random.Random(SEED), today, users)
    began = today - timedelta(days=370)
    _finished(books, began)
    _open(books, today - timedelta(days=6))


def _finished(books: Books, began: date) -> None:
    """Of 168 on paper 120 answered within a fortnight, six came back empty, four refused."""
    survey = _survey(books, f"{began.year} 年业主满意度调查", f"Residents’ survey {began.year}", began, 14)
    people, channels = _people(books, survey, 168), ["paper"]
    states = _states(len(people), {"answered": 120 / 168, "returned_empty": 6 / 168, "refused": 4 / 168})
    _fill(books, survey, people, channels, states, began, 13)
    books.registry.store.update(SYSTEM, "survey", survey, {"state": CLOSED}, DEMO)


def _open(books: Books, began: date) -> None:
    """Sixty households by three ways; a third has answered."""
    survey = _survey(books, f"{began.year} 年春季服务回访问卷", f"How are we doing, spring {began.year}", began, 14)
    people = _people(books, survey, 60)
    states = _states(len(people), {"answered": 22 / 60, "refused": 1 / 60})
    _fill(books, survey, people, ["paper", "paper", "link", "phone"], states, began, 5)


def _survey(books: Books, name: str, english: str, began: date, days: int) -> int:
    """A published survey with the questions of the demo."""
    survey = books.add(
        "survey", name=name, name_en=english, opens_on=began, closes_on=began + timedelta(days=days),
        intro="占用您两分钟，说说这一年我们做得怎么样。您的答卷只用于改进服务。",
        intro_en="Two minutes of your time: how did we do this year? Your answers serve to improve our work only.",
    )  # fmt: skip
    rows = [{"survey": survey, "place": place, **one} for place, one in enumerate(QUESTIONS, 1)]
    books.add_many("survey_question", rows)
    books.registry.store.update(SYSTEM, "survey", survey, {"state": OPEN}, DEMO)
    return survey


def _people(books: Books, survey: int, number: int) -> Sequence[Candidate]:
    return draw_for(books.registry, SYSTEM, survey, Ask("number", number=number)).added


def _states(count: int, shares: Mapping[str, float]) -> list[str]:
    """The states of so many invitations, in these shares; the others are awaited."""
    states = [state for state, share in shares.items() for _ in range(round(count * share))][:count]
    return [*states, *["given"] * (count - len(states))]


def _fill(
    books: Books, survey: int, people: Sequence[Candidate], channels: Sequence[str], states: list[str], began: date,
    days: int,
) -> None:  # fmt: skip
    """Invitations, and what those who answered said."""
    if not people:
        return
    serials = books.registry.numbers.take("survey_invitation.code", SERIES, "never", began, len(people))
    books.random.shuffle(states)
    rows = [
        {"survey": survey, "unit": one.unit, "resident": one.resident, "party": one.party, "code": code_of(serial),
         "channel": channels[n % len(channels)], "given_on": began, "state": state,
         **_returned(books, state, channels[n % len(channels)], began, days)}
        for n, (one, serial, state) in enumerate(zip(people, serials, states, strict=True))
    ]  # fmt: skip
    ids = books.add_many("survey_invitation", rows)
    questions = questions_of(books.registry, SYSTEM, survey)
    words = iter(books.random.sample(WORDS, len(WORDS)))
    answers = [
        {"invitation": id, **answer}
        for id, state in zip(ids, states, strict=True) if state == "answered"
        for answer in _answers(books, questions, next(words, "") if books.chance(0.25) else "")
    ]  # fmt: skip
    books.add_many("survey_answer", answers)


def _returned(books: Books, state: str, channel: str, began: date, days: int) -> dict[str, Any]:
    """When and how it came back, and who entered it."""
    if state == "given":
        return {}
    at: datetime = books.at(began + timedelta(days=books.random.randint(1, days)), books.random.randint(9, 17))
    who = None if channel == "link" else books.users.get("frontdesk")
    return {"answered_at": at, "answered_by": channel, "entered_by": who}


def _answers(books: Books, questions: Sequence[Question], words: str) -> list[dict[str, Any]]:
    """A sheet: every rating, usually the choices, sometimes a word."""
    found: list[dict[str, Any]] = []
    for place, one in enumerate(questions):
        if one.kind == "rating":
            points = books.random.choices(range(1, 6), LEANING[place])[0]
            found.append({"question": one.id, "code": points, "points": points})
        elif one.kind == "choice" and books.chance(0.95):
            code = books.random.choices(range(1, 5), OPTIONS[place])[0]
            found.append({"question": one.id, "code": code})
        elif one.kind == "choices":
            chosen = [code for code, share in enumerate(OPTIONS[place], 1) if books.chance(share / 100)]
            found += [{"question": one.id, "code": code} for code in chosen]
        elif one.kind == "text" and words:
            found.append({"question": one.id, "text": words})
    return found
