"""An estate with people who report things, for the tests of callbacks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from models import jobs
from models.actor import SYSTEM, Source
from models.query import Condition, Query

FORM = Source("form")


class CallDesk:
    """An estate whose requests are solved and called about; moments are '16 09:30' of March 2026, a Monday."""

    def __init__(self, estate: Any, clock: Any) -> None:
        self.estate, self.clock, self.registry = estate, clock, estate.registry
        self.units = {"1": estate.unit("101", "1"), "2": estate.unit("201", "2")}
        self.owners: dict[str, int] = {}
        for building, phone in (("1", "13900000001"), ("2", "13900000002")):
            resident = estate.make("resident", name=f"Owner {building}", phone=phone)
            estate.make("occupancy", unit=self.units[building], resident=resident, role="owner")
            self.owners[building] = resident

    def at(self, words: str) -> datetime:
        """Let the clock stand at a moment."""
        self.clock.at = datetime.strptime(f"2026-03-{words}", "%Y-%m-%d %H:%M").replace(tzinfo=self.clock.zone)
        return self.clock.at

    def request(self, number: str = "1", **values: Any) -> int:
        """A request of the front desk from the unit of the building with that number."""
        given = {"kind": "complaint", "matter": "Noise at night", "unit": self.units[number], **values}
        given = {"caller": self.owners[number], **given}
        return int(self.registry.store.create(self.people["frontdesk"], "service_request", given, FORM))

    def solve(self, request: int, who: str = "steward1", solution: str = "Talked to them") -> int:
        """The request is solved; returns its open call, or 0 where there is none."""
        self.registry.store.step(
            self.people[who], "service_request", request, "solve", {"solution": solution}, "", FORM
        )
        return next(iter(reversed([one.id for one in self.calls(request) if one["not_before"]])), 0)

    def complaint(self, number: str = "1", **values: Any) -> int:
        """A solved complaint; returns its call."""
        return self.solve(self.request(number, **values), f"steward{number}")

    @property
    def people(self) -> dict[str, Any]:
        people: dict[str, Any] = self.estate.people
        return people

    def calls(self, request: int | None = None) -> list[Any]:
        of = () if request is None else (Condition("request", "equals", request),)
        names = tuple(self.registry.schema.entities["callback"].fields)
        query = Query(conditions=of, columns=names, sort="id")
        return list(self.registry.scope.stream(SYSTEM, "callback", query))

    def call(self, id: int) -> Any:
        return self.registry.scope.get(SYSTEM, "callback", id)

    def get(self, request: int) -> Any:
        return self.registry.scope.get(SYSTEM, "service_request", request)

    def do(self, who: str, action: str, *calls: int, **answers: Any) -> str:
        """What came of an action, in words."""
        done = self.registry.act(self.people[who], "callback", action, calls, answers, Source("action", action))
        return " ".join(text.to("en") for _, text in (*done.done, *done.skipped))

    def reached(self, call: int, who: str = "frontdesk", **answers: Any) -> str:
        return self.do(who, "call_reached", call, **{"satisfaction": 5, **answers})

    def night(self) -> str:
        """What the nightly job says it did."""
        spec = self.registry.schema.schedules["keep_callbacks"]
        return str(jobs.perform(self.registry, spec, self.clock.now()).said.to("en"))

    def later(self, **more: float) -> None:
        self.clock.at += timedelta(**more)

    def moment(self, at: datetime | None) -> str:
        """'17 09:00'."""
        return f"{at.astimezone(self.clock.zone):%d %H:%M}" if at else ""
