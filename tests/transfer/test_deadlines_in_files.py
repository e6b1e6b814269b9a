"""Files turn the clocks of deadlines as forms do, and taking an import back turns them to where they were."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from models.actor import SYSTEM, Source
from schema import load
from transfer import imports
from transfer.jobs import undo_now

SHOP = """
office: {name: Workshop, timezone: Asia/Shanghai}
roles: {smith: {label: Smith}}
entities:
  job:
    label: Job
    key: [name]
    fields:
      name: {type: text, required: true}
      taken_at: {type: datetime}
      done_at: {type: datetime}
      is_held: {type: boolean}
    deadlines:
      finish: {from: taken_at, within: 24 h, until: done_at, paused: is_held}
    access: {read: [smith], create: [smith], update: [smith], import: [smith]}
"""


@pytest.fixture
def shop(opened: Callable[..., Any], tmp_path: Path) -> Any:
    (tmp_path / "shop.yaml").write_text(SHOP)
    return opened(load(tmp_path / "shop.yaml"))


def bring_in(shop: Any, *lines: str) -> int:
    text = "\n".join(["name,taken_at,done_at,is_held", *lines])
    ready = imports.prepare(shop, SYSTEM, "job", text.encode(), "jobs.csv")
    result = imports.run(shop, SYSTEM, ready, dry_run=False)
    assert result.rejected == []
    return int(result.import_id)


def clocks(shop: Any) -> dict[str, tuple[Any, ...]]:
    rows = shop.rows.read("job", shop.scope.ids(SYSTEM, "job", _all(), 50)).values()
    return {row["name"]: tuple(row[f"finish_{end}"] for end in ("due_at", "left", "met_at")) for row in rows}


def _all() -> Any:
    from models.query import Query

    return Query()


@pytest.mark.both_engines
def test_an_import_sets_and_turns_the_clocks_and_taking_it_back_turns_them_back(shop: Any) -> None:
    """Taken at ten on the sixteenth; by file one is done, one is held, one is as it was; then that never was."""
    noon = datetime(2026, 3, 16, 4, 0, tzinfo=UTC)
    taken, due = "2026-03-16 10:00", datetime(2026, 3, 17, 2, 0, tzinfo=UTC)
    with shop.connection():
        shop.clock.at = noon
        bring_in(shop, f"a,{taken},,", f"b,{taken},,", f"c,{taken},,", "d,,,")
        first = clocks(shop)
        assert first == {**dict.fromkeys("abc", (due, None, None)), "d": (None, None, None)}
        shop.clock.at = noon + timedelta(hours=2)
        second = bring_in(shop, f"a,{taken},2026-03-16 13:00,", f"b,{taken},,yes", f"c,{taken},,")
        assert clocks(shop) == {
            **first, "a": (due, None, datetime(2026, 3, 16, 5, 0, tzinfo=UTC)), "b": (None, 20 * 60, None),
        }  # fmt: skip
        shop.clock.at = noon + timedelta(hours=5)
        undo_now(shop, SYSTEM, second)
        assert clocks(shop) == first


def test_what_was_moved_since_goes_on_from_there(shop: Any) -> None:
    """Held by file, taken up by hand: taking the file back leaves the clock that runs."""
    with shop.connection():
        shop.clock.at = datetime(2026, 3, 16, 4, 0, tzinfo=UTC)
        bring_in(shop, "a,2026-03-16 10:00,,")
        second = bring_in(shop, "a,2026-03-16 11:00,,yes")
        shop.clock.at = datetime(2026, 3, 16, 8, 0, tzinfo=UTC)
        (id,) = shop.scope.ids(SYSTEM, "job", _all(), 5)
        shop.store.update(SYSTEM, "job", id, {"is_held": False}, Source("form"))
        running = clocks(shop)["a"][0]
        assert running == datetime(2026, 3, 17, 7, 0, tzinfo=UTC)
        undo_now(shop, SYSTEM, second)
        assert clocks(shop)["a"] == (running - timedelta(hours=1), None, None)
