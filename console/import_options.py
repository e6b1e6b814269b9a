"""What the command line may choose for a file, beside how it is read: the same as the preview of the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from console.failure import Failure
from schema.spec import Schema
from schema.spec_layouts import Layout
from schema.text import Locale, Text
from transfer.imports import ImportOptions, Preparation
from transfer.layout import layout_of, unique_keys
from transfer.results import ImportResult
from transfer.sheet import ReadOptions
from transfer.totals import difference, is_summed

OPTIONS = (
    click.option("--set", "constants", multiple=True, metavar="FIELD=TEXT",
                 help="A field that the file lacks: what every row says."),
    click.option("--match-by", multiple=True, metavar="[PART:]a,b",
                 help="The unique key by which records are found, instead of the usual one."),
    click.option("--blanks", type=click.Choice(["leave", "clear"]), default="leave", show_default=True,
                 help="What a blank cell does to what is there."),
    click.option("--total", "totals", multiple=True, metavar="FIELD=SUM",
                 help="A sum that the whole file must have; nothing is written where it differs."),
    click.option("--fresh", is_flag=True, help="Use nothing that was chosen for earlier files."),
)  # fmt: skip

DIFFERS = Text(
    "“{label}”的合计：文件为 {found}，应为 {wanted}，相差 {off}；没有写入。",
    "The sum of {label}: the file has {found}, {wanted} was expected, it differs by {off}; nothing was written.",
)
NO_TOTAL = Text("“{label}”没有合计：文件没有这一列数字。", "There is no sum of {label}: the file has no such numbers.")


def import_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The command with all of OPTIONS."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def chosen(schema: Schema, target: str, read: ReadOptions, given: dict[str, Any]) -> ImportOptions:
    """The options as the import takes them. Raises Failure for a field, part or key that is not there."""
    layout = layout_of(schema, target)
    constants = dict(_pair(layout, one, "--set") for one in given["constants"])
    keys = dict(_key(schema, layout, one) for one in given["match_by"])
    return ImportOptions(
        read, constants=constants, keys=keys, clears=given["blanks"] == "clear", recalls=not given["fresh"]
    )


def check_totals(ready: Preparation, result: ImportResult, given: tuple[str, ...], locale: Locale) -> None:
    """Raises Failure where a sum of the file is not the one that was expected."""
    for one in given:
        key, wanted = _pair(ready.layout, one, "--total")
        target = next(t for t in ready.targets if t.key == key)
        total = result.totals.get(key)
        if total is None or not is_summed(target):
            raise Failure(NO_TOTAL.with_(label=target.label).to(locale))
        off = difference(total, wanted)
        if off is None:
            raise Failure(f"--total {one}: {wanted!r} is not a number")
        if off:
            words = DIFFERS.with_(label=target.label, found=str(total.everything), wanted=wanted, off=f"{off:+}")
            raise Failure(words.to(locale))


def _pair(layout: Layout, words: str, option: str) -> tuple[str, str]:
    """'FIELD=TEXT' as the key 'part.field' and the text."""
    name, equals, text = words.partition("=")
    keys = [f"{part}.{column}" for part, one in layout.parts.items() for column in one.columns]
    found = [key for key in keys if name in (key, key.partition(".")[2])]
    if not equals or len(found) != 1:
        raise Failure(f"{option} {words}: write FIELD=…, FIELD one of {', '.join(keys)}")
    return found[0], text


def _key(schema: Schema, layout: Layout, words: str) -> tuple[str, tuple[str, ...]]:
    part, _, fields = words.rpartition(":")
    part = part or next(iter(layout.parts))
    by = tuple(name.strip() for name in fields.split(","))
    known = unique_keys(schema, layout.parts[part]) if part in layout.parts else ()
    if by not in known:
        can = "; ".join(",".join(one) for one in known) or "no other key"
        raise Failure(f"--match-by {words}: {part} is told by {can}")
    return part, by
