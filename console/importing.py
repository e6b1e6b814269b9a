"""Writes a file that is imported from the command line: whole in one transaction, or its good rows in chunks."""

from __future__ import annotations

from decimal import Decimal

from admin_views.import_choices import Choices, kept_choices
from admin_views.import_files import Uploads
from console.failure import Failure
from models import Registry
from models.actor import Actor
from transfer import imports
from transfer.imports import BadRows, ImportOptions, Preparation
from transfer.jobs import Worker
from transfer.records import ImportEntry, result_of, said
from transfer.refusal import FileRefused
from transfer.results import ImportResult, Total
from transfer.writing import Mode


def write(
    registry: Registry, actor: Actor, ready: Preparation, data: bytes, mode: Mode, bad_rows: BadRows
) -> ImportResult:
    """Write a file that was prepared, and keep it; ``bad_rows`` 'skip' lets others write between its chunks.

    Raises FileRefused, Refused, and Failure where it had to be given up.
    """
    if ready.problems:
        raise FileRefused(ready.problems[0])
    uploads = Uploads(registry)
    entry = uploads.keep(actor, ready.target, ready.filename, data, ready.options)
    if bad_rows == "stop":
        return imports.run(registry, actor, ready, dry_run=False, mode=mode, bad_rows=bad_rows, import_id=entry.id)
    uploads.log.keep_options(entry.id, _choices(ready.options, mode, bad_rows).as_json())

    def prepare(who: Actor, which: ImportEntry) -> Preparation:
        return uploads.prepared(who, which, kept_choices(which.options))

    entry = Worker(registry, prepare).write_now(actor, uploads.log.entry(entry.id), ready)
    if entry.state not in ("done", "refused"):
        why = said(entry.result["why"]).to(actor.locale) if "why" in entry.result else entry.state
        raise Failure(f"import {entry.id}: {why}")
    result, targets = result_of(entry), {target.key: target for target in ready.targets}
    result.totals = {
        key: Total(targets[key], Decimal(sums["all"]), Decimal(sums["taken"]))
        for key, sums in entry.result.get("totals", {}).items()
    }
    return result


def _choices(options: ImportOptions, mode: Mode, bad_rows: BadRows) -> Choices:
    """The options of the command line as the pages keep them with a file."""
    return Choices(
        encoding=options.read.encoding, sheet=options.read.sheet, mode=mode, bad_rows=bad_rows,
        constants=dict(options.constants), keys=dict(options.keys), clears=options.clears, recalls=options.recalls,
    )  # fmt: skip
