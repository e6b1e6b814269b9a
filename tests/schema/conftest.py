"""Schemas written as strings: what they load to, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import schema
from schema.spec import Schema

Files = dict[str, str]


def _written(folder: Path, text: str, more: Files) -> Path:
    for name, content in more.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    file = folder / "schema.yaml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[..., Schema]:
    """``loaded(text, {name: text of an included file})`` gives the Schema."""
    return lambda text, more=None: schema.load(_written(tmp_path, text, more or {}))


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., list[str]]:
    """``said(text)`` gives the lines that ``check`` says, ``said(text, locale="zh")`` in Chinese."""

    def say(text: str, more: Files | None = None, locale: str = "en") -> list[str]:
        return [problem.to(locale) for problem in schema.check(_written(tmp_path, text, more or {}))]

    return say
