"""A money office whose dunning is run by the day, for the tests of cases and of what people do with them."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from pypdf import PdfReader

from models import jobs

PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
    b"\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82"
)


class Desk:
    """A money office whose dunning is run by the day."""

    def __init__(self, money: Any) -> None:
        self.money, self.registry = money, money.registry

    def run(self, day: str | date) -> str:
        """The daily job on a day."""
        self.money.on(day, at="06:30")
        spec = self.registry.schema.schedules["propose_dunning"]
        done = jobs.perform(self.registry, spec, self.registry.clock.now())
        self.money.on(day)
        return done.said.to("en")

    def steps(self, unit: int | None = None) -> list[str]:
        """'1/1 letter proposed due 2026-03-08' of every step."""
        given = {} if unit is None else {"unit": unit}
        rows = self.money.rows("dunning_step", "level", "attempt", "means", "state", "due_on", **given)
        return [f"{r['level']}/{r['attempt']} {r['means']} {r['state']} due {r['due_on']:%m-%d}" for r in rows]

    def case(self, unit: int) -> Any:
        return self.money.rows("dunning_case", "state", "level", "owed", "closing", "reopened_on", "reason", unit=unit)[
            -1
        ]

    def step(self, unit: int) -> int:
        """The newest step of a unit."""
        return int(self.money.rows("dunning_step", "level", unit=unit)[-1].id)

    def escalate(self, who: str, entity: str, *ids: int, **answers: Any) -> Any:
        return self.money.act(who, entity, "escalate", ids, **answers)

    def photo(self, who: str = "steward1") -> tuple[str]:
        return (self.registry.files.put(self.money.people[who], "dunning_step", None, "p.png", io.BytesIO(PNG)),)

    def deliver(self, who: str, *ids: int, **answers: Any) -> Any:
        return self.money.act(who, "dunning_step", "deliver_letter", ids, **({"signature": self.photo(who)} | answers))

    def write_and_deliver(self, unit: int, who: str = "steward1") -> None:
        """The letter that is proposed for the unit, made and delivered today."""
        step = self.step(unit)
        assert self.escalate(who, "dunning_step", step).skipped == []
        assert self.deliver(who, step).skipped == []


def said(pairs: list[tuple[int, Any]]) -> list[str]:
    return [text.to("en") for _, text in pairs]


def text_of(pdf: bytes) -> str:
    """The words of a PDF without the gaps between them."""
    return "".join("".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())
