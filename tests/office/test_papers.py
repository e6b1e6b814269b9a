"""The papers of the office: what each says in both languages, how many pages it takes, and what none may say."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.office.community_samples import COMMUNITY_HEADS, COMMUNITY_MOST_PAGES
from tests.office.desk_samples import DESK_HEADS, DESK_MOST_PAGES
from tests.office.dispatch_samples import DISPATCH_HEADS, DISPATCH_MOST_PAGES
from tests.office.gate_samples import GATE_HEADS, GATE_MOST_PAGES
from tests.office.notice_samples import NOTICE_HEADS, NOTICE_MOST_PAGES
from tests.office.paper_samples import LONG_NAME, OFFICE, PAPERS, receipt
from tests.office.renovation_samples import RENOVATION_HEADS, RENOVATION_MOST_PAGES
from tests.office.round_samples import ROUND_HEADS, ROUND_MOST_PAGES
from tests.office.sign_samples import SIGN_HEADS, SIGN_MOST_PAGES
from tests.printing.conftest import pages_of
from transfer.typesetting import HOUSE, typeset

HEADS = {
    "payment_notice": ("缴费通知单", "Paymentnotice"),
    "receipt": ("收据", "Receipt"),
    "day_sheet": ("收款日报", "Daysheet"),
    "deposit_slip": ("银行进账单", "Depositslip"),
    "reminder": ("催缴通知", "Paymentreminder"),
    "final_notice": ("限期缴费通知", "Finalnotice"),
    "home_visit": ("上门访问记录", "Homevisitrecord"),
    "legal_handover": ("移交法务材料", "Hand-overtolegal"),
    **DESK_HEADS,
    **GATE_HEADS,
    **RENOVATION_HEADS,
    **COMMUNITY_HEADS,
    **DISPATCH_HEADS,
    **ROUND_HEADS,
    **SIGN_HEADS,
    **NOTICE_HEADS,
}
MOST_PAGES = {  # for 1, 12 and 60 lines
    "payment_notice": (1, 2, 4), "receipt": (1, 2, 4), "day_sheet": (1, 2, 4), "deposit_slip": (1, 2, 4),
    "reminder": (1, 2, 4), "final_notice": (1, 2, 4), "home_visit": (1, 2, 4), "legal_handover": (2, 2, 6),
    **DESK_MOST_PAGES,
    **GATE_MOST_PAGES,
    **RENOVATION_MOST_PAGES,
    **COMMUNITY_MOST_PAGES,
    **DISPATCH_MOST_PAGES,
    **ROUND_MOST_PAGES,
    **SIGN_MOST_PAGES,
    **NOTICE_MOST_PAGES,
}  # fmt: skip
LOCALES = ("zh", "en")


def printed(name: str, locale: str, *sheets: dict[str, Any]) -> list[str]:
    return pages_of(typeset(name, {"office": OFFICE, "sheets": list(sheets)}, locale))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", PAPERS)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_paper_says_what_it_is_and_whose(name: str, locale: str) -> None:
    text = "".join(printed(name, locale, PAPERS[name](1)))
    assert HEADS[name][LOCALES.index(locale)] in text
    assert "".join(OFFICE["name"].to(locale).split()) in text
    assert "None" not in text


@pytest.mark.parametrize("name", PAPERS)
def test_no_chinese_is_left_in_an_english_paper_but_the_amount_in_capitals(name: str) -> None:
    sheet = PAPERS[name](3)
    text = "".join(printed(name, "en", sheet)).replace(str(sheet.get("total_capital")), "")
    assert not re.findall(r"[\u4e00-\u9fff]+", text)


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_stays_on_few_pages_also_with_long_names(name: str) -> None:
    for lines, most in zip((1, 12, 60), MOST_PAGES[name], strict=True):
        for locale in LOCALES:
            pages = printed(name, locale, PAPERS[name](lines, LONG_NAME))
            assert len(pages) <= most, (name, lines, locale)
            last = f"第{len(pages)}页，共{len(pages)}页" if locale == "zh" else f"Page{len(pages)}of{len(pages)}"
            assert pages[-1].endswith(last)


@pytest.mark.parametrize("name", ["payment_notice", "reminder", "final_notice"])
def test_a_letter_states_amounts_periods_how_to_pay_and_whom_to_ask(name: str) -> None:
    text = "".join(printed(name, "zh", PAPERS[name](3)))
    for said in ("王小明", "收", "3-2-1001", "2026-01-01–2026-03-31", "800.00×0.05%×45天+500.00×0.05%×30天",
                 "缴费方式", "银行转账", "李静", "0571-00000000", "签收回执"):  # fmt: skip
        assert said in text, said


def test_a_final_notice_names_its_deadline_and_when_the_late_fee_begins() -> None:
    text = "".join(printed("final_notice", "zh", PAPERS["final_notice"](1)))
    assert "请您在2026年4月10日前缴清" in text and "自2026年4月11日起" in text and "每日0.05%" in text
    english = "".join(printed("final_notice", "en", PAPERS["final_notice"](1)))
    assert "From11April2026alatefeeof0.05%aday" in english


def test_a_reversed_receipt_is_stamped_void_on_every_page() -> None:
    void = {"at": "2026-03-17", "by": "周主管", "reason": "重复收款"}
    pages = printed("receipt", "zh", {**receipt(40), "void": void})
    assert len(pages) > 1 and all("作废" in page and "重复收款" in page for page in pages)
    assert "作废" not in "".join(printed("receipt", "zh", receipt(1)))


def test_a_receipt_has_the_amount_in_figures_and_capitals() -> None:
    (page,) = printed("receipt", "zh", receipt(1))
    for said in ("SJ2603-000128", "¥1,234.50", "壹仟贰佰叁拾肆元伍角整", "微信800.00", "找零65.50", "不作为税务发票"):
        assert said in page, said


THREATS = re.compile(
    "[停断限切][止掉]?(供)?[水电暖热气]|停止供[水电暖热气]|掐[水电]|限[水电]"
    r"|cut(ting)?[\s-]+(you[\s-]+)?(off|the|your)|disconnect|shut(ting)?[\s-]+off|switch(ing)?[\s-]+off|turn(ing)?[\s-]+off"
    r"|suspend|stop[\s-]+(the[\s-]+)?suppl|no[\s-]+(more[\s-]+)?(water|power|heat|gas)\b",
    re.IGNORECASE,
)


@pytest.mark.parametrize(
    "words", ["停水", "停止供水", "断电", "切断水电", "断水", "cut off", "cut your water", "disconnected"]
)
def test_the_search_for_threats_finds_them(words: str) -> None:
    assert THREATS.search(words)


@pytest.mark.parametrize("path", sorted(HOUSE.glob("*.typ")), ids=lambda path: path.name)
def test_no_paper_threatens_to_cut_water_power_heat_or_gas(path: Any) -> None:
    assert THREATS.findall(path.read_text(encoding="utf-8")) == []


def test_every_paper_that_ships_is_looked_at_here() -> None:
    assert {path.stem for path in HOUSE.glob("*.typ")} - {"house", "owed", "renovation_parts"} == set(PAPERS)
