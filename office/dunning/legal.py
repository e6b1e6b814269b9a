"""The hand-over of a case to the lawyers: cover, bills, history, and every letter and proof in one file (F7)."""

from __future__ import annotations

import io
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Refused
from models.operations import Outcome, Selection, operation
from models.printing import Printing, Sheet, document, find
from models.query import Condition, Query
from models.storage.files import StoredFile, safe_name
from office.dunning.cases import keep
from office.dunning.facts import Case, cases_of, situation
from office.dunning.levels import PAID, Hold, next_level
from office.dunning.papers import Owed, owed_by, owed_data
from office.dunning.policy import DunningPolicy, policy_of
from office.households import Household, households
from schema.text import Text
from transfer.printing import paper_data
from transfer.typesetting import typeset

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

ZIP, PDF = "application/zip", "application/pdf"
DOCUMENT = "legal_handover"

NOT_YET = Text("还没到“移交法务”：{why}", "It is not time for the lawyers yet: {why}")
EARLIER_STAGE = Text("下一步是“{level}”。", "“{level}” comes next.")
HANDED_OVER = Text("已移交法务。", "Handed over to legal.")
AGAIN = Text("材料已重新生成。", "The papers are made again.")
BILL = Text("账单", "Bills")
LETTER_OF = Text("函件", "Letters")
PROOF = Text("送达凭证", "Proofs of delivery")
VISIT = Text("上门照片", "Photos of visits")
NOTICE = Text("缴费通知单", "Payment notices")
DELIVERED = Text("已送达", "Delivered")
BY_PHOTO, BY_SIGNATURE = Text("照片 {n} 张", "{n} photos"), Text("住户签收", "signed by the household")
PAYMENT_STAGE, HOLD_STAGE = Text("缴费", "Payment"), Text("暂缓", "Hold")
PAID_BILL = Text("缴纳 {bill} {amount} 元", "{amount} yuan paid for {bill}")
TAKEN_BACK = Text("冲回 {bill} {amount} 元", "{amount} yuan taken back for {bill}")
PROMISED = Text("{kind}，至 {until}", "{kind}, until {until}")
RESOLVED = Text("{what}（{day} 解除）", "{what} (ended on {day})")


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything of one case, as the reader may see it."""

    case: Case
    household: Household
    owed: Owed
    steps: Sequence[Record]
    holds: Sequence[Record]
    payments: Sequence[Record]
    bills: Sequence[Record]


@operation("hand_to_legal")
def hand_to_legal(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Hand cases over to the lawyers: one ZIP with a folder for each, holding its papers and the proofs (F7).

    A case that is with the lawyers already gets its papers again. Raises Refused where a template cannot be set.
    """
    today, policy = now.astimezone(registry.clock.zone).date(), policy_of(registry.schema)
    outcome, ready = Outcome(), {}
    for id, case in _cases(registry, actor, selection).items():
        try:
            _refuse_early(registry, actor, policy, case, today)
            ready[id] = case
        except Refused as refused:
            outcome.skipped.append((id, refused.text))
    if ready:
        keep(registry, actor, today, [case.unit for case in ready.values()])
        found = dossiers(registry, actor, policy, [case.id for case in ready.values()], today)
        pdfs = {one.case.id: _cover(registry, actor, policy, one, today) for one in found}
        for id, case in ready.items():
            outcome.done.append((id, _hand_over(registry, actor, policy, case, pdfs[case.id], today)))
        outcome.files.append(_bundle(registry, policy, found, pdfs, today))
    return outcome


@document(DOCUMENT)
def legal_handover(
    registry: Registry, actor: Actor, selection: Selection, now: datetime, answers: Mapping[str, Any]
) -> Printing:
    """The cover, what is owed and the history of cases."""
    today, policy = now.astimezone(registry.clock.zone).date(), policy_of(registry.schema)
    found = dossiers(registry, actor, policy, selection.ids, today)
    sheets = [Sheet(one.case.id, sheet(registry, policy, one, actor, today)) for one in found]
    return Printing(sheets, locale=policy.language)


def dossiers(
    registry: Registry, actor: Actor, policy: DunningPolicy, ids: Collection[int], today: date
) -> list[Dossier]:
    """All that is known of these cases, in the order of delivery."""
    cases = {case.unit: case for case in cases_of(registry, actor, ids)}
    owed = owed_by(registry, actor, policy, today, list(cases), today)
    mine = (Condition("case", "in", tuple(ids)),)
    steps = _by(registry, actor, "dunning_step", Query(conditions=mine, columns=_STEP, sort="id"), "case")
    holds = _by(registry, actor, "dunning_hold", Query(conditions=mine, columns=_HOLD, sort="id"), "case")
    attached = (Condition("dunning_case", "in", tuple(ids)), Condition("state", "equals", "published"))
    bills = _by(registry, actor, "bill", Query(conditions=attached, columns=_BILL, sort="due_on"), "dunning_case")
    chosen = tuple(bill.id for some in bills.values() for bill in some)
    paid = (Condition("bill", "in", chosen),)
    payments = _by(registry, actor, "allocation", Query(conditions=paid, columns=_PAID, sort="on"), "bill")
    return [
        Dossier(
            case, household, owed.get(unit, Owed()), steps[case.id], holds[case.id],
            [one for bill in bills[case.id] for one in payments[bill.id]], bills[case.id],
        )
        for unit, household in households(registry, actor, list(cases)).items() for case in (cases[unit],)
    ]  # fmt: skip


def sheet(registry: Registry, policy: DunningPolicy, one: Dossier, actor: Actor, today: date) -> dict[str, Any]:
    """What stands on the hand-over paper of a case."""
    id_numbers = registry.scope.records(actor, "resident", one.household.owners, ("id_number",))
    numbers = "、".join(str(row.get("id_number")) for row in id_numbers if row.get("id_number"))
    return {
        "number": one.case.number, "issued_on": today, "unit": one.household.title, "area": one.household.area,
        "debtor": {
            "name": one.household.name, "id_number": numbers, "telephone": "、".join(one.household.phones),
            "address": " ".join(part for part in (one.household.address, one.household.title) if part),
            "since": one.household.since,
        },
        **owed_data(one.owed, today), "papers": list(_paper_list(one)),
        "history": history(registry, policy, one), "handed_by": actor.name,
    }  # fmt: skip


def history(registry: Registry, policy: DunningPolicy, one: Dossier) -> list[dict[str, Any]]:
    """Everything that happened in a case, oldest first: steps, holds, payments."""
    choices = registry.schema.choices
    rows = [_step_row(policy, choices, step) for step in one.steps if step["done_on"] and step["state"] != "dropped"]
    rows += [_hold_row(choices, held) for held in one.holds]
    rows += [_payment_row(paid) for paid in one.payments if paid["amount"]]
    return sorted(rows, key=lambda row: row["day"])


_STEP = ("case", "level", "attempt", "means", "state", "done_on", "letter_on", "deadline", "doer", "outcome", "reason",
         "words", "why", "proof", "signature", "letter")  # fmt: skip
_HOLD = ("case", "kind", "starts_on", "until", "amount", "reason", "resolved_on")
_BILL = ("dunning_case", "fee_type", "period", "notice", "proof")
_PAID = ("bill", "amount", "late_fee", "on")


def _by(registry: Registry, actor: Actor, entity: str, query: Query, field: str) -> dict[int, list[Record]]:
    found: dict[int, list[Record]] = defaultdict(list)
    for row in registry.scope.stream(actor, entity, query):
        found[row[field]].append(row)
    return found


def _cases(registry: Registry, actor: Actor, selection: Selection) -> dict[int, Case]:
    """The case of each record of a selection of cases or steps."""
    if selection.entity == "dunning_case":
        of = {id: id for id in selection.ids}
    else:
        query = Query(ids=selection.ids, columns=("case",), sort="id")
        of = {row.id: row["case"] for row in registry.scope.stream(actor, selection.entity, query)}
    found = {case.id: case for case in cases_of(registry, actor, set(of.values()))}
    return {id: found[of[id]] for id in selection.ids if of.get(id) in found}


def _legal_step(case: Case) -> bool:
    return any(step.means == "legal" and step.fact.state == "sent" for step in case.steps)


def _refuse_early(registry: Registry, actor: Actor, policy: DunningPolicy, case: Case, today: date) -> None:
    """Raises Refused unless the handover is what is due: no level before it is left out here."""
    if case.state == "closed":
        raise Refused(PAID)
    if _legal_step(case):
        return
    found = next_level(policy, situation(registry, actor, policy, today, [case.unit]).facts(case.unit), today)
    if isinstance(found, Hold):
        raise Refused(NOT_YET.with_(why=found.said))
    if found.level.means != "legal":
        raise Refused(NOT_YET.with_(why=EARLIER_STAGE.with_(level=found.level.label)))


def _cover(registry: Registry, actor: Actor, policy: DunningPolicy, one: Dossier, today: date) -> bytes:
    spec = find(registry.schema, DOCUMENT)
    data = paper_data(registry, spec, policy.language, [sheet(registry, policy, one, actor, today)])
    return typeset(spec.template, data, policy.language)


def _hand_over(
    registry: Registry, actor: Actor, policy: DunningPolicy, case: Case, pdf: bytes, today: date
) -> Text:  # fmt: skip
    """Note that the step is done, with its paper; again, only say so."""
    if _legal_step(case):
        return AGAIN
    source = Source("action", "hand_to_legal")
    fresh = cases_of(registry, actor, [case.id])[0]
    step = next(step for step in fresh.steps if step.means == "legal" and step.fact.state in ("proposed", "queued"))
    key = registry.files.put(actor, "dunning_step", None, safe_name(f"{case.number}.pdf"), io.BytesIO(pdf))
    done = {"state": "sent", "done_on": today, "doer": actor.id, "letter_on": today, "letter": (key,)}
    registry.store.update(actor, "dunning_step", step.id, done, source, step.version)
    reached = {"level": step.fact.level, "level_on": today, "state": "legal"}
    registry.store.update(actor, "dunning_case", case.id, reached, source)
    return HANDED_OVER


# -- the papers ------------------------------------------------------------------------------------


def _bundle(
    registry: Registry, policy: DunningPolicy, found: Sequence[Dossier], pdfs: Mapping[int, bytes], today: date
) -> tuple[str, bytes, str]:
    """One ZIP: of each case a folder with its cover and all files of its steps and bills."""
    out, language = io.BytesIO(), policy.language
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for one in found:
            folder = safe_name(f"{one.case.number} {one.household.title}")
            name = find(registry.schema, DOCUMENT).label.to(language)
            archive.writestr(f"{folder}/00 {safe_name(name)}.pdf", pdfs[one.case.id])
            for number, (kind, day, file) in enumerate(_files(registry, one), 1):
                path = f"{folder}/{number:02} {kind.to(language)}{f' {day}' if day else ''} {file.name}"
                archive.write(registry.files.path(file), path)
    what = found[0].case.number if len(found) == 1 else f"×{len(found)}"
    return safe_name(f"{find(registry.schema, DOCUMENT).label.to(language)} {what} {today}.zip"), out.getvalue(), ZIP


def _files(registry: Registry, one: Dossier) -> Iterator[tuple[Text, date | None, StoredFile]]:
    """Every file of a case: notices of its bills, letters, proofs, photos; with its kind and day."""
    for bill in one.bills:
        for kind, name in ((NOTICE, "notice"), (PROOF, "proof")):
            for file in registry.files.named("bill", bill[name] or ()):
                yield kind, None, file
    for step in one.steps:
        proof = VISIT if step["means"] == "visit" else PROOF
        for kind, name in ((LETTER_OF, "letter"), (proof, "proof"), (proof, "signature")):
            for file in registry.files.named("dunning_step", step[name] or ()):
                yield kind, step["done_on"] or step["letter_on"], file


def _paper_list(one: Dossier) -> Iterator[dict[str, Any]]:
    """What is handed over, with how many of each."""
    counts: dict[str, tuple[Text, int]] = {}
    for step in one.steps:
        photos = VISIT if step["means"] == "visit" else PROOF
        for kind, name in ((LETTER_OF, "letter"), (photos, "proof"), (photos, "signature")):
            number = len(step[name] or ())
            counts[kind.en] = (kind, counts.get(kind.en, (kind, 0))[1] + number)
    notices = sum(len(bill["notice"] or ()) for bill in one.bills)
    yield {"name": BILL, "copies": len(one.bills)}
    yield from ({"name": kind, "copies": n} for kind, n in [(NOTICE, notices), *counts.values()] if n)


def _step_row(policy: DunningPolicy, choices: Any, step: Record) -> dict[str, Any]:
    is_delivered = step["means"] == "letter" and step["state"] == "sent"
    state = DELIVERED if is_delivered else choices["dunning_step_state"][step["state"]].label
    said = [Text("{a}：{b}", "{a}: {b}").with_(a=choices["dunning_means"][step["means"]].label, b=state)]
    for name, of in (("outcome", "visit_outcome"), ("reason", "refusal_reason")):
        if step[name]:
            said.append(choices[of][step[name]].label)
    words = [_plain(text) for text in (step["words"], step["why"]) if text]
    proofs = [BY_PHOTO.with_(n=len(step["proof"]))] if step["proof"] else []
    proofs += [BY_SIGNATURE] if step["signature"] else []
    return {
        "day": step["done_on"], "stage": policy.name_of(step["level"]), "what": _listed([*said, *words]),
        "by": step.titles.get("doer", ""), "proof": _listed(proofs) if proofs else None,
    }  # fmt: skip


def _hold_row(choices: Any, held: Record) -> dict[str, Any]:
    kind = choices["hold_kind"][held["kind"]].label
    said = PROMISED.with_(kind=kind, until=held["until"]) if held["until"] else kind
    parts = [said, _plain(held["reason"])] if held["reason"] else [said]
    what = _listed(parts)
    if held["resolved_on"]:
        what = RESOLVED.with_(what=what, day=held["resolved_on"])
    return {"day": held["starts_on"], "stage": HOLD_STAGE, "what": what}


def _payment_row(paid: Record) -> dict[str, Any]:
    words = PAID_BILL if paid["amount"] > 0 else TAKEN_BACK
    what = words.with_(bill=paid.titles.get("bill", ""), amount=abs(paid["amount"]))
    return {"day": paid["on"], "stage": PAYMENT_STAGE, "what": what}


def _plain(words: str) -> Text:
    """Someone's own words: braces in them are no gaps."""
    return Text("{words}", "{words}").with_(words=words)


def _listed(parts: Sequence[Text]) -> Text:
    """Several sayings in one line."""
    zh, en = "；".join(part.to("zh") for part in parts), "; ".join(part.to("en") for part in parts)
    return Text("{zh}", "{en}").with_(zh=zh, en=en)
