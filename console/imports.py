"""The command that takes an import back."""

from __future__ import annotations

from typing import Any

import click

from console.desk import Desk
from console.options import OfficeCommand
from console.records import AS_USER
from transfer.jobs import undo_now

MOST_LINES = 20


@click.command("undo-import", cls=OfficeCommand)
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@AS_USER
@click.pass_obj
def undo_import(desk: Desk, number: int, username: str | None) -> int:
    """Take the import with this number back.

    Records it made go to the trash, records it changed get their old values back. What was changed since, or is
    referred to by other records, stays and is listed: exit code 1 then. A second time changes nothing.
    """
    with desk.office() as registry:
        entry = undo_now(registry, desk.actor(registry, username), number)
    undone = entry.result.get("undo", {})
    left = [{**one, "reason": one["reason"][0 if desk.locale == "zh" else 1]} for one in undone.get("left", ())]
    data = {"import": number, "deleted": undone.get("deleted", 0), "restored": undone.get("restored", 0), "left": left}
    desk.answer(data, lambda: _words(data))
    return 1 if left else 0


def _words(data: dict[str, Any]) -> str:
    left = data["left"]
    lines = [
        f"import {data['import']} undone: {data['deleted']} records to the trash, "
        f"{data['restored']} with their old values back, {len(left)} left as they are"
    ]
    lines += [f"  {one['entity']} {one['title']}: {one['reason']}" for one in left[:MOST_LINES]]
    if len(left) > MOST_LINES:
        lines.append(f"  … and {len(left) - MOST_LINES} more; --json names them all")
    return "\n".join(lines)
