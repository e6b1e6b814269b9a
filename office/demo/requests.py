"""A year of requests of the demo estate, each with its moments up to now (S1–S6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from models.query import Condition
from office.demo.books import Books
from office.demo.matters import ANSWERS, BAD, MATTERS, PLANS, WAITS, Matter
from office.demo.orders import WORKERS
from office.requests.policy import policy_of

A_YEAR = 1.6
"""Requests a unit makes in a year."""
DAYS = 365
TODAY = 14
"""Requests of the day itself."""
LATELY, BUSY = 9, 0.45
"""Of the last days, the share that takes longer: the desk has something to do."""
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CHANNELS = {"phone": 0.68, "visit": 0.2, "web": 0.06, "mail": 0.02, "patrol": 0.02, "staff": 0.02}
TAKERS = {"frontdesk": 0.76, "steward": 0.18, "supervisor": 0.06}
HOURS_TO_SOLVE = {
    "repair": (2, 40), "complaint": (3, 60), "enquiry": (0, 1), "suggestion": (24, 200), "special": (20, 90),
    "agency": (20, 120), "emergency": (0, 4),
}  # fmt: skip
HOURS_TO_CALL = {"complaint": (16, 60), "agency": (16, 60)}
STARS = {"5": 0.56, "4": 0.31, "3": 0.08, "2": 0.035, "1": 0.015}


@dataclass(frozen=True, slots=True)
class Home:
    """Where somebody lives."""

    unit: int
    building: int
    resident: int | None


def add_requests(books: Books) -> None:
    """Requests of the last year, then those that a bad rating led to; what lies after now has not happened yet.

    An office without accounts has nobody who could have taken them.
    """
    if not books.users:
        return
    people = People(books)
    moments = sorted(_taken(books, len(people.homes)))
    rows = [people.request(at) for at in moments]
    ids = books.add_many("service_request", rows)
    bad = [(id, row) for id, row in zip(ids, rows, strict=True) if (row.get("satisfaction") or 5) < 3]
    books.add_many("service_request", [people.after(id, row) for id, row in bad])


def _taken(books: Books, homes: int) -> list[datetime]:
    """The moments at which somebody called."""
    now, draw = _now(books), books.random
    days = [books.today - timedelta(days=draw.randint(1, DAYS)) for _ in range(round(homes * A_YEAR))]
    found = [_office_hour(books, day) for day in days]
    morning = books.at(books.today, 8)
    least = max(int((now - morning) / MINUTE), 1)
    found += [morning + draw.randint(0, least) * MINUTE for _ in range(TODAY)]
    return [at for at in found if at <= now]


def _now(books: Books) -> datetime:
    """The present, or the end of the books' day where that is another one."""
    now = books.registry.clock.now()
    return now if books.registry.clock.today() == books.today else books.at(books.today, 16)


def _office_hour(books: Books, day: date) -> datetime:
    hour = books.random.choices(range(7, 22), (1, 5, 9, 9, 7, 4, 3, 7, 8, 8, 6, 5, 4, 3, 1))[0]
    return books.at(day, hour, books.random.randint(0, 59))


class People:
    """Draws requests: who calls, about what, who works on it and how it goes."""

    def __init__(self, books: Books) -> None:
        self.books, self.now, self.policy = books, _now(books), policy_of(books.registry.schema)
        self.departments = {name: id for id, name in books.rows("department", ("name",))}
        self.stewards = dict(books.rows("building", ("steward",)))
        self.homes = self._homes()

    def _homes(self) -> list[Home]:
        lives: dict[int, int] = {}
        for _, unit, resident in self.books.rows("occupancy", ("unit", "resident"), Condition("ended_on", "empty")):
            lives.setdefault(unit, resident)
        return [Home(unit, building, lives.get(unit)) for unit, building in self.books.rows("unit", ("building",))]

    def request(self, at: datetime) -> dict[str, Any]:
        """One request that somebody made at a moment, as it stands now."""
        matter = self.books.random.choices(MATTERS, [one.weight for one in MATTERS])[0]
        home = self.books.random.choice(self.homes)
        where: dict[str, Any] = {"unit": home.unit, "caller": home.resident}
        if matter.place:
            where = {"building": home.building, "place": matter.place, "caller_name": "过路住户"}
        channel = "phone" if matter.kind == "emergency" else self.books.draw(CHANNELS)
        return self.course_of(at, matter, {"channel": channel, **where}, self._taker(home))

    def after(self, id: int, row: dict[str, Any]) -> dict[str, Any]:
        """The request that a bad rating led to."""
        where = {name: row.get(name) for name in ("unit", "caller", "building", "place", "caller_name")}
        at = row["called_back_at"] + MINUTE
        found = self.course_of(at, BAD, {**where, "channel": "callback", "came_from": id}, self._user("frontdesk"))
        return {**found, "satisfaction": None if found.get("satisfaction") is None else 4}

    def course_of(self, at: datetime, matter: Matter, where: dict[str, Any], owner: int | None) -> dict[str, Any]:
        """A request about that at a moment, with what has become of it up to now."""
        """A request about that at a moment, with what has become of it up to now."""
        draw, rule = self.books.random, self.policy.kind(matter.kind)
        is_complex = matter.kind in ("repair", "complaint") and draw.random() < 0.06
        department = self.departments.get(self.policy.department_of(matter.kind, matter.trade))
        found = {
            "kind": matter.kind, "agency": matter.agency, "matter": matter.words, "trade": matter.trade,
            "priority": rule.priority or ("high" if draw.random() < 0.1 else "normal"), "taken_at": at,
            "owner": owner or self._user("frontdesk"), "is_complex": is_complex, "department": department, **where,
        }  # fmt: skip
        if matter.kind == "special":
            found["appointment_at"] = _working(self.books, at + draw.randint(20, 70) * HOUR)
        if draw.random() < 0.015:
            return {**found, "state": "cancelled"}
        return {**found, **self._course(at, matter, is_complex)}

    def _course(self, at: datetime, matter: Matter, is_complex: bool) -> dict[str, Any]:
        """State and moments as far as they have come; the whole way is drawn in any case, so that the same seed gives
        the same year."""
        draw, at_once = self.books.random, matter.kind == "enquiry"
        slow, busy = draw.random() < 0.05, draw.random() < BUSY and at > self.now - LATELY * DAY
        minutes = (1, 4) if at_once else (1600, 2400) if slow else (5, 400)
        answered = at + draw.randint(*minutes) * MINUTE
        looked = _working(self.books, at + draw.randint(20, 200) * MINUTE)
        planned = _working(self.books, at + draw.randint(5, 60) * HOUR)
        least, most = HOURS_TO_SOLVE[matter.kind]
        took = draw.uniform(least, most) * (9 if busy and not at_once else 4 if slow or is_complex else 1) * HOUR
        solved = answered if at_once else max(_working(self.books, at + took), answered, looked)
        called = _working(self.books, solved + draw.randint(*HOURS_TO_CALL.get(matter.kind, (8, 24))) * HOUR)
        closed = _working(self.books, called + draw.randint(4, 110) * HOUR) if matter.kind == "complaint" else called
        worker = self._user(next((who for who, trades in WORKERS.items() if matter.trade in trades), "supervisor"))
        waits, signer, stars = draw.random() < 0.25, "director", int(self.books.draw(STARS))
        calls = matter.kind not in ("enquiry", "suggestion")
        found: dict[str, Any] = {"state": "new"}
        if at + draw.randint(10, 90) * MINUTE <= self.now:
            found = {"state": "assigned", "assigned_to": worker}
        if answered <= self.now:
            found |= {"answered_at": answered, "answer": draw.choice(ANSWERS)}
        if looked <= self.now:
            found |= {"state": "in_progress", "looked_into_at": looked, "assigned_to": worker}
            if waits and solved > self.now:
                found |= {"state": "waiting", "waiting_for": draw.choice(WAITS)}
        if is_complex and planned <= self.now:
            found |= {"planned_at": planned, "plan": draw.choice(PLANS)}
        if solved <= self.now:
            found |= {
                "state": "solved", "solved_at": solved, "solved_by": worker, "solution": matter.solution,
                "looked_into_at": min(looked, solved), "assigned_to": worker,
            }  # fmt: skip
        if not calls and solved <= self.now:
            return {**found, "state": "closed", "closed_at": solved}
        if called <= self.now:
            found |= {"state": "called_back", "called_back_at": called, "satisfaction": stars}
        if closed <= self.now:
            signed = {"signed_by": self._user(signer), "signed_at": closed} if matter.kind == "complaint" else {}
            found |= {"state": "closed", "closed_at": closed, **signed}
            if draw.random() < 0.03:
                found |= {"reopened": 1, "reopened_at": min(at + draw.randint(60, 600) * MINUTE, solved)}
        return found

    def _taker(self, home: Home) -> int | None:
        who = self.books.draw(TAKERS)
        return self.stewards.get(home.building) if who == "steward" else self._user(who)

    def _user(self, username: str) -> int | None:
        users = self.books.users
        return users.get(username) or users.get("engineer") or next(iter(users.values()))


def _working(books: Books, at: datetime) -> datetime:
    """The moment, or the next morning where nobody works then."""
    local = at.astimezone(books.registry.clock.zone)
    day = local.date()
    if local.hour >= 18 or local.weekday() == 6:
        day += DAY * (2 if local.weekday() == 5 else 1)
    elif local.hour >= 8:
        return at
    if day.weekday() == 6:
        day += DAY
    return books.at(day, 8, 30) + books.random.randint(0, 90) * MINUTE
