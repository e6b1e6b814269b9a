"""The commands that copy an office and bring a copy back."""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

import click

from console.desk import Desk
from console.failure import Failure
from console.options import OfficeCommand
from models.storage import backup as backups


@click.command(cls=OfficeCommand)
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(desk: Desk, file: Path | None) -> None:
    """Copy the office into one file while it runs.

    The file holds the database and everything else in the folder but earlier backups. Without FILE it goes into
    the folder's own backups/, named by date and time.
    """
    with desk.office() as registry:
        stamp = registry.clock.now().astimezone(registry.clock.zone)
        made = backups.back_up(registry.db, desk.var, file or desk.var / backups.FOLDER / _name(stamp))
    size = made.stat().st_size
    desk.answer({"file": str(made), "bytes": size}, f"{made}: {size:,} bytes")


@click.command(cls=OfficeCommand)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def restore(desk: Desk, file: Path) -> None:
    """Bring the office back to a backup.

    Stop the server first. What is there now is backed up before, into the folder's own backups/.
    """
    if not zipfile.is_zipfile(file):
        raise Failure(f"{file} is no backup; choose a file that `estatedesk backup` made")
    with desk.office() as registry:
        stamp = registry.clock.now().astimezone(registry.clock.zone)
        before = desk.var / backups.FOLDER / _name(stamp, "before-restore")
        backups.back_up(registry.db, desk.var, before)
    with desk.closed() as registry:
        backups.restore(file, registry.db, desk.var)
    desk.open().close()
    words = f"restored from {file}; what was here before is in {before}"
    desk.answer({"file": str(file), "before": str(before)}, words)


def _name(at: datetime, what: str = "office") -> str:
    return f"{at:%Y%m%d-%H%M%S}-{what}.zip"
