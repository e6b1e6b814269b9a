"""Does one job on an import: tries the file, writes it chunk by chunk, or takes it back; each chunk is whole or not."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from models.actor import SYSTEM, Actor, Source
from models.errors import Refused
from models.storage.database import in_turn
from schema.text import Text
from transfer.imports import STRETCH, Preparation, Taking, read_stretch, stretches
from transfer.memory import remember
from transfer.progress import Job, Jobs, Phase, Rate
from transfer.records import ImportEntry, ImportLog, both, columns_of, outcome, rejection_kept, rejection_read
from transfer.refusal import FileRefused
from transfer.rehearsal import Heartbeat, clear, rehearsal
from transfer.results import ImportResult, Total
from transfer.sheet import Row
from transfer.undo import Undoing
from transfer.writing import Outcome

if TYPE_CHECKING:
    from models import Registry

Prepare = Callable[[Actor, ImportEntry], Preparation]
"""Reads the kept file of an import as it was chosen. Raises FileRefused, Refused."""

AT_ONCE = 500
"""Rows that are written in one go."""
CHUNK_SECONDS = 0.5
"""How long a chunk keeps other writers waiting on SQLite."""
CHUNK_ROWS = 12_000
FIRST_STRETCH, SHORTEST_STRETCH, STRETCHES_A_CHUNK = 300, 50, 3

CHANGED_FILE = Text("保存的文件已不是当初上传的文件。", "The kept file is not the one that was uploaded.")
CHANGED_COLUMNS = Text(
    "中断期间，列的对应关系变了，不能接着写入。",
    "While it was interrupted, the columns came to mean something else, so it cannot go on.",
)
NO_ACCOUNT = Text("导入者的账号已停用。", "The account of the one who imports is closed.")
MEANWHILE = Text(
    "检查时全部通过，但写入期间数据被别人修改，有些行不再成立；已写入的 {count} 行已全部撤回。",
    "All rows passed the check, but others changed data meanwhile and some no longer fit; "
    "the {count} rows already written were taken back.",
)
TAKEN_BACK = Text("已写入的 {count} 行已全部撤回。", "The {count} rows already written were taken back.")
LEFT_SOME = Text(
    "已写入的 {count} 行已撤回，但有 {left} 条记录已被别人引用或修改，仍保留。",
    "The {count} rows already written were taken back, but {left} records stay: others have changed or refer to them.",
)


class Interrupted(Exception):
    """This run ends here: the job is somebody else's by now, or is to be gone on with later."""


class JobRun:
    """One run of one job, by whoever has claimed it."""

    def __init__(
        self, registry: Registry, jobs: Jobs, log: ImportLog, job: Job, prepare: Prepare, stopping: Callable[[], bool]
    ) -> None:
        self.registry, self.jobs, self.log, self.job = registry, jobs, log, job
        self.prepare, self.stopping = prepare, stopping
        self.entry = log.entry(job.import_id)
        self.stops_at_bad_rows = self.entry.options.get("bad_rows", "stop") != "skip"

    def go(self) -> None:
        """Do the job to its end, or as far as it goes. Raises Interrupted, peewee.OperationalError."""
        clear(self.registry, self.entry)
        if self.job.phase == "undo":
            self._undo()
        elif self.job.phase == "taking back":
            self._take_back()
        elif self.job.unwanted:
            self._break_off("cancelled")
        else:
            try:
                actor = self._actor(self.entry.actor_id)
                ready = self._ready(actor)
            except (FileRefused, Refused) as refused:
                self._break_off("failed", {"why": both(refused.text)})
                return
            if self.job.phase == "writing" or self._passes(actor, ready):
                self._write(actor, ready)

    def _actor(self, id: int | None) -> Actor:
        """Who imports, with the grants they have now. Raises Refused where they may no longer sign in."""
        if id is None:
            return SYSTEM
        actor, user = self.registry.accounts.actor(id), self.registry.rows.one("user", id)
        if actor is None or user is None or not user["active"]:
            raise Refused(NO_ACCOUNT)
        return actor

    def _ready(self, actor: Actor) -> Preparation:
        ready = self.prepare(actor, self.entry)
        if ready.sha256 != self.entry.sha256:
            raise FileRefused(CHANGED_FILE)
        if ready.problems:
            raise FileRefused(ready.problems[0])
        if self.jobs.kept_chunks(self.entry.id) and self.entry.options.get("columns") != columns_of(ready):
            raise FileRefused(CHANGED_COLUMNS)
        mode, bad_rows = self.entry.options.get("mode", "upsert"), self.entry.options.get("bad_rows", "stop")
        self.log.running(self.entry.id, ready, mode, bad_rows)
        return ready

    # -- trying --------------------------------------------------------------------------------------

    def _passes(self, actor: Actor, ready: Preparation) -> bool:
        """Whether no row is refused. Nothing is written, and on SQLite nobody has to wait meanwhile."""
        result = ImportResult(dry_run=True)
        beat = Heartbeat(self.registry, self.jobs, self.job, self.stopping)
        with beat, rehearsal(self.registry, self.entry) as copy:
            taking = Taking(copy, actor, ready, self.entry.options.get("mode", "upsert"), Source("import"))
            for stretch in stretches(ready.sheet.rows()):
                taking.take(stretch, result)
                beat.done += len(stretch)
                if beat.over:
                    break
        if beat.unwanted:
            self._break_off("cancelled")
        elif beat.over:
            self._release()
        elif result.rejected:
            result.nothing_written()
            self._finish(result, "refused")
        return not (beat.over or result.rejected)

    # -- writing -------------------------------------------------------------------------------------

    def _write(self, actor: Actor, ready: Preparation) -> None:
        """Write from where the last chunk ended."""
        mode, source = self.entry.options.get("mode", "upsert"), Source("import", str(self.entry.id))
        chunks = _Chunks(Taking(self.registry, actor, ready, mode, source), actor, self.entry.id)
        chunks.recall(self.jobs.kept_chunks(self.entry.id))
        rows, rate = islice(ready.sheet.rows(), chunks.done, None), Rate(chunks.done)
        try:
            while not self._write_chunk(chunks, rows, rate, ready.sheet.row_count):
                self._go_on()
        except _RowsRefused:
            self._refused(chunks)

    def _write_chunk(self, chunks: _Chunks, rows: Iterator[Row], rate: Rate, total: int) -> bool:
        """Write the next rows and, in the same transaction, that they are written; whether those were the last."""
        with in_turn(self.registry.db):
            data = chunks.write(rows, whole=total <= AT_ONCE)
            if self.stops_at_bad_rows and chunks.result.rejected:
                raise _RowsRefused
            if data["rows"]:
                self.jobs.keep_chunk(self.entry.id, chunks.number, json.dumps(data, ensure_ascii=False))
            if not self.jobs.advance(self.job, "writing", chunks.done, rate.at(chunks.done), total):
                raise Interrupted
            if data["rows"] and chunks.done < total:
                return False
            result = chunks.ended()
            state = "done" if result.written or not result.rejected else "refused"
            self._finish(result, state)
            if state == "done":
                remember(self.registry, chunks.actor, chunks.taking.preparation)
        return True

    def _refused(self, chunks: _Chunks) -> None:
        """A row was refused and all or nothing is wanted: nothing it shall be."""
        before = chunks.number
        count = self._rows_written() if before else 0
        chunks.result.nothing_written()
        why = {"why": both(MEANWHILE.with_(count=count))} if count else {}
        self._break_off("refused", {"rejected": outcome(chunks.result)["rejected"], **why})

    def _go_on(self) -> None:
        """Raises Interrupted where the job ends between two chunks."""
        now = self.jobs.get(self.entry.id)
        if now is None or now.owner != self.job.owner:
            raise Interrupted
        if now.unwanted and now.phase == "writing":
            self._break_off("cancelled")
            raise Interrupted
        if self.stopping():
            self._release()

    def _release(self) -> None:
        self.jobs.release(self.job)
        raise Interrupted

    # -- taking back ---------------------------------------------------------------------------------

    def _rows_written(self) -> int:
        """Rows of the file that the chunks so far have dealt with."""
        return sum(json.loads(data)["rows"] for data in self.jobs.kept_chunks(self.entry.id))

    def _break_off(self, state: str, more: Mapping[str, Any] | None = None) -> None:
        """End the import as ``state`` with nothing of it in the office, or with what is there left to be taken back."""
        count = self._rows_written()
        result = ImportResult(dry_run=False, import_id=self.entry.id)
        if not count:
            self._finish(result, state, more)
            return
        more = {"why": both(TAKEN_BACK.with_(count=count)), **(more or {}), "taken_back": count}
        with self.registry.store.transaction():
            self.log.keep_result(self.entry.id, outcome(result) | more, "running")
            if not self.jobs.turn(self.job, state):
                raise Interrupted
        self.entry = self.log.entry(self.entry.id)
        self._take_back(state)

    def _take_back(self, state: str = "") -> None:
        """Take back what this import wrote before it broke off."""
        undoing = Undoing(self.registry, self._by(self.entry.actor_id), self.entry, trash=False)
        self._undoing(undoing, "taking back")
        kept, left = dict(self.entry.result), undoing.result.left
        ending = "partly" if left else state or self.job.ending
        if left:
            kept["why"] = both(LEFT_SOME.with_(count=kept.get("taken_back", 0), left=len(left)))
            kept["undo"] = undoing.result.as_json()
        with self.registry.store.transaction():
            if not self.jobs.finish(self.job):
                raise Interrupted
            self.log.ended_as(self.entry.id, self._marked(kept), ending)

    def _undo(self) -> None:
        """Take the import back because somebody wants it."""
        by = self._by(self.job.actor_id)
        undoing = Undoing(self.registry, by, self.entry)
        self._undoing(undoing, "undo")
        said = undoing.result.as_json() | {"by": by.name, "at": self.registry.clock.now().isoformat()}
        before = self.entry.result.get("undo")
        if before and not (undoing.result.deleted or undoing.result.restored):
            said = {**before, "left": said["left"]}
        with self.registry.store.transaction():
            if not self.jobs.finish(self.job):
                raise Interrupted
            self.log.keep_result(self.entry.id, {**self.entry.result, "undo": said}, "undone")

    def _undoing(self, undoing: Undoing, phase: Phase) -> None:
        total, rate, more = undoing.count(), Rate(0), True
        while more:
            with in_turn(self.registry.db):
                more = undoing.step(CHUNK_SECONDS)
                if not self.jobs.advance(self.job, phase, undoing.seen, rate.at(undoing.seen), total):
                    raise Interrupted
            if more and self.stopping():
                self._release()

    def _by(self, id: int | None) -> Actor:
        actor = SYSTEM if id is None else self.registry.accounts.actor(id)
        return actor or SYSTEM

    # -- ending --------------------------------------------------------------------------------------

    def give_up(self, why: Text) -> None:
        """End a job that breaks off again and again: what is written stays, and can be taken back."""
        kept = dict(self.entry.result)
        if self.job.phase in ("checking", "writing"):
            result = ImportResult(dry_run=False, import_id=self.entry.id)
            rows = _recount(result, self.jobs.kept_chunks(self.entry.id))
            kept = outcome(result) | {"rows": rows}
        stays = self.job.phase in ("undo", "taking back") or bool(kept.get("rows"))
        with self.registry.store.transaction():
            if self.jobs.finish(self.job):
                self.log.ended_as(self.entry.id, {**kept, "why": both(why)}, "partly" if stays else "failed")

    def _finish(self, result: ImportResult, state: str, more: Mapping[str, Any] | None = None) -> None:
        with self.registry.store.transaction():
            if not self.jobs.finish(self.job):
                raise Interrupted
            self.log.ended(self.entry.id, result, state, self._marked(more or {}))

    def _marked(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        """``kept`` with how often the import was interrupted, where it was."""
        return {**kept, "resumed": self.job.resumed} if self.job.resumed else dict(kept)


def _recount(result: ImportResult, kept: Iterable[str]) -> int:
    """Count into ``result`` what the chunks have written; returns the rows that they dealt with."""
    rows = 0
    for data in map(json.loads, kept):
        rows += data["rows"]
        result.written = True
        result.refuse([rejection_read(one) for one in data["rejected"]])
        for *_, created, updated in data["taken"]:
            result.created += bool(created)
            result.updated += bool(updated and not created)
            result.unchanged += not (created or updated)
    return rows


class _RowsRefused(Exception):
    """A row of the chunk was refused, and all or nothing is wanted."""


class _Chunks:
    """The rows of one import as they are written, with what the chunks before did."""

    def __init__(self, taking: Taking, actor: Actor, import_id: int) -> None:
        self.taking, self.actor = taking, actor
        self.result = ImportResult(dry_run=False, import_id=import_id)
        self.number = self.done = 0
        self.pace = FIRST_STRETCH
        """Rows that are taken together."""

    def recall(self, kept: list[str]) -> None:
        """Count what earlier runs wrote, and refuse its repeats."""
        for text in kept:
            data = json.loads(text)
            for line, ids, created, updated in data["taken"]:
                self.taking.recall(line, Outcome(ids, frozenset(created), frozenset(updated)), self.result)
            self.result.refuse([rejection_read(one) for one in data["rejected"]])
            self.result.rejected_more = data.get("rejected_more", 0)
            self.result.left_out = data["left_out"]
            self.result.totals = {
                target.key: Total(target, *map(Decimal, data["totals"][target.key]))
                for target in (c.target for c in self.taking.columns) if target.key in data["totals"]
            }  # fmt: skip
            self.done += data["rows"]
            self.number += 1

    def write(self, rows: Iterator[Row], whole: bool) -> dict[str, Any]:
        """Write rows for CHUNK_SECONDS, or all where it is to be ``whole``; what was done, to be kept."""
        end, count, refused = time.monotonic() + CHUNK_SECONDS, 0, len(self.result.rejected)
        taken: list[Any] = []
        while stretch := read_stretch(rows, min(self.pace, STRETCH)):
            begun = time.monotonic()
            taken += [
                (line, one.ids, sorted(one.created), sorted(one.updated))
                for line, one in self.taking.take(stretch, self.result)
            ]
            count += len(stretch)
            self._keep_pace(len(stretch), time.monotonic() - begun)
            if not whole and (count >= CHUNK_ROWS or time.monotonic() > end):
                break
        self.done += count
        self.number += 1
        totals = self.result.totals
        return {
            "rows": count, "taken": taken, "rejected": [rejection_kept(r) for r in self.result.rejected[refused:]],
            "rejected_more": self.result.rejected_more, "left_out": self.result.left_out,
            "totals": {key: (str(one.everything), str(one.taken)) for key, one in totals.items()},
        }  # fmt: skip

    def _keep_pace(self, rows: int, seconds: float) -> None:
        """Take as many together as fit a few times into a chunk: rows that have to be changed one by one take long."""
        fitting = int(rows * CHUNK_SECONDS / STRETCHES_A_CHUNK / max(seconds, 0.001))
        self.pace = max(SHORTEST_STRETCH, min(fitting, self.pace * 2))

    def ended(self) -> ImportResult:
        """The result of all chunks."""
        self.result.written = self.result.accepted > 0
        self.result.by_entity = self.taking.counted.by_entity()
        return self.result
