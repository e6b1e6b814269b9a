"""Amounts of money in words, as receipts and letters have to carry them (domain F5)."""

from __future__ import annotations

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
SECTIONS = ("", "万", "亿")
FEN = Decimal("0.01")
MOST = Decimal(10) ** 12


def capital(amount: Decimal) -> str:
    """An amount of yuan in Chinese capitals: 1234.50 is 壹仟贰佰叁拾肆元伍角整.

    It ends in 整 unless there are fen. Zeros within the number are said once, those at the end of the yuan are not.
    Raises ValueError for parts of a fen and for a million million and more. Source: domain F5.
    """
    if amount != amount.quantize(FEN) or abs(amount) >= MOST:
        raise ValueError(f"{amount} is no amount in yuan and fen below {MOST:,}")
    fen = int(abs(amount) * 100)
    sign = "负" if amount < 0 else ""
    whole, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    yuan = f"{_number(whole)}元" if whole else ""
    if not jiao and not rest:
        return f"{sign}{yuan or '零元'}整"
    return sign + yuan + _below_one(jiao, rest, after_yuan=bool(whole))


def _below_one(jiao: int, fen: int, *, after_yuan: bool) -> str:
    """The jiao and fen; a missing jiao between yuan and fen is said as a zero."""
    said = f"{DIGITS[jiao]}角" if jiao else "零" if after_yuan else ""
    return said + (f"{DIGITS[fen]}分" if fen else "整")


def _number(number: int) -> str:
    """A whole number above zero, by sections of four digits."""
    said, gap = "", False
    for power in range(len(SECTIONS) - 1, -1, -1):
        section = number // 10 ** (4 * power) % 10_000
        if not section:
            gap = bool(said)
            continue
        if said and (gap or section < 1000):
            said += "零"
        said += _section(section) + SECTIONS[power]
        gap = False
    return said


def _section(section: int) -> str:
    """A number from 1 to 9999."""
    said, gap = "", False
    for place in (3, 2, 1, 0):
        digit = section // 10**place % 10
        if not digit:
            gap = bool(said)
            continue
        said += ("零" if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return said
