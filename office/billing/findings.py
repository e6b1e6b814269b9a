"""What a bill run found, in words, and what helps (F3)."""

from __future__ import annotations

from collections.abc import Mapping

from schema.text import Text

FINDINGS: Mapping[str, tuple[Text, Text, bool]] = {
    "no_area": (
        Text("缺面积，未出账", "No area; not billed"),
        Text("在房屋档案中填写面积后再试算。", "Fill in the unit's area, then try again."), False,
    ),
    "no_price": (
        Text("收费标准在这段时间没有单价，未出账", "The tariff has no price for these days; not billed"),
        Text("给收费标准补上单价和起始日期。", "Give the tariff a price and the day it holds from."), False,
    ),
    "no_reading": (
        Text("本期没有抄表，未出账", "No reading in the period; not billed"),
        Text("补抄后再出一次账，只会生成缺的账单。", "Enter the reading and run again; only what is missing is made."),
        False,
    ),
    "no_meter": (
        Text("没有登记表计，未出账", "No meter is registered; not billed"),
        Text("给房屋登记表计，或结束这条收费设置。", "Register the unit's meter, or end its charge."), False,
    ),
    "no_payer": (
        Text("没有在册业主；照常出账，缴费人空着", "No owner on file; billed, the payer left empty"),
        Text("登记业主；未售房屋由开发商承担。", "Register the owner; the developer pays for unsold units."), True,
    ),
    "no_charge": (
        Text("大多数房屋都有此项收费，这些没有", "Most units are charged this; these are not"),
        Text("需要收的，点房号添加收费设置。", "Where it was forgotten, choose the unit to add the charge."), True,
    ),
    "pool_unread": (
        Text("公共表本期没有抄表，未分摊", "The public meter was not read; not shared out"),
        Text("补抄后再出一次账。", "Enter the reading and run again."), False,
    ),
    "pool_shared": (
        Text("该公共表本期已分摊，不再分摊", "This public meter was shared out for the period already"),
        Text("后来增加的房屋从下期起分摊；要重分须先作废本期账单。",
             "Units added since take part from the next period on; to share anew, void the period's bills first."),
        True,
    ),
    "pool_area": (
        Text("有房屋缺面积，整表未分摊", "A unit without an area; the whole is not shared out"),
        Text("在房屋档案中填写面积后再试算。", "Fill in the unit's area, then try again."), False,
    ),
    "pool_estate": (
        Text("全小区的公共表须选择全部楼栋才能分摊", "The estate's meter is shared out only over all buildings"),
        Text("不限楼栋再出一次账。", "Run again without choosing buildings."), False,
    ),
    "pool_tariffs": (
        Text("分摊的房屋用了不同的收费标准，未分摊", "The units that share it have different tariffs; not shared out"),
        Text("同一只公共表的房屋须用同一收费标准。", "Units that share one meter need one tariff."), False,
    ),
    "pool_nobody": (
        Text("没有房屋参加分摊", "No unit takes part in it"),
        Text("给房屋添加此项收费设置。", "Add the charge to the units that share it."), False,
    ),
}  # fmt: skip
"""By what was found: in words, what helps, and whether the bill is made all the same."""
