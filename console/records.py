"""The commands about records: files in, files out, how many."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from console.desk import Desk
from console.failure import Failure
from console.import_options import check_totals, chosen, import_options
from console.importing import write
from console.options import OfficeCommand
from models import Registry
from models.actor import Actor
from models.query import Query
from schema.problems import unknown
from schema.text import Text
from transfer import imports
from transfer.export import ENCODINGS, FORMATS, Way
from transfer.export import export as exported
from transfer.preparation import Preparation
from transfer.rejects import rejected_rows, rejects_csv, rejects_xlsx
from transfer.results import ImportResult
from transfer.sheet import ReadOptions

MODES = ("insert", "update", "upsert")
MOST_LINES = 20
"""Refused rows that are shown; all of them are in the JSON and in the file of --rejects."""
AS_USER = click.option("--as", "username", metavar="USER", help="Act as this user; otherwise as the system.")


@click.command("import", cls=OfficeCommand)
@click.argument("target", metavar="ENTITY_OR_LAYOUT")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Try the whole import and write nothing.")
@click.option("--mode", default="upsert", show_default=True, metavar="|".join(MODES), help="What rows may do.")
@click.option("--bad-rows", type=click.Choice(["stop", "skip"]), default="stop", show_default=True,
              help="A row that is wrong stops everything, or is left out.")  # fmt: skip
@click.option("--encoding", default="", help="Of a text file (utf-8, gb18030, utf-16); otherwise it is found out.")
@click.option("--sheet", default="", help="The sheet of a workbook; otherwise the first with rows.")
@click.option("--rejects", type=click.Path(dir_okay=False, path_type=Path), metavar="OUT",
              help="Write the refused rows with their reasons to this .csv or .xlsx file.")  # fmt: skip
@import_options
@AS_USER
@click.pass_obj
def import_(
    desk: Desk, target: str, file: Path, dry_run: bool, mode: str, bad_rows: str,
    encoding: str, sheet: str, rejects: Path | None, username: str | None, **more: Any,
) -> int:  # fmt: skip
    """Take a spreadsheet in: CSV, TXT, XLSX, XLS or ODS.

    ENTITY_OR_LAYOUT is an entity of the schema, or one of its `imports`, which fill several entities from one row.
    Records are found by their keys, so the same file twice changes nothing. Exit code 1 when rows were refused but
    others written, 2 when nothing was.
    """
    if mode not in MODES:
        raise Failure(f"--mode is one of {', '.join(MODES)}, not {mode!r}")
    with desk.office() as registry:
        known = [*registry.schema.imports, *registry.schema.entities]
        _known(registry, target, known, Text("格式", "layout or entity"))
        actor = desk.actor(registry, username)
        options = chosen(registry.schema, target, ReadOptions(encoding=encoding, sheet=sheet), more)
        ready = imports.prepare(registry, actor, target, file.read_bytes(), file.name, options)
        if more["totals"]:
            tried = imports.run(registry, actor, ready, dry_run=True, mode=mode, limit=1)  # type: ignore[arg-type]
            check_totals(ready, tried, more["totals"], desk.locale)
        if dry_run:
            result = imports.run(registry, actor, ready, dry_run=True, mode=mode)  # type: ignore[arg-type]
        else:
            result = write(registry, actor, ready, file.read_bytes(), mode, bad_rows)
        if rejects is not None:
            rows = rejected_rows(ready.sheet, result.rejected, desk.locale)
            as_file = rejects_xlsx if rejects.suffix.lower() == ".xlsx" else rejects_csv
            rejects.write_bytes(as_file(ready.sheet, rows, desk.locale))
    answer = result.as_json(desk.locale) | {"recalled": bool(ready.recalled)}
    desk.answer(answer, lambda: "\n".join(_report(desk, result) + _chosen_before(desk, ready)))
    return _code(result)


@click.command(cls=OfficeCommand)
@click.argument("entity")
@click.option("--format", "format", type=click.Choice(list(FORMATS)), default="csv", show_default=True)
@click.option("--where", default="", metavar="EXPR", help="Only records for which this is true.")
@click.option("--columns", default="", metavar="a,b", help="Only these fields, in this order ('title' is allowed).")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE",
              help="Write here instead of to standard output.")  # fmt: skip
@click.option("--encoding", type=click.Choice(ENCODINGS), default=ENCODINGS[0], show_default=True,
              help="Of a CSV file: gb18030 is for an old Excel.")  # fmt: skip
@click.option("--for-editing", is_flag=True, help="Add the columns by which an import sees what others changed since.")
@AS_USER
@click.pass_obj
def export(
    desk: Desk, entity: str, format: str, where: str, columns: str, out: Path | None, encoding: str,
    for_editing: bool, username: str | None,
) -> None:  # fmt: skip
    """Write the records of ENTITY to a file, as a stream."""
    names = [name.strip() for name in columns.split(",") if name.strip()]
    if desk.as_json and out is None:
        raise Failure("with --json say --out FILE, so that the answer and the records do not mix")
    with desk.office() as registry:
        _known(registry, entity, registry.schema.entities, Text("实体", "entity"))
        actor, query = desk.actor(registry, username), Query(where=where)
        with _progress(registry, actor, entity, query, out) as told:
            way = Way(encoding, for_editing, told=told)
            size = _write(exported(registry, actor, entity, format, query, names, way), out)
    if out is not None:
        desk.answer({"file": str(out), "bytes": size}, f"{out}: {size:,} bytes")


@click.command(cls=OfficeCommand)
@click.argument("entity")
@click.option("--where", default="", metavar="EXPR", help="Only records for which this is true.")
@AS_USER
@click.pass_obj
def count(desk: Desk, entity: str, where: str, username: str | None) -> None:
    """How many records of ENTITY there are."""
    with desk.office() as registry:
        _known(registry, entity, registry.schema.entities, Text("实体", "entity"))
        number = registry.scope.count(desk.actor(registry, username), entity, Query(where=where))
    desk.answer({"entity": entity, "count": number}, str(number))


def _known(registry: Registry, name: str, names: Iterable[str], what: Text) -> None:
    if name not in names:
        raise Failure(unknown(what, name, names).to("en"))


@contextmanager
def _progress(
    registry: Registry, actor: Actor, entity: str, query: Query, out: Path | None
) -> Iterator[Callable[[int], None]]:
    """What is called with the rows so far: draws a bar on a terminal, where the records themselves do not go."""
    if out is None or not sys.stderr.isatty() or not registry.access.may(actor, entity, "read"):
        yield lambda rows: None
        return
    total = registry.scope.count(actor, entity, query)
    with click.progressbar(length=total, label=entity, file=sys.stderr, show_pos=True) as bar:
        yield lambda rows: bar.update(rows - bar.pos)


def _write(blocks: Iterable[bytes], out: Path | None) -> int:
    """Write a stream; a file appears under its name only when it is whole. Returns its bytes."""
    if out is None:
        size = 0
        for block in blocks:
            size += sys.stdout.buffer.write(block)
        sys.stdout.buffer.flush()
        return size
    beside = out.with_name(f".{out.name}.part")
    try:
        with beside.open("wb") as file:
            size = sum(file.write(block) for block in blocks)
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    return size


def _code(result: ImportResult) -> int:
    """0 all taken, 1 some refused, 2 nothing done."""
    if not result.rejected:
        return 0
    done = result.accepted if result.dry_run else result.written
    return 1 if done else 2


def _chosen_before(desk: Desk, ready: Preparation) -> list[str]:
    """What was recalled from earlier files, if anything."""
    recalled = ready.recalled
    labels = {t.key: t.label.to(desk.locale) for t in ready.targets}
    said = [f"{header!r} goes to {labels.get(key, 'nothing')}" for header, key in recalled.columns.items()]
    said += [f"{labels[key]} is {text!r} in every row" for key, text in recalled.constants.items()]
    said += [
        f"{labels[k]} {text!r} means {what!r}" for k, meant in recalled.meanings.items() for text, what in meant.items()
    ]
    said += [f"{part} is found by {', '.join(by)}" for part, by in recalled.keys.items()]
    return [f"  as chosen for an earlier file (--fresh uses none): {'; '.join(said)}"] if said else []


def _report(desk: Desk, result: ImportResult) -> list[str]:
    head = "dry run, nothing was written" if result.dry_run else f"import {result.import_id}"
    if result.rejected and not result.dry_run and not result.written:
        head = "nothing was written: rows were refused (--bad-rows skip takes the others)"
    lines = [
        f"{head}: {result.created} created, {result.updated} updated, {result.unchanged} unchanged, "
        f"{len(result.rejected_lines)} refused" + (" and more" if result.rejected_more else "")
    ]
    lines += [
        f"  {name}: {made.created} created, {made.updated} updated, {made.unchanged} unchanged"
        for name, made in result.by_entity.items()
    ]
    for refused in result.rejected[:MOST_LINES]:
        place = " ".join(part for part in (refused.column.to(desk.locale), repr(refused.value)) if part)
        lines.append(f"  line {refused.line}, {place}: {refused.reason.to(desk.locale)}")
    if len(result.rejected) > MOST_LINES:
        lines.append(f"  … and {len(result.rejected) - MOST_LINES} more; --rejects writes them all to a file")
    return lines
