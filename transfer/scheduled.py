"""The jobs that come with the program: ``backup`` and ``export`` here, ``prune`` in transfer/tidying.py,
``deliver_report`` in transfer/report_delivery.py, ``escalate_deadlines`` in models/escalation.py."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field as Key

from models import escalation
from models.actor import Actor, Source
from models.errors import Refused
from models.jobs import JobResult, job
from models.query import Query
from models.storage import backup as backups
from schema.expressions import ExpressionError
from schema.naming import parse_for
from schema.problems import Path as Place
from schema.problems import unknown
from schema.spec import Schema
from schema.text import Text
from schema.written import Names, Part
from transfer import report_delivery, tidying
from transfer.export import Way, export, out_columns
from transfer.kept_exports import KeptExports
from transfer.refusal import FileRefused

if TYPE_CHECKING:
    from models import Registry

__all__ = ["back_up", "escalation", "report_delivery", "tidying", "write_export"]

BACKED_UP = Text("已备份到 {file}（{size}）。", "Backed up to {file} ({size}).")
NOT_WHOLE = Text(
    "“{folder}”应写完整路径，如 /backup；不写则放在自带的备份目录",
    "'{folder}' should be a whole path, such as /backup; without one it is the office's own folder of backups",
)
INSIDE = Text(
    "{folder} 在办公室的数据目录里，备份会把以前的备份也装进去；请换一个目录。",
    "{folder} lies in the office's own folder, so that every copy would hold the earlier ones; choose another.",
)
EXPORTED = Text("{label}：已导出 {rows} 条到 {file}。", "{label}: {rows} written to {file}.")
_ENTITY, _FIELD = Text("实体", "entity"), Text("字段", "field")


class Backup(Part):
    """Where to, and how many of these copies are kept."""

    keep: int = Key(default=14, ge=1)
    folder: str = ""


def _misplaced(schema: Schema, told: Backup) -> Iterator[tuple[Place, Text]]:
    """A folder that is not where it seems."""
    if told.folder and not Path(told.folder).is_absolute():
        yield ("folder",), NOT_WHOLE.with_(folder=told.folder)


@job("backup", shape=Backup, check=_misplaced)
def back_up(registry: Registry, actor: Actor, now: datetime, told: Backup) -> JobResult:
    """Copy the office into ``folder``, else among its backups; of these copies ``keep`` stay."""
    own = registry.var.resolve() / backups.FOLDER
    folder = Path(told.folder).resolve() if told.folder else own
    if folder.is_relative_to(registry.var.resolve()) and not folder.is_relative_to(own):
        raise Refused(INSIDE.with_(folder=told.folder))
    here = registry.clock.now().astimezone(registry.clock.zone)
    made = backups.back_up(registry.db, registry.var, folder / f"{here:%Y%m%d-%H%M%S}-{actor.job}.zip")
    for old in sorted(folder.glob(f"*-{actor.job}.zip"), reverse=True)[told.keep :]:
        old.unlink(missing_ok=True)
    size = made.stat().st_size
    words = f"{size / 1048576:.1f} MB" if size >= 1048576 else f"{max(1, round(size / 1024))} KB"
    return JobResult(1, BACKED_UP.with_(file=_shown(registry, made), size=words))


class Export(Part):
    """Which records, which columns, as what; of the files ``keep`` stay."""

    entity: str
    columns: Names = ()
    where: str = ""
    saved: str = ""
    format: Literal["csv", "xlsx", "jsonl"] = "xlsx"
    name: str = Key(default="", pattern=r"^[\w-]{0,60}$")
    keep: int = Key(default=30, ge=1)


def _misnamed(schema: Schema, told: Export) -> Iterator[tuple[Place, Text]]:
    """What an export asks for that the schema has not."""
    spec = schema.entities.get(told.entity)
    if spec is None:
        yield ("entity",), unknown(_ENTITY, told.entity, schema.entities)
        return
    for n, name in enumerate(told.columns):
        if name != "title" and name not in spec.fields:
            yield ("columns", n), unknown(_FIELD, name, spec.fields)
    if told.saved and told.saved not in spec.filters:
        yield ("saved",), unknown(Text("筛选", "filter"), told.saved, spec.filters)
    try:
        if told.where:
            parse_for(schema, told.entity, told.where)
    except ExpressionError as error:
        yield ("where",), error.message


@job("export", shape=Export, check=_misnamed)
def write_export(registry: Registry, actor: Actor, now: datetime, told: Export) -> JobResult:
    """Write records as a file into ``var/exports``, as the job's roles see them; it is in the list of exports."""
    kept = KeptExports(registry)
    day = now.astimezone(registry.clock.zone)
    filename = f"{told.name or actor.job}-{day:%Y%m%d}.{told.format}"
    counts = [0]
    way = Way(source=Source("job", actor.job), told=counts.append)
    query = Query(where=told.where, saved=told.saved)
    try:
        columns = tuple(column.name for column in out_columns(registry, actor, told.entity, told.columns))
        blocks = export(registry, actor, told.entity, told.format, query, columns, way)
        made = kept.keep(actor, told.entity, told.format, columns, query, filename, blocks)
    except FileRefused as refused:
        raise Refused(refused.text) from refused
    kept.counted(filename, counts[-1])
    kept.keep_newest(actor.job, told.keep)
    label = registry.schema.entities[told.entity].plural
    return JobResult(counts[-1], EXPORTED.with_(rows=counts[-1], label=label, file=_shown(registry, made)))


def _shown(registry: Registry, path: Path) -> str:
    """A path as it is said: within the office's folder from there."""
    var = registry.var.resolve()
    return path.resolve().relative_to(var).as_posix() if path.resolve().is_relative_to(var) else str(path)
