"""How many places an activity has left, who gets one, and who moves up when one is given back (S14)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from schema.text import Text

SIGNED, WAITING, ATTENDED = "signed", "waiting", "attended"
TAKING = (SIGNED, ATTENDED)
"""States that take places."""
SIGNING_UP = ("open", "held")
"""States of an activity in which people may be put down: who comes without, on the day itself."""

NOT_OPEN = Text("这项活动没有开放报名。", "Nobody can sign up for this activity now.")
CLOSED = Text(
    "报名已于 {day} 截止；活动当天有余位时可现场登记。",
    "Signing up ended on {day}; whoever comes on the day can be put down then, while there is room.",
)
FULL = Text(
    "名额已满（共 {places} 人）；要候补请勾选“满员时候补”。",
    "All {places} places are taken; tick “Wait if full” to put them on the waiting list.",
)
FEW = Text(
    "只剩 {free} 个名额，不够 {people} 人；可减少人数，或勾选“满员时候补”。",
    "Places left: {free}, too few for {people} people; take fewer, or tick “Wait if full”.",
)
TOO_MANY = Text("只剩 {free} 个名额，不能再加 {people} 人。", "Places left: {free}; {people} more do not fit in.")
TWICE = Text("这一户的同一位住户已经报名。", "They are on the list of this activity already.")
FEWER_PLACES = Text(
    "已有 {taken} 人报名，名额不能少于 {taken}。", "{taken} people are on the list; there cannot be fewer places."
)


@dataclass(frozen=True, slots=True)
class Standing:
    """How an activity stands; ``places`` None is no limit, ``held_on`` None no day yet, ``until`` None no last day."""

    state: str
    places: int | None
    taken: int
    until: date | None = None
    held_on: date | None = None

    @property
    def free(self) -> int | None:
        """Places left; None without a limit."""
        return None if self.places is None else max(0, self.places - self.taken)


def closed(standing: Standing, today: date) -> Text | None:
    """Why nobody may be put down today; None where they may. Source: domain S14."""
    if standing.state not in SIGNING_UP:
        return NOT_OPEN
    if standing.until is None or today <= standing.until or standing.held_on == today or standing.state == "held":
        return None
    return CLOSED.with_(day=standing.until)


def fits(people: int, free: int | None) -> bool:
    """Whether so many people find a place."""
    return free is None or people <= free


def no_room(standing: Standing, people: int) -> Text:
    """What is said to those for whom there is no place."""
    if not standing.free:
        return FULL.with_(places=standing.places)
    return FEW.with_(free=standing.free, people=people)


def moving_up(waiting: Iterable[tuple[int, int]], free: int | None) -> Sequence[int]:
    """Of (id, people) in the order in which they came, those who get a place; a party that is too large is left waiting
    and does not keep back smaller ones behind it. Source: domain S14."""
    chosen = []
    for id, people in waiting:
        if fits(people, free):
            chosen.append(id)
            free = None if free is None else free - people
    return chosen
