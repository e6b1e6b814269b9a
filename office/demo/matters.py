"""What the people of the demo estate ask, report and complain about: plainly made up (S1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Matter:
    """One thing that is reported again and again; ``place`` where it is in the public area."""

    kind: str
    trade: str | None
    words: str
    solution: str
    weight: int = 2
    place: str = ""
    agency: str | None = None


MATTERS = (
    Matter("repair", "plumbing", "厨房水龙头漏水", "更换阀芯，试水不漏", 6),
    Matter("repair", "plumbing", "卫生间下水堵塞", "疏通完毕，排水正常", 6),
    Matter("repair", "plumbing", "马桶水箱一直进水", "更换进水阀", 4),
    Matter("repair", "plumbing", "阳台顶部渗水", "与楼上住户核实，更换软管并补防水", 2),
    Matter("repair", "electrical", "客厅跳闸", "更换空气开关，测试正常", 4),
    Matter("repair", "electrical", "卧室插座没电", "接线松动，已紧固", 3),
    Matter("repair", "electrical", "楼道灯不亮", "更换灯具", 5, "楼道"),
    Matter("repair", "telecom", "可视对讲没有声音", "更换话筒，通话正常", 4),
    Matter("repair", "telecom", "单元门禁刷卡没反应", "重新授权门禁卡", 3, "单元门"),
    Matter("repair", "joinery", "入户门锁打不开", "润滑锁芯，另配钥匙一把", 3),
    Matter("repair", "joinery", "单元门关不严", "调整闭门器", 3, "单元门"),
    Matter("repair", "civil", "卫生间瓷砖脱落", "重新粘贴四块", 2),
    Matter("repair", "hvac", "空调排水管漏水", "清理排水管", 2),
    Matter("repair", "lift", "电梯运行有异响", "维保单位到场，更换导靴", 3, "电梯厅"),
    Matter("complaint", "cleaning", "楼道垃圾两天没有清", "当日清理，调整清运时间", 4, "楼道"),
    Matter("complaint", "security", "楼上夜里装修太吵", "上门劝止，重申施工时间", 4),
    Matter("complaint", "security", "私家车占了消防通道", "联系车主挪车并贴提示", 3, "消防通道"),
    Matter("complaint", None, "报修后没有人联系我", "致歉，当日安排上门", 2),
    Matter("complaint", None, "前台接电话语气生硬", "已培训，主管致电致歉", 1),
    Matter("complaint", "gardening", "树枝挡住了窗户的光", "修剪完毕", 1),
    Matter("enquiry", None, "物业费什么时候交", "告知缴费时间和方式", 6),
    Matter("enquiry", None, "办理车位需要什么材料", "告知所需材料清单", 4),
    Matter("enquiry", None, "暖气什么时候开", "告知供暖日期", 2),
    Matter("enquiry", None, "快递柜在哪里", "告知位置和取件方法", 2),
    Matter("suggestion", None, "建议增加儿童游乐设施", "已列入明年计划并回复", 2),
    Matter("suggestion", None, "建议延长健身房开放时间", "已调整为晚九点半", 1),
    Matter("special", "cleaning", "预约家庭保洁四小时", "按约完成", 3),
    Matter("special", "electrical", "请师傅装一盏吊灯", "安装完毕，试灯正常", 3),
    Matter("special", "joinery", "请换一把新门锁", "更换完毕，钥匙当面点清", 2),
    Matter("special", None, "请帮忙搬运家具", "两人一小时，搬运完成", 1),
    Matter("agency", None, "代办宽带移机", "已与运营商约好上门时间", 2, agency="phone"),
    Matter("agency", None, "代办养犬证", "材料已递交，等候发证", 2, agency="dog"),
    Matter("agency", None, "代订报纸一年", "已订，下月起投递", 1, agency="newspaper"),
    Matter("emergency", "lift", "电梯困人一名", "十五分钟内解救，人员平安", 1, "电梯厅"),
    Matter("emergency", "plumbing", "水管爆裂正在喷水", "关闭立管阀门，更换管段", 1),
)
"""What is reported most stands with the greatest weight."""

BAD = Matter("complaint", None, "修过以后还是老样子", "派主管复查，重新处理", 1)
"""What a bad rating is followed by."""

WAITS = ("住户出差，周末才在家", "等住户确认颜色", "等住户提供购房合同", "住户要求下周再来")
ANSWERS = ("已受理，稍后与您联系。", "收到，马上安排师傅。", "已登记，今天给您回复。", "谢谢您反映，我们先去看一下。")
PLANS = ("先排查漏点，再分三步修补，约需一周。", "联系维保单位报价，经业主同意后施工。", "与相关业主协调后统一处理。")
