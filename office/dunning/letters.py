"""The letters and visit forms of dunning: what stands in each, set as PDF in the order of delivery (F7)."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from pypdf import PdfWriter

from models.operations import Selection
from models.printing import Printing, Sheet, document
from models.query import Condition, Query
from models.storage.rows import batches
from office.billing.late_fee_days import plain
from office.dunning.facts import AT_ONCE, Case, cases_of
from office.dunning.levels import DAY, Step
from office.dunning.papers import Owed, owed_by, owed_data, service_data
from office.dunning.policy import DunningPolicy, policy_of
from office.households import Household, address_data, households
from schema.spec import DocumentSpec
from schema.text import Text
from transfer.printing import paper_data
from transfer.typesetting import typeset_each

if TYPE_CHECKING:
    from models.actor import Actor
    from models.registry import Registry


NO_VISIT = Text("这一步不是上门访问。", "This step is no visit.")


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper for one household at one step, as PDF; ``deadline`` is the day it names."""

    case: Case
    step: Step
    household: Household
    owed: Owed
    deadline: date | None
    pdf: bytes = b""


def papers(
    registry: Registry, actor: Actor, policy: DunningPolicy, due: Sequence[tuple[Case, Step]], on: date
) -> list[Paper]:
    """The papers of these steps dated ``on``, in the order of delivery; a step without a template has an empty one.

    Raises Refused where a template cannot be set.
    """
    by_unit = {case.unit: (case, step) for case, step in due}
    owed = owed_by(registry, actor, policy, registry.clock.today(), list(by_unit), on)
    found = [
        Paper(*by_unit[unit], one, owed.get(unit, Owed()), _deadline(by_unit[unit][1], on))
        for unit, one in households(registry, actor, list(by_unit)).items()
    ]
    earlier = _earlier(registry, actor, [one.case for one in found], policy)
    sheets = {one.case.id: sheet(registry, policy, one, on, earlier.get(one.case.id, [])) for one in found}
    pdfs = _set(registry, policy, found, sheets)
    return [Paper(p.case, p.step, p.household, p.owed, p.deadline, pdfs.get(p.case.id, b"")) for p in found]


def sheet(
    registry: Registry, policy: DunningPolicy, paper: Paper, on: date, earlier: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """What stands on the paper of a step: a letter's matter or a visit form's, whichever its template shows."""
    data = {
        "number": number_of(paper.case, paper.step), "issued_on": on, "as_of": on, "unit": paper.household.title,
        "to": address_data(paper.household), **owed_data(paper.owed, on), **service_data(policy, paper.household),
    }  # fmt: skip
    if paper.step.level.means == "visit":
        return data | visit_data(registry, policy, paper)
    return data | {
        "pay_by": paper.deadline, "deadline": paper.deadline, "earlier": list(earlier),
        "late_fee_terms": late_fee_terms(paper),
    }  # fmt: skip


def visit_data(registry: Registry, policy: DunningPolicy, paper: Paper) -> dict[str, Any]:
    """What a visit form shows beside what is owed: whom to ask for, and the lists to tick."""
    choices = registry.schema.choices
    return {
        "household": paper.household.name, "telephone": "、".join(paper.household.phones),
        "stage": policy.name_of(paper.step.number),
        "reasons": [{"label": one.label} for one in choices["refusal_reason"].values()],
        "people": [{"label": one.label} for one in choices["visit_outcome"].values()],
    }  # fmt: skip


def late_fee_terms(paper: Paper) -> dict[str, Any] | None:
    """From when which rate is charged, for bills whose late fee this notice starts; None where it starts none."""
    if not paper.step.level.late_fee_starts or paper.deadline is None:
        return None
    starting = [row.rule for row in paper.owed.rows if row.rule and row.rule.late_from == "final_notice"
                and row.bill.noticed_until is None]  # fmt: skip
    if not starting:
        return None
    rates = sorted({rule.daily_rate for rule in starting})
    caps = {rule.cap_percent for rule in starting}
    alike = caps.pop() if len(caps) == 1 else None
    cap = None if alike is None else f"{plain(alike)}%"
    return {"from": paper.deadline + DAY, "rate": " / ".join(f"{plain(rate)}%" for rate in rates), "cap": cap}


def number_of(case: Case, step: Step) -> str:
    """The number of a paper: that of the case, the level, and the try where it is not the first."""
    return f"{case.number}-{step.number}" + (f"-{step.attempt}" if step.attempt > 1 else "")


@document("home_visit")
def home_visit(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """Forms to take along on visits, with what is owed now (F7). A letter is printed once, and kept with its step."""
    policy, today = policy_of(registry.schema), registry.clock.today()
    rows = registry.scope.records(actor, "dunning_step", selection.ids, ("case", "unit", "level", "attempt", "means"))
    cases = {case.id: case for case in cases_of(registry, actor, {row["case"] for row in rows})}
    units = [row["unit"] for row in rows]
    homes, owed = households(registry, actor, units), owed_by(registry, actor, policy, today, units, today)
    order = {unit: place for place, unit in enumerate(homes)}
    printing = Printing(locale=policy.language)
    for row in sorted((one for one in rows if one["unit"] in order), key=lambda one: order[one["unit"]]):
        if row["means"] != "visit" or row["level"] > policy.highest:
            printing.skipped.append((row.id, NO_VISIT))
            continue
        step = Step(row["level"], policy.level(row["level"]), row["attempt"], today)
        paper = Paper(cases[row["case"]], step, homes[row["unit"]], owed.get(row["unit"], Owed()), None)
        printing.sheets.append(Sheet(row.id, sheet(registry, policy, paper, today, [])))
    return printing


def joined(pdfs: Sequence[bytes]) -> bytes:
    """One PDF of several, for the printer."""
    if len(pdfs) == 1:
        return pdfs[0]
    writer = PdfWriter()
    for one in pdfs:
        writer.append(io.BytesIO(one), import_outline=False)
    writer.compress_identical_objects()
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _deadline(step: Step, on: date) -> date | None:
    return None if step.level.deadline is None else on + timedelta(days=step.level.deadline)


def _set(
    registry: Registry, policy: DunningPolicy, papers: Sequence[Paper], sheets: Mapping[int, dict[str, Any]]
) -> dict[int, bytes]:
    """The PDF of each case's paper, those of one template at once."""
    by_template: dict[str, list[Paper]] = defaultdict(list)
    for one in papers:
        if one.step.level.letter and one.step.level.means != "legal":
            by_template[one.step.level.letter].append(one)
    found: dict[int, bytes] = {}
    for template, ones in by_template.items():
        spec = DocumentSpec(template, ones[0].step.level.label, "dunning_step", frozenset(), template, template)
        data = paper_data(registry, spec, policy.language, [sheets[one.case.id] for one in ones])
        pdfs = typeset_each(template, data, policy.language)
        found.update(zip((one.case.id for one in ones), pdfs, strict=True))
    return found


def _earlier(
    registry: Registry, actor: Actor, cases: Sequence[Case], policy: DunningPolicy
) -> dict[int, list[dict[str, Any]]]:
    """The letters that were delivered in each case, oldest first."""
    numbers = {case.id: case.number for case in cases}
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for some in batches(list(numbers), AT_ONCE):
        sent = (
            Condition("case", "in", tuple(some)), Condition("state", "equals", "sent"),
            Condition("means", "equals", "letter"),
        )  # fmt: skip
        query = Query(conditions=sent, columns=("case", "level", "attempt", "done_on"), sort="done_on")
        for one in registry.scope.stream(actor, "dunning_step", query):
            number = f"{numbers[one['case']]}-{one['level']}" + (f"-{one['attempt']}" if one["attempt"] > 1 else "")
            name: Text = policy.name_of(one["level"])
            found[one["case"]].append({"name": name, "number": number, "delivered_on": one["done_on"]})
    return found
