"""Amounts in Chinese capitals: the zeros, the ends, what cannot be said."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.amounts import DIGITS, PLACES, capital

SAID = [
    ("0", "零元整"),
    ("0.01", "壹分"),
    ("0.10", "壹角整"),
    ("0.05", "伍分"),
    ("0.56", "伍角陆分"),
    ("1", "壹元整"),
    ("10", "壹拾元整"),
    ("10.05", "壹拾元零伍分"),
    ("15.20", "壹拾伍元贰角整"),
    ("100", "壹佰元整"),
    ("101", "壹佰零壹元整"),
    ("110", "壹佰壹拾元整"),
    ("325.04", "叁佰贰拾伍元零肆分"),
    ("1000", "壹仟元整"),
    ("1001", "壹仟零壹元整"),
    ("1010", "壹仟零壹拾元整"),
    ("1234.50", "壹仟贰佰叁拾肆元伍角整"),
    ("1409.50", "壹仟肆佰零玖元伍角整"),
    ("1680.32", "壹仟陆佰捌拾元叁角贰分"),
    ("6007.14", "陆仟零柒元壹角肆分"),
    ("10000", "壹万元整"),
    ("10001", "壹万零壹元整"),
    ("10100", "壹万零壹佰元整"),
    ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
    ("100000", "壹拾万元整"),
    ("107000.53", "壹拾万柒仟元伍角叁分"),
    ("1000000", "壹佰万元整"),
    ("1000001", "壹佰万零壹元整"),
    ("10203040.05", "壹仟零贰拾万叁仟零肆拾元零伍分"),
    ("100000001", "壹亿零壹元整"),
    ("100010000", "壹亿零壹万元整"),
    ("120000000", "壹亿贰仟万元整"),
    ("999999999999.99", "玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ("-18.30", "负壹拾捌元叁角整"),
]


@pytest.mark.parametrize(("amount", "words"), SAID)
def test_an_amount_is_said_in_capitals(amount: str, words: str) -> None:
    assert capital(Decimal(amount)) == words


@pytest.mark.parametrize("amount", ["0.001", "12.345", "1000000000000", "-1000000000000"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="is no amount"):
        capital(Decimal(amount))


@given(st.integers(0, 10**14 - 1))
def test_the_words_say_the_amount_and_no_other(fen: int) -> None:
    words = capital(Decimal(fen) / 100)
    assert _read(words) == fen
    assert "零零" not in words
    assert words.endswith(("分", "整"))


def _read(words: str) -> int:
    """The fen that the words mean, read digit by digit."""
    whole, _, small = words.rpartition("元") if "元" in words else ("", "", words)
    fen = sum(
        DIGITS.index(small[at - 1]) * worth for mark, worth in (("角", 10), ("分", 1)) if (at := small.find(mark)) > 0
    )
    return _whole(whole) * 100 + fen


def _whole(words: str) -> int:
    for mark, worth in (("亿", 10**8), ("万", 10**4)):
        if mark in words:
            high, _, low = words.partition(mark)
            return _whole(high) * worth + _whole(low)
    total, digit = 0, 0
    for sign in words:
        if sign in DIGITS:
            digit = DIGITS.index(sign)
        else:
            total, digit = total + digit * 10 ** PLACES.index(sign), 0
    return total + digit
