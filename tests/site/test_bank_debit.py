"""Direct debit at the site: the file out and the result in as a cashier does it, and the doors of the others (F8)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from models.actor import SYSTEM
from tests.office.debits import Debits, debits_of, sample_rows
from tests.office.money import ROLES, MoneyOffice, money_office
from tests.site.conftest import PASSWORD

MAY = {"cashier", "billing_supervisor"}
READS = MAY | {"director", "supervisor", "auditor"}
HANDOUT = re.compile(r"/handouts/[\w-]+/")
KEY = re.compile(r'href="(/bank_batch/files/[^"]*)"')


@pytest.fixture
def debits(office: Any, clock: Any, person: Callable[..., Any]) -> Debits:
    return debits_of(money_office(office, clock, person), sample_rows()[:4])


@pytest.fixture
def enter(debits: Debits, site_of: Callable[..., Any], visit: Callable[..., Any]) -> Callable[..., Any]:
    app = site_of(debits.registry)

    def go_in(username: str, locale: str = "en") -> Any:
        money: MoneyOffice = debits.money
        visitor = visit(app)
        money.registry.accounts.set_password(money.people[username].id, PASSWORD)
        money.set("user", money.people[username].id, locale=locale)
        assert visitor.sign_in(username, PASSWORD).status_code == 302
        return visitor

    return go_in


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def do(visitor: Any, action: str, batch: int, **more: Any) -> Any:
    form = {"action": f"do:{action}", "rowid": str(batch), "confirmed": "1", **more}
    answer = visitor.post("/bank_batch/action/", form)
    return visitor.get(answer.location) if answer.status_code == 302 else answer


def result(*codes: str) -> bytes:
    rows = [
        [*row[:5], code, "成功" if code == "00" else "余额不足", ""]
        for row, code in zip(sample_rows(), codes, strict=False)
    ]
    return "".join("|".join(row) + "\r\n" for row in rows).encode("gb18030")


def test_a_cashier_makes_the_file_and_takes_the_result_in(debits: Debits, enter: Callable[..., Any]) -> None:
    batch, cashier = debits.batch(), enter("cashier", "zh")
    made = do(cashier, "make_file", batch)
    assert "4 笔，1338.28 元，1 个文件。" in words(made)
    [handout] = HANDOUT.findall(made.get_data(as_text=True))[:1]
    assert cashier.get(handout).data.decode("gb18030").startswith("1|6222677223793626|肖国|455.97|")
    upload = (io.BytesIO(result("00", "51", "00", "00")), "r.txt")
    loaded = do(cashier, "load_result", batch, **{"result-upload": upload, "paid_on": "2026-10-05"})
    assert "成功 3 笔 1119.35 元，失败 1 笔 218.93 元" in words(loaded)
    lines = words(cashier.get("/bank_line/"))
    assert "余额不足" in lines and "6222****3626" in re.sub(r"\*+", "****", lines)
    assert "6222677223793626" not in lines
    assert "HZ26100501 余额不足" in words(cashier.get(f"/bill/details/?id={debits.bills[1]}"))


def test_a_result_that_does_not_fit_is_refused_in_sentences(debits: Debits, enter: Callable[..., Any]) -> None:
    batch, cashier = debits.made()[0], enter("cashier", "zh")
    wrong = result("00", "00", "00", "00").replace(b"218.93", b"281.93")
    answer = do(cashier, "load_result", batch, **{"result-upload": (io.BytesIO(wrong), "r.txt")})
    assert "第 2 行“金额”：文件中是 281.93，送盘是 218.93" in words(answer)
    assert debits.money.rows("receipt") == []


def test_who_takes_the_file_later_is_written_down(debits: Debits, enter: Callable[..., Any]) -> None:
    batch, _ = debits.made()
    cashier = enter("cashier")
    [address] = set(KEY.findall(cashier.get(f"/bank_batch/details/?id={batch}").get_data(as_text=True)))
    taken = cashier.get(address.replace("&amp;", "&"))
    assert taken.data.decode("gb18030").startswith("1|6222677223793626|")
    told = debits.registry.history.of(SYSTEM, "bank_batch", batch)
    assert [(one.verb, one.actor_name) for one in told if one.verb == "reveal"] == [("reveal", "Cashier")]
    for name in ("director", "auditor", "supervisor"):
        other = enter(name)
        page = other.get(f"/bank_batch/details/?id={batch}")
        assert page.status_code == 200 and not KEY.findall(page.get_data(as_text=True))
        assert other.get(address.replace("&amp;", "&")).status_code == 404


@pytest.mark.parametrize("name", sorted(ROLES))
def test_doors(debits: Debits, enter: Callable[..., Any], name: str) -> None:
    role, batch, visitor = ROLES[name], debits.batch(), enter(name)
    assert visitor.get("/bank_batch/").status_code == (200 if role in READS else 403)
    assert visitor.get("/bank_line/").status_code == (200 if role in READS else 403)
    do(visitor, "make_file", batch)
    assert debits.money.get("bank_batch", batch)["state"] == ("sent" if role in MAY else "draft")
    imports = visitor.get("/imports/past_payments/")
    assert (imports.status_code == 200) == (role == "billing_supervisor")


def test_the_slip_is_printed(debits: Debits, enter: Callable[..., Any]) -> None:
    batch, _ = debits.made()
    debits.load(batch, result("00", "51", "00", "00"))
    visitor = enter("billing", "zh")
    answer = visitor.post(
        "/bank_batch/action/", {"action": "print:deposit_slip", "rowid": str(batch), "confirmed": "1"}
    )
    assert answer.status_code in (200, 302, 303)
