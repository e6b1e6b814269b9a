"""Deadlines are kept by the store whoever writes, raised once, and found by what is due next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.actor import SYSTEM, Actor
from models.errors import Invalid
from models.escalation import escalate
from models.query import Query
from schema import load
from schema.spec_clocks import made_names
from tests.models.conftest import FORM, Shelves, furnished

pytestmark = pytest.mark.both_engines
JOB = Actor(None, "late", frozenset({"head"}), job="escalate_deadlines")
# The library opens on Tuesdays to Fridays, 09:30-12:30 and 14:00-18:00, and on Saturdays, 10:00-13:00.


def at(shelves: Shelves, words: str) -> datetime:
    """Set the clock of the library to a moment of its day."""
    clock = shelves.registry.clock
    clock.at = datetime.fromisoformat(words).replace(tzinfo=clock.zone)
    return datetime.fromisoformat(words).replace(tzinfo=clock.zone).astimezone(UTC)


def moment(shelves: Shelves, words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=shelves.registry.clock.zone).astimezone(UTC)


def clocks(shelves: Shelves, id: int, entity: str = "fine") -> dict[str, Any]:
    spec = shelves.registry.schema.entities[entity]
    row = shelves.raw(entity, id)
    return {name: row[name] for name in made_names(spec.deadlines) if name in row}


def fine(shelves: Shelves, **values: Any) -> int:
    return shelves.make("fine", **{"member": shelves.make("member", name="Ann"), "amount": "60.00", **values})


def change(shelves: Shelves, id: int, **values: Any) -> None:
    shelves.registry.store.update(SYSTEM, "fine", id, values, FORM)


def test_a_new_record_has_its_deadlines(shelves: Shelves) -> None:
    """24 hours of the library from Tuesday at eleven: seven hours a day."""
    at(shelves, "2026-03-17 11:00")
    dear, cheap = fine(shelves), fine(shelves, amount="5.00")
    assert clocks(shelves, dear) == {
        "payment_due_at": moment(shelves, "2026-03-20 15:30"), "payment_left": None, "payment_met_at": None,
        "payment_warn_at": moment(shelves, "2026-03-20 10:00"), "payment_raised": None,
        "payment_raise_at": moment(shelves, "2026-03-20 15:30"),
        "notice_due_at": moment(shelves, "2026-03-17 11:30"), "notice_left": None, "notice_met_at": None,
        "notice_warn_at": None, "notice_raised": None, "notice_raise_at": None,
        "due_at": moment(shelves, "2026-03-17 11:30"),
    }  # fmt: skip
    assert clocks(shelves, cheap)["payment_due_at"] == moment(shelves, "2026-03-20 18:00")


ROWS = ({"amount": "60.00"}, {"amount": "5.00"}, {"amount": "70.00", "reason": "disputed"}, {"amount": "1.00"})


def made_singly(shelves: Shelves, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    return [shelves.make("fine", **row) for row in rows]


def made_together(shelves: Shelves, rows: Sequence[Mapping[str, Any]]) -> list[int]:
    spec = shelves.registry.schema.entities["fine"]
    with shelves.registry.store.transaction():
        return list(shelves.registry.store.bulk.create(SYSTEM, spec, rows, FORM))


def changed_singly(shelves: Shelves, changes: Mapping[int, Mapping[str, Any]]) -> None:
    for id, values in changes.items():
        shelves.registry.store.update(SYSTEM, "fine", id, values, FORM)


def changed_together(shelves: Shelves, changes: Mapping[int, Mapping[str, Any]]) -> None:
    with shelves.registry.store.transaction():
        assert shelves.registry.store.changes.save(SYSTEM, shelves.registry.schema.entities["fine"], changes, FORM)


def test_many_at_once_come_out_as_one_by_one(
    opened: Callable[..., Any], library_schema: Any, person: Callable[..., Actor]
) -> None:
    """Made, put on hold, taken up again, paid and paid no more: the same clocks and the same history on both ways."""
    outcomes = []
    for make, alter in ((made_singly, changed_singly), (made_together, changed_together)):
        shelves = furnished(opened(library_schema), person)
        at(shelves, "2026-03-17 11:00")
        member = shelves.make("member", name="Ann")
        ids = make(shelves, [{"member": member, **row} for row in ROWS])
        found = [[clocks(shelves, id) for id in ids]]
        for when, changes in (
            ("2026-03-18 10:00", {ids[0]: {"reason": "disputed"}, ids[1]: {"reason": "disputed"}}),
            ("2026-03-19 15:00", {ids[0]: {"reason": None}, ids[2]: {"paid_on": "2026-03-19"}}),
            ("2026-03-20 17:00", {ids[1]: {"paid_on": "2026-03-20"}, ids[2]: {"paid_on": None}}),
            ("2026-03-21 11:00", {ids[1]: {"reason": "odd"}, ids[3]: {"told_at": "2026-03-20 12:00"}}),
        ):
            at(shelves, when)
            alter(shelves, changes)
            found.append([clocks(shelves, id) for id in ids])
        logged = [[(c.verb, c.changes) for c in shelves.registry.history.of(SYSTEM, "fine", id)] for id in ids]
        outcomes.append((found, logged))
    assert outcomes[0] == outcomes[1]
    held, freed = outcomes[0][0][1][0], outcomes[0][0][2][0]
    assert (held["payment_due_at"], held["payment_left"]) == (None, 24 * 60 - 6 * 60)
    assert freed["payment_due_at"] == moment(shelves, "2026-03-24 16:00")


def test_what_is_done_by_mistake_and_taken_back_never_was(shelves: Shelves) -> None:
    at(shelves, "2026-03-17 11:00")
    id = fine(shelves)
    before = clocks(shelves, id)
    for values in ({"paid_on": "2026-03-18"}, {"reason": "disputed"}, {"amount": "5.00"}):
        at(shelves, "2026-03-18 10:00")
        change(shelves, id, **values)
        assert clocks(shelves, id) != before
        at(shelves, "2026-03-19 10:00")
        (newest, *_) = shelves.registry.history.of(SYSTEM, "fine", id)
        shelves.registry.store.undo(SYSTEM, newest.id, FORM)
        assert clocks(shelves, id) == before


def test_a_record_from_the_trash_has_its_clocks_back(shelves: Shelves) -> None:
    at(shelves, "2026-03-17 11:00")
    id = fine(shelves)
    before = clocks(shelves, id)
    entry = shelves.registry.store.delete(SYSTEM, "fine", id, FORM)
    at(shelves, "2026-03-18 10:00")
    shelves.registry.store.restore(SYSTEM, "fine", entry, FORM)
    assert clocks(shelves, id) == before


def test_steps_turn_the_clock_too(shelves: Shelves) -> None:
    """A loan is due by the end of its day; while it is lost the clock stands still."""
    at(shelves, "2026-03-17 11:00")
    copy = shelves.copy(shelves.book(), cost="5.00")
    shelves.registry.store.step(SYSTEM, "copy", copy, "put_up", {}, "", FORM)
    loan = shelves.make("loan", book_copy=copy, member=shelves.make("member", name="Ann"), due_on="2026-03-18")
    assert clocks(shelves, loan, "loan")["due_at"] is None
    shelves.registry.store.step(SYSTEM, "loan", loan, "hand_out", {}, "", FORM)
    assert clocks(shelves, loan, "loan")["due_at"] == moment(shelves, "2026-03-18 18:00")
    shelves.registry.store.step(SYSTEM, "loan", loan, "lose", {}, "gone", FORM)
    assert clocks(shelves, loan, "loan")["bring_back_left"] == 7 * 60
    at(shelves, "2026-03-25 11:00")
    shelves.registry.store.step(SYSTEM, "loan", loan, "take_back", {"returned_on": "2026-03-25"}, "", FORM)
    found = clocks(shelves, loan, "loan")
    assert (found["bring_back_met_at"], found["due_at"]) == (moment(shelves, "2026-03-25 11:00"), None)


def test_nobody_writes_a_clock(shelves: Shelves) -> None:
    at(shelves, "2026-03-17 11:00")
    id = fine(shelves)
    before = clocks(shelves, id)
    with pytest.raises(Exception, match="may not change"):
        shelves.registry.store.update(shelves.people["desk"], "fine", id, {"payment_due_at": None}, FORM)
    deputy = Actor(None, "all", frozenset({"desk"}), writes=frozenset({("fine", "payment_due_at"), ("fine", "due_at")}))
    shelves.registry.store.update(deputy, "fine", id, {"payment_due_at": "2030-01-01 10:00", "due_at": None}, FORM)
    assert clocks(shelves, id) == before


def test_lists_go_by_what_is_due_next_with_what_is_not_last(shelves: Shelves) -> None:
    at(shelves, "2026-03-17 11:00")
    told = {"told_at": "2026-03-17 11:00"}
    done = fine(shelves, paid_on="2026-03-17", **told)
    cheap, dear, first = fine(shelves, amount="5.00", **told), fine(shelves, **told), fine(shelves)
    registry = shelves.registry
    assert list(registry.scope.ids(SYSTEM, "fine", Query(sort="due_at"), 10)) == [first, dear, cheap, done]
    lights = {
        r.id: r.values["due_light"] for r in registry.scope.page(SYSTEM, "fine", Query(columns=("due_light",))).rows
    }
    assert lights == {first: "ahead", dear: "ahead", cheap: "ahead", done: None}


@pytest.mark.parametrize(
    ("when", "values", "light"),
    [
        ("2026-03-18 10:00", {}, "ahead"),
        ("2026-03-20 09:59", {}, "ahead"),
        ("2026-03-20 10:00", {}, "soon"),
        ("2026-03-20 15:30", {}, "soon"),
        ("2026-03-20 15:31", {}, "late"),
        ("2026-03-20 12:00", {"reason": "disputed"}, "paused"),
        ("2026-03-20 16:00", {"reason": "disputed"}, "paused"),
        ("2026-03-20 15:00", {"paid_on": "2026-03-20"}, "kept"),
        ("2026-03-20 16:00", {"paid_on": "2026-03-20"}, "missed"),
    ],
)
def test_a_light_tells_how_it_stands(shelves: Shelves, when: str, values: dict[str, Any], light: str) -> None:
    """Due on Friday at half past three, amber four hours of the library before; seen through Python and through SQL."""
    at(shelves, "2026-03-17 11:00")
    id = fine(shelves, told_at="2026-03-17 11:00")
    at(shelves, when)
    if values:
        change(shelves, id, **values)
    assert shelves.see("head", "fine", id).values["payment_light"] == light
    found = shelves.registry.scope.ids(SYSTEM, "fine", Query(where=f"payment_light == '{light}'"), 10)
    assert list(found) == [id]
    whole = {"kept": None, "missed": None}.get(light, light)
    assert shelves.see("head", "fine", id).values["due_light"] == whole


def told(shelves: Shelves, who: str) -> list[str]:
    return [message.text.to("en") for message in shelves.registry.inbox.waiting(shelves.people[who], 50)]


def test_what_is_late_is_raised_once_step_by_step(shelves: Shelves) -> None:
    at(shelves, "2026-03-17 11:00")
    id = fine(shelves)
    looks = ("2026-03-20 15:30", "2026-03-20 15:45", "2026-03-20 16:00", "2026-03-24 11:00", "2026-03-28 11:00")
    raised = [escalate(shelves.registry, JOB, at(shelves, when), {}).done for when in looks]
    assert raised == [0, 1, 0, 0, 1]
    assert told(shelves, "desk") == ["Remind the desk: Payment is late by 15 min: Ann M260001 60.00"]
    assert told(shelves, "head") == ["Payment is late by 7 d: Ann M260001 60.00"]
    verbs = [change.verb for change in shelves.registry.history.of(SYSTEM, "fine", id)]
    assert verbs == ["raise:payment:2", "raise:payment:1", "create"]
    assert clocks(shelves, id)["payment_raised"] == 2


def test_a_job_that_comes_late_raises_every_step_in_order(shelves: Shelves) -> None:
    at(shelves, "2026-03-17 11:00")
    fine(shelves)
    assert escalate(shelves.registry, JOB, at(shelves, "2026-04-28 11:00"), {}).done == 2
    assert (len(told(shelves, "desk")), len(told(shelves, "head"))) == (1, 1)


def test_what_is_met_paused_or_reopened_is_not_raised_until_its_new_time(shelves: Shelves) -> None:
    at(shelves, "2026-03-17 11:00")
    id = fine(shelves)
    at(shelves, "2026-03-18 11:00")
    change(shelves, id, paid_on="2026-03-18")
    assert escalate(shelves.registry, JOB, at(shelves, "2026-03-24 11:00"), {}).done == 0
    change(shelves, id, paid_on=None, reason="disputed")
    assert escalate(shelves.registry, JOB, at(shelves, "2026-03-31 11:00"), {}).done == 0
    change(shelves, id, reason=None)
    due = clocks(shelves, id)["payment_due_at"]
    assert escalate(shelves.registry, JOB, due, {}).done == 0
    assert escalate(shelves.registry, JOB, due + timedelta(minutes=1), {}).done == 1
    change(shelves, id, paid_on="2026-04-20")
    change(shelves, id, paid_on=None)
    assert clocks(shelves, id)["payment_raised"] is None


def test_two_processes_at_once_raise_once(
    opened: Callable[..., Any], engine: Any, library_schema: Any, person: Callable[..., Actor]
) -> None:
    home = engine.blank()
    shelves = furnished(opened(library_schema, home), person)
    at(shelves, "2026-03-17 11:00")
    ids = [fine(shelves) for _ in range(25)]
    now = at(shelves, "2026-03-20 16:00")
    done: list[int] = []
    ready = threading.Barrier(2)

    def work(registry: Any) -> None:
        with registry.connection():
            ready.wait(10)
            done.append(escalate(registry, JOB, now, {}).done)

    others = [threading.Thread(target=work, args=(opened(library_schema, home),)) for _ in range(2)]
    for other in others:
        other.start()
    for other in others:
        other.join(60)
    assert sum(done) == len(ids) == len(told(shelves, "desk"))


def test_the_late_ones_are_found_by_an_index(shelves: Shelves) -> None:
    indexes = shelves.registry.db.get_indexes("fine")
    assert {"due_at", "payment_raise_at"} <= {index.columns[0] for index in indexes}


def test_days_of_the_library_s_own_count_from_when_they_are_written(shelves: Shelves) -> None:
    at(shelves, "2026-03-17 11:00")
    before = clocks(shelves, fine(shelves))["payment_due_at"]
    shelves.make("closing", day="2026-03-18", is_open=False)
    shelves.make("closing", day="2026-03-19", is_open=True, hours="10:00-12:00，13:00-18:00")
    assert before == moment(shelves, "2026-03-20 15:30")
    assert clocks(shelves, fine(shelves))["payment_due_at"] == moment(shelves, "2026-03-24 11:00")
    with pytest.raises(Invalid, match="11-12"):
        shelves.make("closing", day="2026-03-22", is_open=True, hours="11-12")


PLAIN = """
office: {name: Workshop, timezone: Asia/Shanghai}
roles: {smith: {label: Smith}}
entities:
  job:
    label: Job
    fields:
      name: {type: text, required: true}
      taken_at: {type: datetime}
      is_done: {type: boolean}
    access: {read: [smith], create: [smith], update: [smith]}
"""
CLOCKED = (
    PLAIN
    + """    deadlines:
      finish: {from: taken_at, within: 2 d, until: is_done, escalate: {to: smith}}
"""
)


def test_records_that_were_there_before_get_their_deadlines(
    opened: Callable[..., Any], engine: Any, tmp_path: Path
) -> None:
    """What was done already is taken to have been done when the record was last changed."""
    schemas = []
    for name, words in (("plain", PLAIN), ("clocked", CLOCKED)):
        (tmp_path / f"{name}.yaml").write_text(words)
        schemas.append(load(tmp_path / f"{name}.yaml"))
    home = engine.blank()
    first = opened(schemas[0], home)
    first.clock.at = datetime(2026, 3, 16, 4, 0, tzinfo=UTC)
    make = [{"taken_at": "2026-03-15 10:00"}, {"taken_at": "2026-03-10 10:00", "is_done": True}, {}]
    ids = [first.store.create(SYSTEM, "job", {"name": "x", **values}, FORM) for values in make]
    first.close()
    first.clock.at = datetime(2026, 3, 20, 4, 0, tzinfo=UTC)
    second = opened(schemas[1], home)
    lights = [second.scope.get(SYSTEM, "job", id).values["finish_light"] for id in ids]
    assert lights == ["late", "missed", None]
    assert second.rows.one("job", ids[1])["finish_met_at"] == datetime(2026, 3, 16, 4, 0, tzinfo=UTC)
    assert escalate(second, Actor(None, "late", job="late"), second.clock.now(), {}).done == 1


def test_another_warning_and_other_steps_count_for_what_is_open(
    opened: Callable[..., Any], engine: Any, tmp_path: Path
) -> None:
    """What was promised stays; who is told of it, and from when it is amber, is as the schema says now."""
    home, found = engine.blank(), []
    for words in (
        CLOCKED,
        CLOCKED.replace("within: 2 d, ", "within: 9 d, warn: 1 h, ").replace("{to:", "{after: 1 h, to:"),
    ):
        (tmp_path / "shop.yaml").write_text(words)
        registry = opened(load(tmp_path / "shop.yaml"), home)
        registry.clock.at = datetime(2026, 3, 16, 4, 0, tzinfo=UTC)
        if not found:
            registry.store.create(SYSTEM, "job", {"name": "x", "taken_at": "2026-03-15 10:00"}, FORM)
        row = registry.rows.one("job", 1)
        found.append([row[f"finish_{end}"] for end in ("due_at", "warn_at", "raise_at")])
        registry.close()
    due = datetime(2026, 3, 17, 15, 59, 59, tzinfo=UTC)
    hour = timedelta(hours=1)
    assert found == [[due, None, due], [due, due - hour, due + hour]]
