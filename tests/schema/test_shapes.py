"""Whatever shape a value has, the check says what is wrong and never stops."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from schema.source import read
from tests.schema.plain_data import plain

STOCK = plain(read(Path(__file__).parent / "stock.yaml").data)
SHAPES = [None, 5, True, "zzz", "a b {", [], {}, [[]], [{"a": "b"}], {"a": None}]


def paths(value, path=()):
    """Every path in the data, down to the fourth level."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*path, key)
        if isinstance(item, (dict, list)) and len(path) < 3:
            yield from paths(item, (*path, key))


@pytest.mark.parametrize("path", list(paths(STOCK))[::2], ids=lambda path: ".".join(map(str, path)))
def test_a_value_of_any_shape_is_read_or_refused(said, path):
    shape = SHAPES[sum(map(len, map(str, path))) % len(SHAPES)]
    wrong = copy.deepcopy(STOCK)
    holder = wrong
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = shape
    for line in said(json.dumps(wrong, ensure_ascii=False, indent=1)):
        assert line.startswith("schema.yaml:")
