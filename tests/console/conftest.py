"""Runs commands in this process, on a folder of the test's own."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from console.cli import run
from schema import Schema, load

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answer:
    """What a command printed, and its exit code."""

    code: int
    raw: bytes
    said: str

    @property
    def out(self) -> str:
        return self.raw.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def line(self) -> str:
        """The one line on standard error; fails where there are more or fewer."""
        assert self.said.count("\n") == 1 and self.said.endswith("\n"), self.said
        return self.said.strip()


@cache
def read_once(path: Path) -> Schema:
    """The schema at ``path``; frozen, so that all tests may share it."""
    return load(path)


Command = Callable[..., Answer]


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def command(var: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    """``command("count", "unit")``; ``typed`` is standard input, ``schema`` another schema file."""
    for name in ("DATABASE_URL", "ESTATEDESK_DEMO_PASSWORD", "ESTATEDESK_SCHEMA", "ESTATEDESK_VAR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr("console.desk.load", read_once)

    def call(*arguments: str, typed: str = "", schema: Path = ROOT / "schema.yaml") -> Answer:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        capfdbinary.readouterr()
        code = run(["--schema", str(schema), "--var", str(var), *arguments])
        sys.stdout.flush()
        out, err = capfdbinary.readouterr()
        return Answer(code, out, err.decode())

    return call


@pytest.fixture
def samples() -> Path:
    return ROOT / "tests" / "samples"
