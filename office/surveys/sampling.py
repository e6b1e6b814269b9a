"""Who is asked: everyone, by building, picked units, or at random; nobody twice, and the same draw again (S8)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Invalid
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.storage.database import hold
from office.households import OWNERS
from office.raw_rows import raw_rows
from schema.text import Text

if TYPE_CHECKING:
    from models.registry import Registry

OWNER, TENANT = "owner", "tenant"
SERIES = "{serial:05}"
"""The running number of an invitation's code, over all surveys; a check digit follows it."""
AT_ONCE = 500

NO_NUMBER = Text("请填写户数。", "Say how many households.")
NO_PERCENT = Text("请填写比例。", "Say which share.")
NO_BUILDINGS = Text("请选择楼栋。", "Choose the buildings.")
NO_UNITS = Text("请选择房屋。", "Choose the units.")
DRAWN = Text(
    "范围内 {frame} 户，抽中 {wanted} 户；新发放 {added} 户，{before} 户此前已发放。",
    "Of {frame} households {wanted} are drawn: {added} are asked now, {before} were asked before.",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A household that can be asked: its unit, as whose, and the one who is addressed."""

    unit: int
    party: str
    resident: int


@dataclass(frozen=True, slots=True)
class Ask:
    """How a sample is drawn; ``number`` and ``percent`` are of all households in question, those asked before with
    them."""

    by: str
    whom: str = "residents"
    number: int = 0
    percent: Decimal = Decimal(0)
    buildings: tuple[int, ...] = ()
    units: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Draw:
    """What a draw comes to: how many households are in question, those drawn, and those of them who are new."""

    frame: int
    wanted: tuple[Candidate, ...]
    added: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked already: (unit, party), and the people."""

    households: Collection[tuple[int, str]] = ()
    residents: Collection[int] = ()

    def has(self, one: Candidate) -> bool:
        """Whether the household, or the person in it, was asked."""
        return (one.unit, one.party) in self.households or one.resident in self.residents


def draw(survey: int, candidates: Iterable[Candidate], ask: Ask, asked: Asked) -> Draw:
    """Who is drawn. The order of chance is the survey's own, so that the same draw gives the same households and a
    larger one adds to them; one person who has several homes is asked once."""
    frame: dict[int, Candidate] = {}
    for one in sorted(candidates, key=lambda one: _lot(survey, one)):
        # Of someone's homes the one that was asked before stands for them.
        if one.resident not in frame or (one.unit, one.party) in asked.households:
            frame[one.resident] = one
    wanted = sorted(frame.values(), key=lambda one: _lot(survey, one))[: size(ask, len(frame))]
    return Draw(len(frame), tuple(wanted), tuple(one for one in wanted if not asked.has(one)))


def size(ask: Ask, households: int) -> int:
    """How many of so many households are drawn; a share is rounded up."""
    if ask.by == "number":
        return ask.number
    if ask.by == "percent":
        return int((households * ask.percent / 100).to_integral_value(ROUND_CEILING))
    return households


def code_of(serial: str) -> str:
    """A running number with its check digit, as it stands on the paper."""
    return serial + check_digit(serial)


def check_digit(digits: str) -> str:
    """The digit that makes any one wrong digit, and most swapped ones, show (ISO 7064, MOD 11,10)."""
    left = 10
    for digit in digits:
        left = ((int(digit) + left) % 10 or 10) * 2 % 11
    return str((11 - left) % 10)


def is_code(text: str) -> bool:
    """Whether digits are a code without a slip of the finger."""
    return len(text) > 1 and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]


@operation("draw_sample")
def draw_sample(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Give a survey to those who are drawn and were not asked before (S8). Raises Invalid for what is not said."""
    ask, outcome = ask_of(answers), Outcome()
    for survey in selection.ids:
        hold(registry.db, f"survey {survey}")
        found = draw_for(registry, actor, survey, ask)
        _invite(registry, actor, survey, found.added, answers["channel"], now.astimezone(registry.clock.zone).date())
        counts = {"frame": found.frame, "wanted": len(found.wanted), "added": len(found.added)}
        said = DRAWN.with_(**counts, before=len(found.wanted) - len(found.added))
        outcome.done.append((survey, said))
    return outcome


@operation("change_channel")
def change_channel(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Give invitations out another way: who did not send the paper back is called (S8)."""
    label = registry.schema.choices["survey_channel"][answers["channel"]].label

    def one(id: int) -> Text:
        values = {"channel": answers["channel"]}
        registry.store.update(actor, "survey_invitation", id, values, Source("action", "change_channel"))
        return label

    return registry.store.each(selection.ids, one)


def ask_of(answers: Mapping[str, Any]) -> Ask:
    """The draw that is asked for. Raises Invalid, naming what is missing."""
    needed = {
        "number": ("number", NO_NUMBER), "percent": ("percent", NO_PERCENT), "buildings": ("buildings", NO_BUILDINGS),
        "units": ("units", NO_UNITS),
    }  # fmt: skip
    name, text = needed.get(answers["by"], ("", None))
    if text is not None and not answers.get(name):
        raise Invalid({name: [text]})
    return Ask(
        answers["by"], answers["whom"], answers.get("number") or 0, answers.get("percent") or Decimal(0),
        tuple(answers.get("buildings") or ()), tuple(answers.get("units") or ()),
    )  # fmt: skip


def draw_for(registry: Registry, actor: Actor, survey: int, ask: Ask) -> Draw:
    """What the draw comes to for this survey; nothing is written."""
    return draw(survey, candidates_of(registry, actor, ask), ask, asked_of(registry, actor, survey))


def candidates_of(registry: Registry, actor: Actor, ask: Ask) -> list[Candidate]:
    """The households in question as they live there today, one of each unit and party."""
    people: dict[tuple[int, str], tuple[tuple[bool, bool, int], int]] = {}
    today, names = registry.clock.today(), ("unit", "resident", "role", "is_head", "started_on", "ended_on")
    for query in _queries(ask):
        for id, unit, resident, role, head, since, until in raw_rows(registry, actor, "occupancy", query, names):
            if not _lives_there(since, until, today):
                continue
            key = (unit, OWNER if role in OWNERS else TENANT)
            rank = (not head, role == "joint_owner", id)
            if key not in people or rank < people[key][0]:
                people[key] = (rank, resident)
    return [
        Candidate(unit, party, resident)
        for (unit, party), (_, resident) in people.items()
        if _is_meant(ask.whom, party, let=(unit, TENANT) in people)
    ]


def asked_of(registry: Registry, actor: Actor, survey: int) -> Asked:
    """Who was asked in this survey."""
    query = Query(conditions=(Condition("survey", "equals", survey),), sort="id")
    rows = list(raw_rows(registry, actor, "survey_invitation", query, ("unit", "party", "resident")))
    return Asked({(unit, party) for _, unit, party, _ in rows}, {resident for *_, resident in rows})


def _lot(survey: int, one: Candidate) -> bytes:
    """A household's place in the survey's own order of chance."""
    return hashlib.sha256(f"{survey}:{one.unit}:{one.party}".encode()).digest()


def _queries(ask: Ask) -> list[Query]:
    """Those who live somewhere, in the buildings or units that are asked for."""
    there = (Condition("role", "in", (*OWNERS, "tenant")),)
    if ask.by == "buildings":
        return [
            Query(conditions=(*there, Condition("unit.building", "equals", building)), sort="id")
            for building in sorted(set(ask.buildings))
        ]
    if ask.by == "units":
        units = sorted(set(ask.units))
        stretches = [tuple(units[at : at + AT_ONCE]) for at in range(0, len(units), AT_ONCE)]
        return [Query(conditions=(*there, Condition("unit", "in", some)), sort="id") for some in stretches]
    return [Query(conditions=there, sort="id")]


def _lives_there(since: date | None, until: date | None, today: date) -> bool:
    return (since is None or since <= today) and (until is None or until >= today)


def _is_meant(whom: str, party: str, let: bool) -> bool:
    if whom == "residents":
        return party == TENANT or not let
    return party == (OWNER if whom == "owners" else TENANT)


def _invite(
    registry: Registry, actor: Actor, survey: int, added: Sequence[Candidate], channel: str, today: date
) -> None:
    """An invitation for each, with a code of its own."""
    if not added:
        return
    serials = registry.numbers.take("survey_invitation.code", SERIES, "never", today, len(added))
    rows = [
        {"survey": survey, "unit": one.unit, "resident": one.resident, "party": one.party, "channel": channel,
         "code": code_of(serial), "given_on": today}
        for one, serial in zip(added, serials, strict=True)
    ]  # fmt: skip
    registry.store.create_many(actor, "survey_invitation", rows, Source("action", "draw_sample"))
