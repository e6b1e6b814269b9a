"""The job ``prune``: takes away what nobody needs any more, each kind after days of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field as Key

from models.actor import Actor
from models.jobs import JobResult, job
from models.once import OLDEST
from models.schedule.job_runs import JobRuns
from models.storage.orphans import forget_orphans
from schema.text import Text
from schema.written import Part
from transfer.kept_exports import KeptExports
from transfer.records import ImportLog

if TYPE_CHECKING:
    from models import Registry

STATIC = Path("cache") / "static"
HANDOUTS = Path("cache") / "handouts"
SAID = Text("清理了 {parts}。", "Taken away: {parts}.")
NOTHING = Text("没有需要清理的内容。", "There was nothing to take away.")
KINDS = {
    "sign_ins": Text("登录记录 {n} 条", "{n} sign-ins"),
    "runs": Text("任务运行记录 {n} 条", "{n} job runs"),
    "messages": Text("旧消息 {n} 条", "{n} old messages"),
    "sendings": Text("过期的发送标识 {n} 个", "{n} marks of what phones sent"),
    "uploads": Text("无主附件 {n} 个", "{n} files of no record"),
    "imports": Text("导入原始文件 {n} 个", "{n} import files"),
    "exports": Text("定时导出文件 {n} 个", "{n} scheduled exports"),
    "handouts": Text("过期的结果文件 {n} 个", "{n} result files"),
    "cache": Text("旧的静态文件 {n} 套", "{n} sets of static files"),
}


class Keep(Part):
    """Days for which each kind is kept."""

    sign_ins: int = Key(default=180, ge=1)
    runs: int = Key(default=180, ge=1)
    messages: int = Key(default=90, ge=1)
    uploads: int = Key(default=7, ge=1)
    imports: int = Key(default=30, ge=1)
    exports: int = Key(default=90, ge=1)
    cache: int = Key(default=30, ge=1)


@job("prune", shape=Keep)
def prune(registry: Registry, actor: Actor, now: datetime, keep: Keep) -> JobResult:
    """Take away old sign-ins, job runs and messages, uploads that no record holds, files of imports that were undone or
    never written, scheduled exports, result files, and static files of earlier versions. Backups are left to the job
    that makes them; records, history and trash are never touched."""
    done = {name: count for name, count in _done(registry, now, keep) if count}
    if not done:
        return JobResult(0, NOTHING)
    parts = [KINDS[name].with_(n=count) for name, count in done.items()]
    listed = Text("、".join(part.to("zh") for part in parts), ", ".join(part.to("en") for part in parts))
    return JobResult(sum(done.values()), SAID.with_(parts=listed))


def _done(registry: Registry, now: datetime, keep: Keep) -> Iterator[tuple[str, int]]:
    def before(days: int) -> datetime:
        return now - timedelta(days=days)

    yield "sign_ins", registry.accounts.log.forget(before(keep.sign_ins))
    yield "runs", JobRuns(registry.db, registry.var).forget(before(keep.runs), list(registry.schema.schedules))
    yield "messages", registry.inbox.forget(before(keep.messages))
    yield "sendings", registry.once.forget(now - OLDEST * 2)
    yield "uploads", forget_orphans(registry, before(keep.uploads))
    yield "imports", _forget_import_files(registry, before(keep.imports))
    yield "exports", KeptExports(registry).forget(before(keep.exports))
    yield "handouts", _forget_handouts(registry.var / HANDOUTS, before(1))
    yield "cache", _forget_static(registry.var / STATIC, before(keep.cache))


def _forget_import_files(registry: Registry, before: datetime) -> int:
    """Take away the kept files of imports that left nothing in the office, and of none at all."""
    log, folder = ImportLog(registry), registry.var / "imports"
    log.forget_unused()
    table = log.table
    over = table.state.in_(("undone", "refused", "failed", "cancelled"))
    old = over & (table.ended_at < before.astimezone(UTC).replace(tzinfo=None))
    tokens = {token for (token,) in table.select(table.token).where(old).tuples()}
    known = {token for (token,) in table.select(table.token).tuples()}
    gone = 0
    for path in folder.iterdir() if folder.is_dir() else ():
        strange = path.name not in known and path.stat().st_mtime < before.timestamp()
        if path.is_dir() and (path.name in tokens or strange):
            shutil.rmtree(path, ignore_errors=True)
            gone += 1
    return gone


def _forget_static(folder: Path, before: datetime) -> int:
    """Take away static files that no start has used since; the newest, which are being served, stay."""
    there = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime) if folder.is_dir() else []
    old = [path for path in there[:-1] if path.stat().st_mtime < before.timestamp()]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


def _forget_handouts(folder: Path, before: datetime) -> int:
    """Take away files that were kept for a person for an hour."""
    old = [path for path in folder.glob("*") if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return sum(path.suffix != ".json" for path in old)
