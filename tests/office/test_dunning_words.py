"""No paper, page or list ever threatens to cut off water, power, heat or gas over fees: the law forbids it (F7)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CUT = re.compile(
    r"(停止?|断|限|切断|中断|暂停|停止供应|停供|断供)(供|用)?(水|电|暖|热|气|燃气|煤气|天然气)"
    r"|(cut|shut|switch|turn)(ting|ting off)?\s+(off|down)|cut-?off|disconnect|withhold|suspend the (supply|service)",
    re.IGNORECASE,
)
PAYING = re.compile(r"费|缴|欠|催|pay|owe|fee|arrear|overdue|dunning", re.IGNORECASE)
LETTERS = (
    "documents/*.typ", "office/dunning/*.py", "schema.d/dunning.yaml", "translations/*/dunning.po", "docs/dunning.md",
    "admin_views/templates/desks/dunning/*.html",
)  # fmt: skip
OTHERS = ("schema.yaml", "schema.d/*.yaml", "translations/**/*.po", "admin_views/templates/**/*.html", "office/**/*.py")


def lines(patterns: tuple[str, ...]) -> Iterator[tuple[str, int, str]]:
    for pattern in patterns:
        found = list(ROOT.glob(pattern))
        assert found, pattern
        for path in found:
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                yield str(path.relative_to(ROOT)), number, line


def test_letters_and_all_of_dunning_never_speak_of_cutting_off() -> None:
    assert [(file, number) for file, number, line in lines(LETTERS) if CUT.search(line) and "Never" not in line] == []


def test_nothing_else_speaks_of_it_beside_money() -> None:
    assert [(file, n) for file, n, line in lines(OTHERS) if CUT.search(line) and PAYING.search(line)] == []


@pytest.mark.parametrize(
    "threat",
    [
        "逾期不缴将停水停电", "否则停止供暖", "我们将切断电", "将限水处理", "暂停供气",
        "your water will be cut off", "We will disconnect power", "we shut off the gas",
    ],
)  # fmt: skip
def test_a_threat_would_be_found(threat: str) -> None:
    assert CUT.search(threat)
