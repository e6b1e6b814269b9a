"""What each field type makes of what people and spreadsheets write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from schema.types import FieldType
from tests.types.conftest import EN, ZH, make_type

AREA = {"places": 2, "unit": "m²", "min": 0}
STATE = {"of": "unit_state"}
HOUSE = {"to": "building"}


@pytest.mark.parametrize(
    ("name", "options", "text", "value"),
    [
        ("text", {}, "  张三  ", "张三"),
        ("text", {}, "a  b", "a  b"),
        ("text", {}, "line\r\nbreak", "line break"),
        ("text", {}, "nul\x00 and bell\x07", "nul and bell"),
        ("text", {}, "'; DROP TABLE unit;-- <b>{x}%s\U0001f600", "'; DROP TABLE unit;-- <b>{x}%s\U0001f600"),
        ("text", {}, "half \ud83d surrogate", "half  surrogate"),
        ("text", {"pattern": "[A-Z]{2}\\d+"}, "AB12", "AB12"),
        ("long_text", {}, " a\n\n\tb ", "a\n\n\tb"),
        ("integer", {}, "1,234", 1234),
        ("integer", {}, "１２", 12),
        ("integer", {}, "12.0", 12),
        ("integer", {}, "-3", -3),
        ("integer", {"unit": "层"}, "12 层", 12),
        ("decimal", AREA, "67.01", Decimal("67.01")),
        ("decimal", AREA, "67", Decimal("67.00")),
        ("decimal", AREA, "67.01平方米", Decimal("67.01")),
        ("decimal", AREA, "67.01 ㎡", Decimal("67.01")),
        ("decimal", AREA, "67.01M2", Decimal("67.01")),
        ("decimal", AREA, "1,234.5", Decimal("1234.50")),
        ("decimal", AREA, "67.010000000001", Decimal("67.01")),
        ("decimal", {"places": 6}, "1E-05", Decimal("0.000010")),
        ("decimal", {"places": 0}, "12", 12),
        ("money", {}, "¥1,234.50", Decimal("1234.50")),
        ("money", {}, "￥１，２３４．５", Decimal("1234.50")),
        ("money", {}, "100元", Decimal("100.00")),
        ("money", {}, "(100)", Decimal("-100.00")),
        ("money", {}, "（100.5）", Decimal("-100.50")),
        ("money", {}, "-¥5", Decimal("-5.00")),
        ("money", {}, "¥-5", Decimal("-5.00")),
        ("money", {}, "-0", Decimal("0.00")),
        ("money", {}, "RMB 5", Decimal("5.00")),
        ("percent", {}, "95%", Decimal("95.00")),
        ("percent", {}, "95.5％", Decimal("95.50")),
        ("percent", {"places": 1}, "7", Decimal("7.0")),
        ("rating", {}, "4", 4),
        ("rating", {}, "★★★☆☆", 3),
        ("rating", {}, "5分", 5),
        ("boolean", {}, "是", True),
        ("boolean", {}, "√", True),
        ("boolean", {}, "YES", True),
        ("boolean", {}, "0", False),
        ("boolean", {}, "否", False),
        ("date", {}, "2026-03-01", date(2026, 3, 1)),
        ("date", {}, "2026/3/1", date(2026, 3, 1)),
        ("date", {}, "2026.10.31", date(2026, 10, 31)),
        ("date", {}, "2026年3月1日", date(2026, 3, 1)),
        ("date", {}, "2026 年 3 月 1 号", date(2026, 3, 1)),
        ("date", {}, "20260301", date(2026, 3, 1)),
        ("date", {}, "２０２６－０３－０１", date(2026, 3, 1)),
        ("date", {}, "2026-03-01 00:00:00", date(2026, 3, 1)),
        ("datetime", {}, "2026-09-18 10:22:31", datetime(2026, 9, 18, 2, 22, 31, tzinfo=UTC)),
        ("datetime", {}, "2026-09-18T10:22", datetime(2026, 9, 18, 2, 22, tzinfo=UTC)),
        ("datetime", {}, "2026年9月18日 10时22分", datetime(2026, 9, 18, 2, 22, tzinfo=UTC)),
        ("datetime", {}, "2026/9/18", datetime(2026, 9, 17, 16, 0, tzinfo=UTC)),
        ("datetime", {}, "2026-09-18T10:22:00+00:00", datetime(2026, 9, 18, 10, 22, tzinfo=UTC)),
        ("datetime", {}, "2026-09-18T10:22Z", datetime(2026, 9, 18, 10, 22, tzinfo=UTC)),
        ("time", {}, "9:30", time(9, 30)),
        ("time", {}, "09：30：15", time(9, 30, 15)),
        ("time", {}, "9点", time(9)),
        ("month", {}, "2026-03", "2026-03"),
        ("month", {}, "2026年3月", "2026-03"),
        ("month", {}, "2026/3", "2026-03"),
        ("month", {}, "202603", "2026-03"),
        ("month", {}, "2026-03-01", "2026-03"),
        ("choice", STATE, "空置", "vacant"),
        ("choice", STATE, "空置房", "vacant"),
        ("choice", STATE, "Vacant", "vacant"),
        ("choice", STATE, "RENTED OUT", "let"),
        ("choice", STATE, "let", "let"),
        ("choices", STATE, "出租、空置", ("vacant", "let")),
        ("choices", STATE, "let; let, Occupied", ("occupied", "let")),
        ("ref", HOUSE, " 3-2-1001 ", 3),
        ("refs", HOUSE, "2栋；1栋", (1, 2)),
        ("phone", {}, "138 1234 5678", "13812345678"),
        ("phone", {}, "１３８－１２３４－５６７８", "13812345678"),
        ("phone", {}, "+86 13812345678", "13812345678"),
        ("phone", {}, "13812345678.0", "13812345678"),
        ("phone", {}, "053288881234", "0532-88881234"),
        ("phone", {}, "(0532) 8888 1234", "0532-88881234"),
        ("phone", {}, "010-88881234-801", "010-88881234转801"),
        ("phone", {}, "010-88881234转801", "010-88881234转801"),
        ("phone", {}, "88881234", "88881234"),
        ("phone", {}, "400-123-4567", "4001234567"),
        ("phone", {}, "+49 30 123456", "+4930123456"),
        ("email", {}, "Name@Example.COM", "Name@example.com"),
        ("url", {}, "https://example.com/a?b=1", "https://example.com/a?b=1"),
        ("id_number", {}, "310104198401220961", "310104198401220961"),
        ("id_number", {}, "110105 19491231 002x", "11010519491231002X"),
        ("id_number", {}, "110105491231002", "110105491231002"),
        ("id_number", {}, "e12345678", "E12345678"),
        ("id_number", {}, "H1234567801", "H1234567801"),
        ("id_number", {}, "M123456(7)", "M123456(7)"),
        ("plate", {}, "鲁b·12345", "鲁B12345"),
        ("plate", {}, "鲁 B D12345", "鲁BD12345"),
        ("plate", {}, "粤Z1234港", "粤Z1234港"),
        ("account_number", {}, "6222 0212 3456 7894", "6222021234567894"),
        ("files", {}, "2026/a.pdf; b.png", ("2026/a.pdf", "b.png")),
        ("json", {}, '{"b": 1, "a": [null]}', {"b": 1, "a": [None]}),
    ],
)
def test_it_reads(name: str, options: dict[str, Any], text: str, value: Any) -> None:
    read = make_type(name, **options).parse(text, ZH)
    assert read == value
    assert type(read) is type(value)
    if isinstance(value, Decimal):
        assert read.as_tuple() == value.as_tuple()


@pytest.mark.parametrize("name", sorted(set(FieldType.registry) - {"formula", "sum", "count", "number"}))
@pytest.mark.parametrize("blank", ["", "  ", "\u3000", "\n"])
def test_a_blank_is_nothing(name: str, blank: str) -> None:
    kind = make_type(name, **{"choice": STATE, "choices": STATE, "ref": HOUSE, "refs": HOUSE}.get(name, {}))
    assert kind.parse(blank, ZH) is None
    assert kind.display(None, ZH) == ""
    assert kind.edit_text(None, ZH) == ""
    assert kind.to_json(None) is None
    assert kind.from_json(None) is None
    assert kind.check(None, ZH) is None
    assert kind.mask(None, ZH) == ""


@pytest.mark.parametrize(
    ("name", "options", "text", "zh", "en"),
    [
        ("text", {"max": 3}, "四个字符", "最多 3 个", "at most 3"),
        ("text", {"pattern": "\\d+"}, "a{1}", "“a{1}”不符合格式 \\d+", "“a{1}” does not match"),
        ("integer", {}, "1.5", "应为整数，例如 12", "whole number, e.g. 12"),
        ("integer", {}, "1.2E+5", "科学计数法", "scientific notation"),
        ("integer", {"min": 1}, "0", "不能小于 1", "at least 1"),
        ("integer", {}, "1234567890123456", "最多 15 位", "at most 15 digits"),
        ("decimal", AREA, "九十平", "“九十平”不是数字；请只填数字，例如 12.50", "“九十平” is not a number"),
        ("decimal", AREA, "-5", "不能小于 0", "at least 0"),
        ("decimal", AREA, "67.015", "最多 2 位", "at most 2 decimal places"),
        ("decimal", AREA, "1.23457E+11", "科学计数法", "scientific notation"),
        ("decimal", AREA, "1,23", "不是数字", "not a number"),
        ("decimal", AREA, "12,5", "不是数字", "not a number"),
        ("decimal", AREA, "5 kg", "不是数字", "not a number"),
        ("decimal", AREA, "nan", "不是数字", "not a number"),
        ("decimal", AREA, "Infinity", "不是数字", "not a number"),
        ("decimal", AREA, "٣", "不是数字", "not a number"),
        ("decimal", AREA, "1_000", "不是数字", "not a number"),
        ("money", {}, "12345678901234.00", "太大", "too large"),
        ("money", {}, "--5", "不是数字", "not a number"),
        ("rating", {}, "6", "1 到 5 的整数", "from 1 to 5"),
        ("rating", {}, "2.5", "1 到 5 的整数", "from 1 to 5"),
        ("boolean", {}, "也许", "“是”或“否”", "yes or no"),
        ("date", {}, "2026-02-30", "“2026-02-30”不是日期，例如 2026-03-01", "is not a date, e.g. 2026-03-01"),
        ("date", {}, "03/04/2026", "不是日期", "not a date"),
        ("date", {}, "1700-01-01", "1800-01-01 至 2999-12-31", "between 1800-01-01 and 2999-12-31"),
        ("datetime", {}, "2026-03-01 25:00", "不是日期时间", "not a date and time"),
        ("time", {}, "9:75", "不是时间", "not a time"),
        ("month", {}, "2026-13", "不是月份", "not a month"),
        ("month", {}, "2026-03-15", "不是月份", "not a month"),
        ("choice", STATE, "闲置不用", "“闲置不用”不在选项中", "“闲置不用” is not one of the options"),
        ("choice", STATE, "空至", "是不是“空置”", "did you mean “空置”"),
        ("choices", STATE, "出租、别的", "“别的”不在选项中", "“别的” is not one of the options"),
        ("ref", HOUSE, "9栋", "没有“9栋”", "there is no “9栋”"),
        ("phone", {}, "1.38E+10", "科学计数法，末尾的数字已经丢失", "scientific notation"),
        ("phone", {}, "1381234567", "应为 11 位，“1381234567”是 10 位", "has 11 digits"),
        ("phone", {}, "电话", "例如 13812345678", "e.g. 13812345678"),
        ("email", {}, "name@", "例如 name@example.com", "e.g. name@example.com"),
        ("url", {}, "javascript:alert(1)", "http:// 或 https://", "http:// or https://"),
        ("url", {}, "ftp://example.com", "http:// 或 https://", "http:// or https://"),
        ("id_number", {}, "3.70203E+17", "科学计数法", "scientific notation"),
        ("id_number", {}, "370203200009061000", "末尾数字被电子表格改成了 0", "rounded to 0 by a spreadsheet"),
        ("id_number", {}, "310104198401220962", "校验码不对", "check digit"),
        ("id_number", {}, "110105194913310026", "校验码不对", "check digit"),
        ("id_number", {}, "110105491331002", "出生日期不存在", "birthday"),
        ("id_number", {}, "990105491231002", "地区代码 99", "area code 99"),
        ("id_number", {}, "31010419840122096", "应为 18 位", "has 18 digits"),
        ("plate", {}, "鲁B1234", "例如 鲁B12345", "e.g. 鲁B12345"),
        ("plate", {}, "鲁O-I2345", "不是车牌号", "not a plate number"),
        ("account_number", {}, "6.22202E+18", "科学计数法", "scientific notation"),
        ("account_number", {}, "6222020200112230000", "末尾数字被电子表格改成了 0", "rounded to 0"),
        ("account_number", {}, "1234567", "8 到 30 位", "8 to 30 digits"),
        ("account_number", {}, "6222A", "只能是数字", "digits only"),
        ("files", {"max": 1}, "a b", "最多 1 个", "at most 1"),
        ("json", {}, "{a}", "不是 JSON（第 1 行）", "not JSON (line 1)"),
        ("json", {}, "NaN", "不能写成 JSON", "cannot be written as JSON"),
    ],
)
def test_it_refuses_and_says_what_would_be_right(
    refusal: Callable[[FieldType, str], tuple[str, str]],
    name: str,
    options: dict[str, Any],
    text: str,
    zh: str,
    en: str,
) -> None:
    said_zh, said_en = refusal(make_type(name, **options), text)
    assert zh in said_zh
    assert en in said_en


@pytest.mark.parametrize(
    ("name", "options", "value", "zh", "en", "masked"),
    [
        ("text", {}, "张三", "张三", "张三", "•••"),
        ("integer", {}, 12000, "12000", "12000", "•••"),
        ("decimal", AREA, Decimal("1234.50"), "1,234.50", "1,234.50", "•••"),
        ("money", {}, Decimal("-1234567.00"), "-1,234,567.00", "-1,234,567.00", "•••"),
        ("percent", {}, Decimal("95.00"), "95.00%", "95.00%", "•••"),
        ("rating", {}, 2, "★★☆☆☆", "★★☆☆☆", "•••"),
        ("boolean", {}, False, "否", "No", "•••"),
        ("date", {}, date(2026, 3, 1), "2026-03-01", "2026-03-01", "•••"),
        ("datetime", {}, datetime(2026, 3, 1, 16, 5, 9, tzinfo=UTC), "2026-03-02 00:05", "2026-03-02 00:05", "•••"),
        ("time", {}, time(9, 5), "09:05", "09:05", "•••"),
        ("choice", STATE, "vacant", "空置", "Vacant", "•••"),
        ("choice", STATE, "gone", "gone", "gone", "•••"),
        ("choices", STATE, ("vacant", "let"), "空置、出租", "Vacant, Let", "•••"),
        ("ref", HOUSE, 3, "3-2-1001", "3-2-1001", "•••"),
        ("ref", HOUSE, 99, "", "", "•••"),
        ("refs", HOUSE, (1, 2, 99), "1栋; 2栋", "1栋; 2栋", "•••"),
        ("phone", {}, "13812345678", "13812345678", "13812345678", "138****5678"),
        ("phone", {}, "0532-88881234", "0532-88881234", "0532-88881234", "0532-****1234"),
        ("phone", {}, "88881234", "88881234", "88881234", "****34"),
        ("email", {}, "name@example.com", "name@example.com", "name@example.com", "n•••@example.com"),
        ("id_number", {}, "310104198401220961", "310104198401220961", "310104198401220961", "310104**********61"),
        ("id_number", {}, "E12345678", "E12345678", "E12345678", "E1*****78"),
        ("plate", {}, "鲁B12345", "鲁B12345", "鲁B12345", "鲁*****5"),
        ("account_number", {}, "6222021234567894", "6222021234567894", "6222021234567894", "6222********7894"),
        ("files", {}, ("a", "b"), "2 个文件", "2 files", "•••"),
        ("json", {}, {"a": "中"}, '{"a": "中"}', '{"a": "中"}', "•••"),
        ("json", {}, {"said": {"zh": "三张", "en": "three"}, "n": 3}, "三张", "three", "•••"),
        ("json", {}, [{"said": "2 × 3 = 6"}, {"said": "1"}], "2 × 3 = 6；1", "2 × 3 = 6; 1", "•••"),
        ("json", {}, [{"said": "6"}, {"a": 1}], '[{"said": "6"}, {"a": 1}]', '[{"said": "6"}, {"a": 1}]', "•••"),
    ],
)
def test_it_shows_and_masks(name: str, options: dict[str, Any], value: Any, zh: str, en: str, masked: str) -> None:
    kind = make_type(name, **options)
    assert (kind.display(value, ZH), kind.display(value, EN), kind.mask(value, ZH)) == (zh, en, masked)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("integer", 5.0, 5),
        ("money", 0.1, Decimal("0.10")),
        ("money", 67.00999999999999, Decimal("67.01")),
        ("text", 101, "101"),
        ("phone", 13812345678, "13812345678"),
        ("date", "2026/3/1", date(2026, 3, 1)),
        ("month", date(2026, 3, 1), "2026-03"),
        ("boolean", 1, True),
        ("datetime", datetime(2026, 3, 1, 10, 0), datetime(2026, 3, 1, 2, 0, tzinfo=UTC)),
    ],
)
def test_check_takes_what_a_cell_of_a_workbook_holds(name: str, value: Any, expected: Any) -> None:
    assert make_type(name).check(value, ZH) == expected


def test_every_example_is_read_by_its_own_type() -> None:
    options = {"choice": STATE, "choices": STATE, "formula": {"is": "1", "gives": "decimal"},
               "sum": {"of": "bill.amount"}, "count": {"of": "bill"}, "number": {"series": "N{serial}"}}  # fmt: skip
    for name in FieldType.registry:
        if name in ("ref", "refs"):
            continue
        kind = make_type(name, **options.get(name, {}))
        for context in (ZH, EN):
            example = kind.example(context.locale)
            assert not example or kind.parse(example, context) is not None, name
