"""Made-up data for every paper of the office, as the head of its template says; in both languages, with n lines."""

from __future__ import annotations

from typing import Any

from schema.text import Text
from tests.office.community_samples import COMMUNITY_PAPERS
from tests.office.desk_samples import DESK_PAPERS
from tests.office.dispatch_samples import DISPATCH_PAPERS
from tests.office.gate_samples import GATE_PAPERS
from tests.office.notice_samples import NOTICE_PAPERS
from tests.office.renovation_samples import RENOVATION_PAPERS
from tests.office.round_samples import ROUND_PAPERS
from tests.office.sign_samples import SIGN_PAPERS

NAME = Text("王小明", "Wang Xiaoming")
LONG_NAME = Text(
    "欧阳娜娜·买买提江·阿卜杜拉（共有人：司马相如、诸葛孔明）",
    "Maximilian Alexander von Hohenstaufen-Württemberg & Wilhelmina",
)
FEES = (
    Text("物业服务费", "Property fee"),
    Text("公摊电费", "Shared electricity"),
    Text("生活用水", "Water"),
    Text("地下车位管理费", "Parking management"),
    Text("生活垃圾清运费（含公共区域保洁与秩序维护，按建筑面积计收）", "Waste collection and cleaning of common areas"),
)
STEWARD = Text("李静", "Li Jing")
ADDRESS = Text("澜庭花园 3栋2单元1001室", "Building 3, Section 2, Room 1001, Lanting Gardens")
WAYS = (
    (Text("银行转账", "Bank transfer"), Text("示例银行　账号 0000 0000", "Sample Bank, account 0000 0000")),
    (Text("现金", "Cash"), Text("服务中心前台", "Front desk of the office")),
)
WECHAT = Text("微信", "WeChat")
CLAUSE = Text("《物业服务合同》第十二条", "contract, clause 12")
QUARTER = "2026-01-01 – 2026-03-31"
OFFICE = {
    "name": Text("澜庭物业服务中心", "Lanting Service Centre"),
    "telephone": "0571-0000 0000",
    "hours": "8:30–17:30",
    "address": Text("澜庭花园 1 号楼一层", "Building 1, Lanting Gardens"),
}


def fee(n: int) -> Text:
    return FEES[n % len(FEES)]


def owed(n: int) -> dict[str, Any]:
    """Bills owed, every other one with a late fee."""
    spans = [{"principal": "800.00", "rate": "0.05%", "days": 45}, {"principal": "500.00", "rate": "0.05%", "days": 30}]
    late = {"amount": "25.50", "spans": spans}
    rows = [
        {
            "name": fee(i),
            "period": QUARTER,
            "due_on": "2025-12-31",
            "owed": "800.00",
            **({} if i % 2 else {"late_fee": late}),
        }
        for i in range(n)
    ]
    return {"owed": rows, "owed_total": "2400.00", "late_fee_total": "57.00", "late_fee_to": "2026-03-16"}


def letter(n: int, name: Text = NAME) -> dict[str, Any]:
    """What the reminder and the final notice share."""
    return {
        "number": "CJ260316-0042",
        "issued_on": "2026-03-16",
        "as_of": "2026-03-15",
        "pay_by": "2026-03-31",
        "deadline": "2026-04-10",
        "unit": "3-2-1001",
        "total": "2457.00",
        "total_capital": "贰仟肆佰伍拾柒元整",
        "to": {
            "name": name,
            "lines": [Text("澜庭花园 3栋2单元1001室", "Building 3, Section 2, Room 1001, Lanting Gardens")],
        },
        "ways": [
            {
                "label": Text("银行转账", "Bank transfer"),
                "text": Text("示例银行　账号 0000 0000", "Sample Bank, account 0000 0000"),
            },
            {"label": Text("现金", "Cash"), "text": Text("服务中心前台", "Front desk of the office")},
        ],
        "contact": {"name": STEWARD, "telephone": "0571-0000 0000", "hours": "8:30–17:30"},
        "earlier": [{"name": Text("催缴通知", "reminder"), "number": "CJ260201-0007", "delivered_on": "2026-02-03"}],
        "late_fee_terms": {
            "from": "2026-04-11",
            "rate": "0.05%",
            "cap": "100%",
            "basis": Text("《物业服务合同》第十二条", "contract, clause 12"),
        },
        **owed(n),
    }


def payment_notice(n: int, name: Text = NAME) -> dict[str, Any]:
    items = [
        {
            "name": fee(i),
            "period": QUARTER,
            "quantity": "98.50",
            "unit": "m²",
            "price": "2.80",
            "amount": "275.80",
            "note": Text("读数 1,203 → 1,231", "Reading 1,203 → 1,231") if i % 4 == 2 else None,
        }
        for i in range(n)
    ]
    return {
        **letter(min(n, 3), name),
        "number": "TZ260316-0042",
        "due_on": "2026-03-31",
        "area": "98.50",
        "items": items,
        "period": Text("2026年第一季度", "First quarter of 2026"),
        "subtotal": "12345.50",
        "credit": "11.56",
        "total": "14790.94",
        "total_capital": "壹万肆仟柒佰玖拾元零玖角肆分",
    }


def receipt(n: int, name: Text = NAME) -> dict[str, Any]:
    return {
        "number": "SJ2603-000128",
        "received_on": "2026-03-16 09:30",
        "payer": name,
        "unit": "3-2-1001",
        "items": [{"name": fee(i), "period": QUARTER, "amount": "275.80"} for i in range(n)],
        "methods": [
            {"label": WECHAT, "amount": "800.00", "reference": "4200 0019"},
            {"label": Text("现金", "Cash"), "amount": "434.50"},
        ],
        "total": "1234.50",
        "total_capital": "壹仟贰佰叁拾肆元伍角整",
        "cashier": Text("陈晓", "Chen Xiao"),
        "tendered": "500.00",
        "change": "65.50",
    }


def day_sheet(n: int, name: Text = NAME) -> dict[str, Any]:
    payments = [
        {
            "number": f"SJ2603-{100 + i:06}",
            "time": "09:30",
            "unit": "3-2-1001",
            "payer": name,
            "method": WECHAT,
            "amount": "275.80",
            "void": i == 3,
        }
        for i in range(n)
    ]
    sums = {"count": n, "taken": "26044.50", "reversed": "275.50", "net": "25769.00"}
    return {
        "number": "RB260316-01",
        "day": "2026-03-16",
        "cashier": Text("陈晓", "Chen Xiao"),
        "receipts": n,
        "voids": 1,
        "first_receipt": "SJ2603-000100",
        "last_receipt": "SJ2603-000126",
        "methods_total": sums,
        "methods": [{"label": WECHAT, **sums}],
        "fees_total": "25769.00",
        "fees": [{"label": fee(i), "count": 3, "amount": "275.80"} for i in range(min(n, 6))],
        "cash": {
            "expected": "1834.50",
            "counted": "1834.00",
            "difference": "-0.50",
            "reason": Text("找零尾差", "Change"),
        },
        "safe_checked": True,
        "payments": payments,
        "total": "25769.00",
        "total_capital": "贰万伍仟柒佰陆拾玖元整",
    }


def deposit_slip(n: int, name: Text = NAME) -> dict[str, Any]:
    failures = [
        {"unit": "3-2-1001", "name": name, "amount": "275.80", "reason": Text("余额不足", "Insufficient funds")}
    ] * n
    return {
        "number": "HZ260310-02",
        "sent_on": "2026-03-10",
        "returned_on": "2026-03-12",
        "file": "HZ260310-02.txt",
        "bank": Text("示例银行澜庭支行", "Sample Bank, Lanting Branch"),
        "account": "6222 **** **** 0000",
        "sent": {"count": 412, "amount": "180234.50"},
        "paid": {"count": 412 - n, "amount": "171000.00"},
        "failed": {"count": n, "amount": "9234.50"},
        "fees_total": "171000.00",
        "fees": [{"label": fee(i), "count": 40, "amount": "34200.00"} for i in range(5)],
        "failures": failures,
        "total": "171000.00",
        "total_capital": "壹拾柒万壹仟元整",
    }


def home_visit(n: int, name: Text = NAME) -> dict[str, Any]:
    reasons = [{"label": Text("对服务有投诉", "Complaint about service")}, {"label": Text("其他", "Other"), "on": True}]
    return {
        "number": "FW260316-003",
        "unit": "3-2-1001",
        "household": name,
        "telephone": "138****5678",
        "visitor": STEWARD,
        "stage": Text("三、上门访问", "3 Home visit"),
        "total": "2457.00",
        "reasons": reasons,
        "people": [{"label": Text("业主", "Owner"), "on": True}],
        **owed(n),
    }


def legal_handover(n: int, name: Text = NAME) -> dict[str, Any]:
    step = {
        "day": "2026-01-15",
        "stage": Text("一、催缴通知", "1 Reminder"),
        "what": Text("发出催缴通知", "Reminder sent"),
        "by": STEWARD,
        "proof": Text("2026-01-16 本人签收", "Signed on 2026-01-16"),
    }
    debtor = {"name": name, "id_number": "3301**********0018", "telephone": "138****5678", "since": "2019-06-01"}
    return {
        "number": "FW-2026-004",
        "issued_on": "2026-03-16",
        "unit": "3-2-1001",
        "area": "98.50",
        "debtor": debtor,
        "contract": Text("物业服务合同", "Property service contract"),
        "total": "2457.00",
        "total_capital": "贰仟肆佰伍拾柒元整",
        "papers": [{"name": Text("欠费明细表", "Statement of what is owed"), "copies": 1}],
        "history": [step] * n,
        "handed_by": Text("吴助理", "Assistant Wu"),
        **owed(n),
    }


PAPERS = {
    "payment_notice": payment_notice,
    "receipt": receipt,
    "day_sheet": day_sheet,
    "deposit_slip": deposit_slip,
    "reminder": letter,
    "final_notice": letter,
    "home_visit": home_visit,
    "legal_handover": legal_handover,
    **DESK_PAPERS,
    **GATE_PAPERS,
    **RENOVATION_PAPERS,
    **COMMUNITY_PAPERS,
    **DISPATCH_PAPERS,
    **ROUND_PAPERS,
    **SIGN_PAPERS,
    **NOTICE_PAPERS,
}
