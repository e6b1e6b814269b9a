"""Actions from the command line: records by title, answers, files in and out, grants (`act`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from models import open_office
from models.clock import StoppedClock
from schema import load
from tests.office.debits import debits_of, sample_rows
from tests.office.money import money_office

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def act(command: Callable[..., Any], var: Path, person: Callable[..., Any]) -> Callable[..., Any]:
    """``act("bank_batch", "make_file", "HZ…")`` in an office where four households of the sample owe."""
    schema = load(ROOT / "schema.yaml")
    clock = StoppedClock(schema.office.timezone, datetime(2025, 3, 3, 1, 30, tzinfo=UTC))
    registry = open_office(schema, var, clock=clock)
    with registry.connection():
        debits = debits_of(money_office(registry, clock, person), sample_rows()[:4])
        debits.batch(made_on=date(2025, 1, 1))
    registry.close()
    return lambda *words, as_json=False: command(*(["--json"] if as_json else []), "act", *map(str, words))


def test_direct_debit_from_a_terminal(act: Callable[..., Any], tmp_path: Path) -> None:
    made = act("bank_batch", "make_file", "HZ26100501", "--as", "cashier", "--out", tmp_path / "bank")
    assert (made.code, made.said) == (0, "")
    assert made.out.startswith("1 done, 0 left out\n  HZ26100501: 4 lines, 1338.28, in 1 file(s).")
    sent = (tmp_path / "bank" / "HZ26100501.txt").read_bytes().decode("gb18030")
    assert sent.splitlines()[1] == "2|6222861121158589|谭萱一|218.93|物业费2026Q3|1-1-102|"
    result = tmp_path / "result.txt"
    result.write_bytes("".join(f"{'|'.join(row)}\r\n" for row in sample_rows()[:4]).encode("gb18030"))
    answers = ("--as", "cashier", "--file", f"result={result}", "--answer", "paid_on=2025-01-02")
    loaded = act("bank_batch", "load_result", "1", *answers, as_json=True)
    assert (loaded.code, loaded.json["done"][0]["said"]) == (
        0,
        "4 debited, 1338.28; 0 failed, 0.00. ",
    )
    again = act("bank_batch", "load_result", "1", *answers)
    assert again.code == 0 and "changes nothing" in again.out


def test_files_that_are_not_kept_are_named(act: Callable[..., Any]) -> None:
    assert "(--out DIR writes them): HZ26100501.txt" in act("bank_batch", "make_file", "1").out


def test_answers_are_written_as_in_a_file(act: Callable[..., Any]) -> None:
    given = ("--answer", "fee_type=维修费", "--answer", "amount=1,250.5元", "--answer", "remark=换锁")
    done = act("unit", "bill_by_hand", "1-1-101", "1栋1单元102", *given, as_json=True)
    assert [one["title"] for one in done.json["done"]] == ["1-1-101", "1-1-102"]
    assert "1,250.50" in done.json["done"][0]["said"]


def test_what_is_left_out_is_told_and_shows_in_the_exit_code(act: Callable[..., Any]) -> None:
    act("bank_batch", "make_file", "1")
    twice = act("bank_batch", "make_file", "1")
    assert (twice.code, twice.out) == (
        2,
        "0 done, 1 left out\n  HZ26100501: This cannot be done in its present state.\n",
    )


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("unti", "take_payment", "1"), "unknown entity 'unti', did you mean 'unit'?"),
        (("unit", "take_paymnt", "1"), "unknown action 'take_paymnt', did you mean 'take_payment'?"),
        (("unit", "take_payment", "1-1-999"), "There is no Unit “1-1-999”."),
        (("unit", "take_payment", "1", "--answer", "amuont=1"), "unknown question 'amuont', did you mean 'amount'?"),
        (("unit", "take_payment", "1", "--answer", "amount"), "--answer is NAME=…, not 'amount'"),
        (("unit", "take_payment", "1", "--answer", "amount=much"), "amount: “much” is not a number"),
        (("unit", "take_payment", "1", "--answer", "amount=0"), "it must be at least 0.01"),
        (("bank_batch", "load_result", "1", "--answer", "result=x"), "result asks for a file: say --file result=PATH"),
        (("unit", "take_payment", "1", "--file", "amount=x"), "amount asks for no file: say --answer amount=VALUE"),
        (("bank_batch", "load_result", "1", "--file", "result=nowhere.txt"), "nowhere.txt: No such file"),
    ],
)
def test_a_mistake_is_one_line(act: Callable[..., Any], words: tuple[str, ...], line: str) -> None:
    answer = act(*words)
    assert answer.code == 2
    assert answer.line.startswith("estatedesk: ") and line in answer.line


@pytest.mark.parametrize("who", ["frontdesk", "steward1", "auditor", "director", "admin"])
def test_nobody_does_here_what_they_may_not_do(act: Callable[..., Any], who: str) -> None:
    refused = act("bank_batch", "make_file", "1", "--as", who)
    assert (refused.code, refused.out) == (2, "")
    assert "Debit batch" in refused.line or "may not" in refused.line
