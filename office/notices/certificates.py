"""Certificates: the text of a draft written from its template, and frozen when it is issued (S13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.preparations import Draft, Prepared, preparation
from models.query import Condition, Query
from models.record import Masked, Record
from office.notices.wording import called, fill, said_day, wrong_with
from office.requests.panel import owing
from schema.text import Locale, Text

if TYPE_CHECKING:
    from models.registry import Registry

KIND = "certificate"
"""What the codes of certificates are signed as."""
OF_TEMPLATE = ("kind", "language", "heading", "body", "must_live", "must_be_paid", "valid_days", "in_use")
OF_RESIDENT = ("name", "employer", "occupation")
OF_UNIT = ("building", "area")

MISSING = Text("还缺：{what}。请补充后再开具。", "Still missing: {what}. Fill it in, then issue it.")
NOT_IN_USE = Text(
    "模板“{template}”已停用，请换一个。", "The template “{template}” is not in use any more; take another."
)
NO_UNIT = Text("这种证明要写明房屋，请先选择房屋。", "This certificate is about a unit; choose it first.")
NOT_LIVING = Text(
    "{name}现在没有住在 {unit}（入住关系中查不到），不能开具这种证明。",
    "{name} does not live in {unit} by the occupancies on file; this certificate cannot be issued.",
)
OWES = Text(
    "{unit} 还有到期未缴的费用，不能开具缴清证明；请住户先到收银台缴清。",
    "{unit} still owes something that is due, so it is not certified as paid up. It is settled at the till.",
)
HOLDS = Text("真实有效：本中心开具，未作废。", "Genuine and valid: issued by us and not void.")
EXPIRED = Text("本中心开具，但已过有效期：到 {day}。", "Issued by us, but it has expired: it was valid until {day}.")
VOIDED = Text("已作废：{why}", "It is void: {why}")
IS_DRAFT = Text("这张证明没有开具。", "This certificate was never issued.")
ISSUED = Text("已开具 {number}。", "{number} is issued.")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the conditions of a template go by; ``lives`` and ``owes`` are of the resident and the unit it names."""

    in_use: bool = True
    has_unit: bool = True
    must_live: bool = False
    lives: bool = False
    must_be_paid: bool = False
    owes: bool = False
    missing: tuple[str, ...] = ()


def refusal(facts: Facts) -> Text | None:
    """Why a certificate is not issued; None where it is. Source: domain S13."""
    if not facts.in_use:
        return NOT_IN_USE
    if (facts.must_live or facts.must_be_paid) and not facts.has_unit:
        return NO_UNIT
    if facts.must_live and not facts.lives:
        return NOT_LIVING
    if facts.must_be_paid and facts.owes:
        return OWES
    return MISSING.with_(what=called(facts.missing)) if facts.missing else None


def valid_until(issued_on: date, days: int | None) -> date | None:
    """The last day on which a certificate holds; None for one without end. The day of issue is the first."""
    return issued_on + timedelta(days=days - 1) if days else None


def verdict(state: str, until: date | None, why: str | None, today: date) -> tuple[str, Text]:
    """Whether a certificate holds ('good', 'over' or 'bad'), and the sentence that says so. Source: domain S13."""
    if state == "void":
        return "bad", VOIDED.with_(why=why or "—")
    if state != "issued":
        return "bad", IS_DRAFT
    if until is not None and until < today:
        return "over", EXPIRED.with_(day=until)
    return "good", HOLDS


def code_of(registry: Registry, id: int) -> str:
    """The code on a certificate."""
    return registry.codes.sign(KIND, id)


@preparation("certificate_template")
def prepare_template(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """A template whose placeholders are not all known is refused with those that are (S13)."""

    def one(values: Mapping[str, Any] | None) -> Prepared:
        said = wrong_with((values or {}).get("body") or "")
        return Prepared(problems={"body": [said]}) if said else Prepared()

    return [one(draft.values) for draft in drafts]


@preparation("certificate")
def prepare(registry: Registry, actor: Actor, drafts: Sequence[Draft]) -> Sequence[Prepared]:
    """The text of a draft is written from its template; nobody writes it by hand (S13)."""
    found = Gathered.of(registry, actor, [d.values for d in drafts if d.values and d.values.get("state") == "draft"])
    today = registry.clock.today()

    def one(values: Mapping[str, Any] | None) -> Prepared:
        if values is None or values.get("state") != "draft" or values.get("template") not in found.templates:
            return Prepared()
        return Prepared(values=found.written(values, today)[0])

    return [one(draft.values) for draft in drafts]


@operation("issue_certificate")
def issue_certificate(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Issue drafts whose conditions hold: their text is written for the last time (S13).

    Whether a household owes is asked as the program; what comes out is yes or no.
    """
    rows = registry.scope.records(actor, "certificate", selection.ids)
    found = Gathered.of(registry, actor, [row.values for row in rows])
    unpaid = owing(registry, [row["unit"] for row in rows if row["unit"]])
    today, by_id = now.astimezone(registry.clock.zone).date(), {row.id: row for row in rows}

    def one(id: int) -> Text:
        row = by_id[id]
        values, missing = found.written(row.values, today)
        if said := refusal(found.facts(row.values, unpaid, missing)):
            names = {"template": "template", "name": "resident", "unit": "unit"}
            raise Refused(said.with_(**{gap: row.titles.get(name) or "" for gap, name in names.items()}))
        values = {**values, "state": "issued", "issued_by": actor.id, "issued_at": now}
        registry.store.update(actor, "certificate", id, values, Source("action", "issue_certificate"), row.version)
        return ISSUED.with_(number=row["number"])

    return registry.store.each(selection.ids, one)


# -- parts -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything that the texts of some certificates are made of, as the actor may see it."""

    office: Text
    templates: Mapping[int, Record]
    residents: Mapping[int, Record]
    units: Mapping[int, Record]
    addresses: Mapping[int, str]
    roles: Mapping[tuple[int, int], tuple[Text, date | None]] = field(default_factory=dict)
    """(unit, resident) → as what they live there now, and since when."""

    @classmethod
    def of(cls, registry: Registry, actor: Actor, rows: Sequence[Mapping[str, Any]]) -> Gathered:
        """What these rows need; a fixed number of queries."""

        def linked(name: str, entity: str, columns: tuple[str, ...]) -> dict[int, Record]:
            ids = sorted({row[name] for row in rows if row.get(name)})
            return {one.id: one for one in registry.scope.records(actor, entity, ids, columns)} if ids else {}

        units = linked("unit", "unit", OF_UNIT)
        buildings = sorted({one["building"] for one in units.values() if one["building"]})
        shown = registry.scope.records(actor, "building", buildings, ("address",)) if buildings else []
        name = registry.schema.office.name
        return cls(
            name, linked("template", "certificate_template", OF_TEMPLATE),
            linked("resident", "resident", OF_RESIDENT), units, {one.id: one["address"] or "" for one in shown},
            _roles(registry, actor, units, {row.get("resident") for row in rows}),
        )  # fmt: skip

    def written(self, row: Mapping[str, Any], today: date) -> tuple[dict[str, Any], tuple[str, ...]]:
        """Kind, heading, text and validity of a certificate as of ``today``, and the placeholders without a value."""
        template = self.templates[row["template"]]
        locale: Locale = "en" if template["language"] == "en" else "zh"
        until = valid_until(today, template["valid_days"])
        filled = fill(template["body"], self._values(row, locale, today, until), locale)
        made = {"kind": template["kind"], "heading": template["heading"], "text": filled.text, "valid_until": until}
        return made, filled.missing

    def facts(self, row: Mapping[str, Any], unpaid: set[int], missing: tuple[str, ...]) -> Facts:
        """What the conditions of its template go by."""
        template = self.templates[row["template"]]
        return Facts(
            in_use=bool(template["in_use"]), has_unit=row.get("unit") is not None, missing=missing,
            must_live=bool(template["must_live"]), lives=(row.get("unit"), row.get("resident")) in self.roles,
            must_be_paid=bool(template["must_be_paid"]), owes=row.get("unit") in unpaid,
        )  # fmt: skip

    def _values(self, row: Mapping[str, Any], locale: Locale, today: date, until: date | None) -> dict[str, str]:
        unit, resident = self.units.get(row.get("unit") or 0), self.residents.get(row.get("resident") or 0)
        role, since = self.roles.get((row.get("unit") or 0, row.get("resident") or 0), (Text("", ""), None))
        return {
            **{name: _shown(resident, name) for name in OF_RESIDENT},
            **{name: row.get(name) or "" for name in ("purpose", "recipient", "details")},
            "unit": unit.title if unit else "", "address": self.addresses.get(unit["building"], "") if unit else "",
            "area": f"{unit['area']} m²" if unit and unit["area"] else "", "role": role.to(locale),
            "since": said_day(since, locale), "issued_on": said_day(today, locale),
            "valid_until": said_day(until, locale), "office": self.office.to(locale),
        }  # fmt: skip


def _roles(
    registry: Registry, actor: Actor, units: Iterable[int], residents: Iterable[int | None]
) -> dict[tuple[int, int], tuple[Text, date | None]]:
    """As what people live in units now, and since when: the oldest line of each."""
    wanted = tuple(units)
    if not wanted:
        return {}
    there = (
        Condition("unit", "in", wanted), Condition("ended_on", "empty"),
        Condition("resident", "in", tuple(sorted(one for one in residents if one))),
    )  # fmt: skip
    query = Query(conditions=there, columns=("unit", "resident", "role", "started_on"), sort="id")
    choices = getattr(registry.schema.entities["occupancy"].fields["role"].type, "choices", {})
    found: dict[tuple[int, int], tuple[Text, date | None]] = {}
    for one in registry.scope.stream(actor, "occupancy", query):
        role = choices[one["role"]].label if one["role"] in choices else Text("", "")
        found.setdefault((one["unit"], one["resident"]), (role, one["started_on"]))
    return found


def _shown(record: Record | None, name: str) -> str:
    """A value as the actor sees it; '' for what is hidden or masked, so that nothing of it is kept in a text."""
    value = record.get(name) if record is not None else None
    return "" if value is None or isinstance(value, Masked) else str(value)
