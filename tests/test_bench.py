"""The measurements can be started: every module of bench/ finds what it measures."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

MODULES = sorted(path.stem for path in (Path(__file__).resolve().parents[1] / "bench").glob("[a-z]*.py"))


@pytest.mark.parametrize("name", MODULES)
def test_a_measurement_finds_what_it_measures(name: str) -> None:
    module = importlib.import_module(f"bench.{name}")
    assert module.__doc__
