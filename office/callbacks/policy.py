"""The rules of ``settings: callbacks``: after which event whom to call, when, with which words, and how often (S6)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, PrivateAttr, model_validator

from schema.expressions import Expression, ExpressionError
from schema.naming import naming_of, parse_for
from schema.problems import Path, unknown
from schema.settings import claim, setting
from schema.text import BadValue, Text
from schema.written import Formula, Names, Part, Words

if TYPE_CHECKING:
    from schema.spec import Schema

CALLBACK = "callback"
ENTITY, FIELD, ROLE = Text("实体", "entity"), Text("字段", "field"), Text("角色", "role")
CALENDAR, PART = Text("日历", "calendar"), Text("时段", "time of day")
RULE = Text("选项 callback.rule", "option of callback.rule")
NO_SPAN = Text("应写成 09:00-12:00 这样的时段", "should be a stretch of the day such as 09:00-12:00")
NO_LINK = Text(
    "callback 没有指向 {entity} 的字段，回访不知道因何而起",
    "callback has no field that points at {entity}, so that a call would not know what it is about",
)
NO_FOLLOW = Text(
    "{entity} 没有写 follow: open_callbacks，事情发生时不会生成回访",
    "{entity} does not say follow: open_callbacks, so that no call opens when it happens",
)
SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
DAY = 24 * 60


class DayPart(Part):
    """One time of day at which people may be called."""

    hours: str
    """From when to when: ``09:00-12:00``. Between two parts, and at night, nobody is called."""
    after_hours: bool = False
    """Somebody calls then though the office is closed; other parts hold only while it is open."""
    _span: tuple[int, int] = PrivateAttr(default=(0, 0))

    @model_validator(mode="after")
    def _read(self) -> Self:
        found = SPAN.fullmatch(self.hours.strip())
        numbers = [int(one) for one in found.groups()] if found else []
        span = (numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]) if numbers else (0, 0)
        if not span[0] < span[1] <= DAY:
            raise BadValue(NO_SPAN)
        self._span = span
        return self

    @property
    def span(self) -> tuple[int, int]:
        """Minutes since midnight: beginning and end."""
        return self._span


class Whom(Part):
    """Who is called: paths over links from the record, such as ``request.caller``. Where nobody is found there, the
    owner of the unit is; where no number is, that of the person's file."""

    unit: str = "unit"
    """The home."""
    resident: str = ""
    """The person, where on file."""
    name: str = ""
    """The name given."""
    phone: str = ""
    """The number given."""

    @property
    def paths(self) -> Mapping[str, str]:
        """Every path that is given, by what it leads to."""
        given = {"unit": self.unit, "resident": self.resident, "name": self.name, "phone": self.phone}
        return {name: path for name, path in given.items() if path}


class CallRule(Part):
    """After which event somebody is called."""

    of: str
    """The entity whose records it is about."""
    when: Formula
    """The event: a condition on such a record. While it holds, there is a call to make."""
    at: str
    """The field that says when it happened."""
    round: str = ""
    """A number of the record that counts how often it came back: each round has a call of its own."""
    wait: int = Field(0, ge=0, le=60)
    """Working days after the event before which nobody is called; 0 is at once."""
    within: int = Field(ge=0, le=60)
    """Working days after the event by whose end the call is due."""
    done: Formula = ""
    """A condition on the record: where it holds once the event is over, the call was made; else it is taken back."""
    whom: Whom = Whom()
    """Who is called."""
    about: str = ""
    """A path from the record to the words that say what it is about."""
    links: dict[str, str] = Field(default_factory=dict)
    """Further links of the call: its field → path from the record."""
    script: Words
    """What to say, a line each; {name}, {unit}, {matter}, {order} and {office} are filled in. A line about a matter or
    an order where there is none is left out."""
    sample: int = Field(100, ge=1, le=100)
    """How many of a hundred are called; always the same ones."""
    by: Names = ()
    """Roles that make these calls; none: all who may call."""
    signature: Names = ()
    """Roles of whom one has to sign the result; none: nobody."""
    asks: Literal["satisfaction", "order", "survey"] = "satisfaction"
    """What is asked: how satisfied; also of the work order's quality and attitude; or the questions of a survey."""


class NewRequest(Part):
    """The request that a bad rating or a new complaint opens."""

    kind: str = "complaint"
    """Of which kind it is."""
    priority: str = "high"
    """How urgent it is."""
    told: Names = ()
    """Roles that are told of it."""


class Callbacks(Part):
    """How residents are called after something was done for them."""

    calendar: str = ""
    """The calendar of working days; without one every day is."""
    parts: dict[str, DayPart] = Field(default_factory=dict)
    """Times of day at which people may be called, in order; another try is made in another one."""
    tries: int = Field(3, ge=1, le=20)
    """After so many calls that reached nobody, nobody is called any more."""
    lease: int = Field(10, ge=1, le=240)
    """Minutes for which a call belongs to who took it, unless the page stays open."""
    bad: int = Field(2, ge=1, le=4)
    """A rating of so much or less opens a request."""
    look_back: int = Field(30, ge=1, le=3650)
    """Days: for what happened longer ago no call is opened any more."""
    promise_days: int = Field(30, ge=1, le=365)
    """A reply is promised at most so many days ahead."""
    new_request: NewRequest = NewRequest()
    """What becomes of a bad rating."""
    rules: dict[str, CallRule] = Field(default_factory=dict)
    """The events, by name."""

    def for_roles(self, roles: Iterable[str]) -> list[str]:
        """The rules whose calls people of these roles make."""
        mine = set(roles)
        return [name for name, rule in self.rules.items() if not rule.by or mine.intersection(rule.by)]


def callbacks_of(schema: Schema) -> Callbacks:
    """The rules of an office; one without any calls nobody."""
    return claim(schema, "callbacks", Callbacks)


def name_of(schema: Schema, rule: str) -> Text:
    """What people call a rule."""
    choices = getattr(schema.entities[CALLBACK].fields["rule"].type, "choices", {})
    return choices[rule].label if rule in choices else Text(rule, rule)


def link_of(schema: Schema, entity: str) -> str:
    """The field of a call that points at the record it is about; '' for none."""
    fields = schema.entities[CALLBACK].fields.values()
    return next((one.name for one in fields if one.type.name == "ref" and one.target == entity), "")


def condition_of(schema: Schema, rule: CallRule) -> Expression:
    """The event as an expression. Raises ExpressionError."""
    return parse_for(schema, rule.of, rule.when)


# -- at the start ------------------------------------------------------------------------------------


def misfits(schema: Schema, found: Callbacks) -> Iterable[tuple[Path, Text]]:
    """What in the rules does not fit the schema: (path, sentence)."""
    calendars = getattr(schema, "calendars", {})
    if found.calendar and found.calendar not in calendars:
        yield ("calendar",), unknown(CALENDAR, found.calendar, calendars)
    attempt = schema.entities.get("callback_attempt")
    parts = getattr(attempt.fields["part"].type, "choices", {}) if attempt else {}
    yield from ((("parts", name), unknown(PART, name, parts)) for name in found.parts if name not in parts)
    yield from _strange_roles(schema, ("new_request", "told"), found.new_request.told)
    names = getattr(schema.entities[CALLBACK].fields["rule"].type, "choices", {}) if found.rules else {}
    for name, rule in found.rules.items():
        if name not in names:
            yield ("rules", name), unknown(RULE, name, names)
        yield from _rule_misfits(schema, ("rules", name), rule)


def _rule_misfits(schema: Schema, at: Path, rule: CallRule) -> Iterable[tuple[Path, Text]]:
    yield from _strange_roles(schema, (*at, "by"), rule.by)
    yield from _strange_roles(schema, (*at, "signature"), rule.signature)
    if rule.of not in schema.entities:
        yield (*at, "of"), unknown(ENTITY, rule.of, schema.entities)
        return
    if not link_of(schema, rule.of):
        yield (*at, "of"), NO_LINK.with_(entity=rule.of)
    if all(one.run != "open_callbacks" for one in schema.entities[rule.of].follow):
        yield (*at, "of"), NO_FOLLOW.with_(entity=rule.of)
    for key, source in (("when", rule.when), ("done", rule.done)):
        try:
            _ = source and parse_for(schema, rule.of, source)
        except ExpressionError as wrong:
            yield (*at, key), wrong.message
    paths: dict[Path, str] = {("at",): rule.at, ("round",): rule.round, ("about",): rule.about}
    paths |= {("whom", name): path for name, path in rule.whom.paths.items()}
    paths |= {("links", name): path for name, path in rule.links.items()}
    for where, path in paths.items():
        if path and (said := _lost(schema, rule.of, path)) is not None:
            yield (*at, *where), said


def _lost(schema: Schema, entity: str, path: str) -> Text | None:
    """What is wrong with a path over links; None for nothing."""
    names = naming_of(schema).fields
    for name in path.split("."):
        fields = schema.entities[entity].fields if entity in names else {}
        if name not in fields:
            return unknown(FIELD, name, fields)
        entity = fields[name].target or ""
    return None


def _strange_roles(schema: Schema, at: Path, names: Names) -> Iterable[tuple[Path, Text]]:
    yield from (
        ((*at, n), unknown(ROLE, name, schema.roles)) for n, name in enumerate(names) if name not in schema.roles
    )


setting("callbacks", misfits)(Callbacks)
