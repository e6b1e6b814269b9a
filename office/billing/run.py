"""Bill runs: tried first, then published set by set, and voided again; twice makes nothing twice (F3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from models.actor import Actor, Source
from models.errors import Duplicate, Refused
from models.jobs import JobResult, job
from models.operations import Outcome, Selection, operation
from models.query import Condition, Query
from models.schedule.job_runs import JobRuns
from models.storage.database import in_turn
from models.storage.locking import lock_rows
from models.storage.quiet import without_collecting
from models.storage.rows import batches
from office.billing.bills import void, voidable
from office.billing.drafts import Draft, Drafted, drafted
from office.billing.facts import ZERO, Wanted, read_facts
from office.billing.preview import asked, both, preview
from office.till.closing import refuse_closed
from schema.text import Text

if TYPE_CHECKING:
    from models.record import Record
    from models.registry import Registry

SCHEDULE = "bill_runs"
"""The schedule under which runs are gone on with in the background."""
AT_ONCE = 500
"""Bills that are made before the answer is given; more are made in the background."""
CHUNK = 10_000
"""Bills in one transaction, in the background: other writers wait for about half a second (50 µs of work a bill)."""
VOIDED_AT_ONCE = 200

CHANGED = Text("试算之后改过设置，请先重新试算。", "It was changed after the dry run; do the dry run again first.")
NOTHING = Text("没有可以出账的账单。", "There is nothing to bill.")
PUBLISHED = Text(
    "已出账 {created} 张，合计 {amount} 元；{already} 户已出过账，没有重复；{left} 处因资料不全未出账。",
    "Bills published: {created}, {amount} in all; there already and not made twice: {already}; not billed yet: {left}.",
)
BEGUN = Text("共 {count} 张，正在后台出账。", "{count} bills; they are being made in the background.")
STOPPED = Text("出账中止：{why}", "The run was stopped: {why}")
VOIDING = Text("共 {count} 张，正在后台作废。", "{count} bills; they are being voided in the background.")
VOIDED = Text(
    "已作废 {voided} 张；{kept} 张已有收款或减免，保留：{titles}",
    "Bills voided: {voided}; with payments or waivers, so that they stay: {kept} ({titles})",
)
ALL_VOIDED = Text("已作废 {voided} 张。", "Bills voided: {voided}.")
WENT_ON = Text("继续处理了 {count} 个出账批次。", "Went on with {count} bill runs.")
NAMED = 20


@operation("check_run")
def check_run(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Work out what the runs come to and keep it with them; no bill is made (domain F3)."""
    return registry.store.each(selection.ids, lambda one: _check(registry, actor, one, now))


@operation("publish_run")
def publish_run(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Make the bills of runs that were tried: few at once, many in the background (domain F3)."""
    return registry.store.each(selection.ids, lambda one: _publish(registry, actor, one, now))


@operation("void_run")
def void_run(
    registry: Registry, selection: Selection, actor: Actor, now: datetime, answers: Mapping[str, Any]
) -> Outcome:
    """Void the bills of runs for a reason; those with payments or waivers stay and are named (domain F3)."""
    return registry.store.each(selection.ids, lambda one: _void(registry, actor, one, answers["reason"], now))


@job("bill_runs")
def go_on(registry: Registry, actor: Actor, now: datetime, with_: Any) -> JobResult:
    """Go on with every run that is being published or voided, chunk by chunk, also after a sudden end."""
    under_way = Query(conditions=(Condition("state", "in", ("running", "voiding")),), sort="id")
    ids = [run.id for run in registry.scope.stream(actor, "bill_run", under_way)]
    for id in ids:
        run = registry.scope.get(actor, "bill_run", id)
        if run["state"] == "running":
            _go_on_publishing(registry, actor, run)
        elif run["state"] == "voiding":
            _go_on_voiding(registry, actor, run, now.astimezone(registry.clock.zone).date())
    return JobResult(len(ids), WENT_ON.with_(count=len(ids)))


def wanted_of(run: Record) -> Wanted:
    """What a run's record asks for."""
    month = date.fromisoformat(f"{run['month']}-01")
    return Wanted(run.id, month, tuple(run["fee_types"] or ()), tuple(run["buildings"] or ()), run["issued_on"],
                  run["due_on"])  # fmt: skip


# -- trying ----------------------------------------------------------------------------------------


@without_collecting()
def _check(registry: Registry, actor: Actor, id: int, now: datetime) -> Text:
    run = registry.scope.get(actor, "bill_run", id)
    facts = read_facts(registry, actor, wanted_of(run))
    made = [drafted(facts, fee_type) for fee_type in facts.fee_types.values()]
    found = preview(registry, actor, facts, made, now)
    _save(registry, actor, id, {"preview": found, "state": "checked"}, "check_run")
    return Text(found["said"]["zh"], found["said"]["en"])


# -- publishing ------------------------------------------------------------------------------------


def _publish(registry: Registry, actor: Actor, id: int, now: datetime) -> Text:
    run = registry.scope.get(actor, "bill_run", id)
    if run["state"] == "running":
        _wake(registry, now)
        return BEGUN.with_(count=f"{run['preview']['count']:,}")
    if run["preview"]["asked"] != asked(wanted_of(run)):
        raise Refused(CHANGED)
    refuse_closed(registry, run["issued_on"])
    if run["preview"]["count"] > AT_ONCE:
        _save(registry, actor, id, {"state": "running"}, "publish_run")
        _wake(registry, now)
        return BEGUN.with_(count=f"{run['preview']['count']:,}")
    return publish_whole(registry, actor, run)


def publish_whole(registry: Registry, actor: Actor, run: Record) -> Text:
    """Make all bills of a run that was tried, however many, within the transaction of the caller."""
    made = _made(registry, actor, run)
    for one in made:
        _create(registry, actor, one.drafts, run.id)
    return _end(registry, actor, run, made)


def _made(registry: Registry, actor: Actor, run: Record) -> list[Drafted]:
    """What is still to be billed, from the facts as they are now."""
    facts = read_facts(registry, actor, wanted_of(run))
    return [drafted(facts, fee_type) for fee_type in facts.fee_types.values()]


def _create(registry: Registry, actor: Actor, drafts: Sequence[Draft], run: int) -> None:
    """Make these bills; those that someone else made meanwhile stay theirs. Raises Refused for any other reason."""
    values = (draft.values for draft in drafts)
    for made in registry.store.create_each(actor, "bill", values, Source("action", f"bill_run {run}"), normal=True):
        if isinstance(made, Refused) and not isinstance(made, Duplicate):
            raise made


def _chunks(made: Sequence[Drafted]) -> Iterator[Sequence[Draft]]:
    """The bills to make in one transaction each; what is shared out is made whole or not at all."""
    for one in made:
        if one.fee_type.basis == "shared":
            yield one.drafts
        else:
            yield from batches(one.drafts, CHUNK)


@without_collecting()
def _go_on_publishing(registry: Registry, actor: Actor, run: Record) -> None:
    begun = {**run["preview"], "begun": run["preview"]["begun"] + 1}
    _save(registry, actor, run.id, {"preview": begun}, SCHEDULE)
    run = registry.scope.get(actor, "bill_run", run.id)
    try:
        made = _made(registry, actor, run)
        for drafts in _chunks(made):
            with in_turn(registry.db):
                if registry.scope.get(actor, "bill_run", run.id)["state"] != "running":
                    return
                refuse_closed(registry, run["issued_on"])
                _create(registry, actor, drafts, run.id)
        with registry.store.transaction():
            _end(registry, actor, run, made)
    except Refused as refused:
        why = STOPPED.with_(why=refused.text)
        _save(registry, actor, run.id, {"state": "checked", "preview": {**begun, "said": both(why)}}, SCHEDULE)


def _end(registry: Registry, actor: Actor, run: Record, made: Sequence[Drafted]) -> Text:
    """The run is published; what it came to is kept with it."""
    mine = Query(conditions=(Condition("run", "equals", run.id), Condition("state", "not_equals", "void")))
    now = registry.scope.aggregate(actor, "bill", {"amount": "amount"}, query=mine)[0]
    already = sum(one.already for one in made)
    left = sum(1 for one in made for finding in one.findings if finding.why not in ("no_payer", "no_charge"))
    amount = now["amount"] or ZERO
    said = PUBLISHED.with_(created=f"{now.count:,}", amount=f"{amount:,.2f}", already=f"{already:,}", left=f"{left:,}")
    result = {"created": now.count, "amount": f"{amount:.2f}", "already": already, "left": left}
    kept = {**run["preview"], "result": result, "said": both(said)}
    _save(registry, actor, run.id, {"state": "published", "preview": kept}, "publish_run")
    return said


# -- voiding ---------------------------------------------------------------------------------------


def _void(registry: Registry, actor: Actor, id: int, reason: str, now: datetime) -> Text:
    run = registry.scope.get(actor, "bill_run", id)
    refuse_closed(registry, run["issued_on"])
    kept = {**(run["preview"] or {}), "void_reason": reason}
    count = len(_living(registry, actor, id))
    if count > VOIDED_AT_ONCE or run["state"] == "running":
        _save(registry, actor, id, {"state": "voiding", "preview": kept}, "void_run")
        _wake(registry, now)
        return VOIDING.with_(count=f"{count:,}")
    today = now.astimezone(registry.clock.zone).date()
    living = _living(registry, actor, id)
    lock_rows(registry.db, "bill", living)
    free, _ = voidable(registry, actor, living)
    for bill in free:
        void(registry, actor, bill, reason, today, "void_run")
    return _end_voiding(registry, actor, id, kept)


def _living(registry: Registry, actor: Actor, run: int) -> list[int]:
    mine = Query(conditions=(Condition("run", "equals", run), Condition("state", "not_equals", "void")), sort="id")
    return [bill.id for bill in registry.scope.stream(actor, "bill", mine)]


def _go_on_voiding(registry: Registry, actor: Actor, run: Record, today: date) -> None:
    kept = run["preview"]
    for some in batches(_living(registry, actor, run.id), VOIDED_AT_ONCE):
        with in_turn(registry.db):
            refuse_closed(registry, run["issued_on"])
            lock_rows(registry.db, "bill", some)
            free, _ = voidable(registry, actor, some)
            for bill in free:
                void(registry, actor, bill, kept["void_reason"], today, "void_run")
    with registry.store.transaction():
        _end_voiding(registry, actor, run.id, kept)


def _end_voiding(registry: Registry, actor: Actor, id: int, kept: Mapping[str, Any]) -> Text:
    """Say how many were voided and which stay; a run of which nothing stays is void."""
    gone = Query(conditions=(Condition("run", "equals", id), Condition("state", "equals", "void")))
    voided, left = registry.scope.count(actor, "bill", gone), _living(registry, actor, id)
    titles = [*registry.scope.titles(actor, "bill", left[:NAMED]).values()]
    named = Text("、".join(titles), ", ".join(titles))
    said = VOIDED.with_(voided=f"{voided:,}", kept=f"{len(left):,}", titles=named) if left else ALL_VOIDED.with_(
        voided=f"{voided:,}")  # fmt: skip
    kept = {**kept, "said": both(said), "voided": {"voided": voided, "kept": left[:500]}}
    _save(registry, actor, id, {"state": "published" if left else "void", "preview": kept}, "void_run")
    return said


# -- parts -----------------------------------------------------------------------------------------


def _save(registry: Registry, actor: Actor, id: int, values: Mapping[str, Any], detail: str) -> None:
    registry.store.update(actor, "bill_run", id, values, Source("action", detail))


def _wake(registry: Registry, now: datetime) -> None:
    """Have the runs gone on with soon, by whichever process looks first."""
    JobRuns(registry.db, registry.var).ask(SCHEDULE, now, "")
