"""What the demo estate charges: fee types, prices that rose once, late-fee rules, and which unit pays what (F1, F6)."""

from __future__ import annotations

from datetime import date
from typing import Any

from office.demo.draft import Draft, Ref

PROPERTY, WATER, SHARED, PARKING = "物业费", "水费", "公摊电费", "车位费"
RUBBISH, SERVICE = "装修垃圾清运费", "有偿服务费"
REMARK = "演示标准，非真实收费"

FEE_TYPES: dict[str, dict[str, Any]] = {
    PROPERTY: {"category": "property", "basis": "per_m2", "cycle": "quarter", "due_days": 30, "target": 95,
               "vacancy_percent": 70, "vacancy_after_days": 90},
    WATER: {"category": "water", "basis": "per_meter", "cycle": "month", "meter_kind": "water", "due_days": 20},
    SHARED: {"category": "public_share", "basis": "shared", "cycle": "quarter", "meter_kind": "electricity",
             "share_by": "area", "due_days": 30},
    PARKING: {"category": "parking", "basis": "fixed", "cycle": "month", "due_days": 20},
    RUBBISH: {"category": "other", "basis": "by_hand", "cycle": "once", "due_days": 7},
    SERVICE: {"category": "paid_service", "basis": "by_hand", "cycle": "once", "due_days": 7},
}  # fmt: skip
TARIFFS: dict[str, tuple[str, tuple[str, ...], dict[str, str]]] = {
    "高层住宅": (PROPERTY, ("2.10", "2.30"), {}),
    "多层住宅": (PROPERTY, ("1.50", "1.65"), {}),
    "商铺": (PROPERTY, ("4.20", "4.50"), {}),
    "居民用水": (WATER, ("3.20", "3.45"), {"15": "4.83", "25": "5.83"}),
    "商业用水": (WATER, ("4.60",), {}),
    "公共照明与电梯": (SHARED, ("0.62",), {}),
    "租用车位": (PARKING, ("260.00",), {}),
    "产权车位管理": (PARKING, ("60.00",), {}),
}
"""Fee type, prices from the oldest on, tiers of the newest (above: price)."""
RULES = {
    PROPERTY: {"late_from": "due", "grace_days": 10, "cap_percent": 30},
    PARKING: {"late_from": "due", "grace_days": 10, "cap_percent": 30},
    WATER: {"late_from": "final_notice", "grace_days": 10, "cap_percent": 20},
}
DAILY_RATE = "0.05"
KINDS = {"high_rise": "高层住宅", "mid_rise": "高层住宅", "low_rise": "多层住宅", "commercial": "商铺"}


def add_tariffs(draft: Draft, raised_on: date) -> dict[str, Ref]:
    """Fee types, tariffs, late-fee rules and the charges of every unit; prices were raised on ``raised_on``.

    Returns the fee types by name.
    """
    before = date(draft.today.year - 8, 1, 1)
    fee_types = {name: draft.add("fee_type", name=name, remark=REMARK, **values) for name, values in FEE_TYPES.items()}
    for name, rule in RULES.items():
        draft.add("late_fee_rule", fee_type=fee_types[name], starts_on=before, daily_rate=DAILY_RATE, **rule)
    tariffs = {
        name: draft.add("tariff", fee_type=fee_types[fee_type], name=name) for name, (fee_type, _, _) in TARIFFS.items()
    }
    for name, (_, prices, tiers) in TARIFFS.items():
        _add_prices(draft, tariffs[name], (before, raised_on), prices, tiers)
    _add_charges(draft, tariffs)
    return fee_types


def _add_prices(
    draft: Draft, tariff: Ref, days: tuple[date, ...], prices: tuple[str, ...], tiers: dict[str, str]
) -> None:
    for starts_on, price in zip(days, prices, strict=False):
        remark = "业主大会通过调价（演示）" if starts_on != days[0] else None
        made = draft.add("tariff_price", tariff=tariff, starts_on=starts_on, price=price, remark=remark)
    for above, price in tiers.items():
        draft.add("tariff_tier", tariff_price=made, above=above, price=price)


def _add_charges(draft: Draft, tariffs: dict[str, Ref]) -> None:
    """Every unit its property fee, water and share of the public power; the holders of spaces their parking."""
    for unit, values in draft.all("unit"):
        kind, since = draft[values["building"]]["kind"], values["handed_over_on"]
        let = values["state"] == "let" or (values["kind"] == "shop" and values["state"] == "shop")
        water = "商业用水" if values["kind"] == "shop" else "居民用水"
        for name in (KINDS[kind], water, "公共照明与电梯"):
            payer = "tenant" if let and name == water else "owner"
            draft.add("charge", unit=unit, tariff=tariffs[name], starts_on=since, payer=payer)
    for _, space in draft.all("parking_space"):
        if "unit" in space:
            name = "产权车位管理" if space["kind"] == "owned" else "租用车位"
            since = max(space["starts_on"], draft[space["unit"]]["handed_over_on"])
            draft.add("charge", unit=space["unit"], tariff=tariffs[name], starts_on=since, payer="owner")
