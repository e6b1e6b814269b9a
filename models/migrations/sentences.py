"""What each step of a migration says to the person who runs it."""

from __future__ import annotations

from collections.abc import Sequence

from schema.text import Text, same

CREATE_ENTITY = Text("{name}：新建的表", "{name}: a new entity")
RENAME = Text("{name}：由 {old} 改名，数据保留", "{name}: renamed from {old}, its data stays")
ADD = Text("{name}：新字段", "{name}: a new field")
ADD_FILLED = Text(
    "{name}：新字段，已有的 {n} 条记录填入默认值", "{name}: a new field; the {n} records there are get its default"
)
FILL = Text("{name}：改为必填，{n} 个空白填入默认值", "{name}: now required; {n} blanks get its default")
TIGHTEN = Text("{name}：改为必填，没有空白", "{name}: now required; none is blank")
REQUIRE = Text(
    "{name}：必填但没有默认值，{n} 条记录为空；请写明 default，否则这些记录要等下次保存时补填",
    "{name}: required without a default, but {n} records are blank; give it a default, or they stay blank until saved",
)
LOOSEN = Text("{name}：不再必填", "{name}: no longer required")
DERIVE = Text("{name}：重新计算", "{name}: worked out again")
DROP = Text("{name}：删除字段，将丢失 {n} 个已填的值", "{name}: dropped; {n} filled values would be lost")
DROP_ENTITY = Text("{name}：删除整张表，将丢失 {n} 条记录", "{name}: dropped; {n} records would be lost")
CONVERT = Text(
    "{name}：由 {old} 转为 {new}，{filled} 个值中有 {n} 个无法转换{samples}",
    "{name}: converted from {old} to {new}; {n} of {filled} values would not convert{samples}",
)
WIDEN = Text("{name}：小数位由 {old} 增至 {new}", "{name}: {new} decimal places instead of {old}")
ROUND = Text(
    "{name}：小数位由 {old} 减至 {new}，{n} 个值会被四舍五入",
    "{name}: {new} decimal places instead of {old}; {n} values would be rounded",
)
RECODE = Text("{name}：选项 {old} 并入 {new}，涉及 {n} 条记录", "{name}: the option {old} becomes {new} in {n} records")
CHOICE = Text(
    "{name}：选项 {old} 已删除，但仍有 {n} 条记录在用，其值将{fate}",
    "{name}: the option {old} is gone but {n} records hold it; their value would be {fate}",
)
CLEARED = Text("清空", "cleared")
DEFAULTED = Text("改为默认值", "set to the default")
KEY = Text("{name}：唯一键改为 {key}", "{name}: the unique key is now {key}")
KEY_GONE = Text("{name}：不再要求 {key} 唯一", "{name}: {key} need no longer be unique")
DUPLICATES = Text(
    "{name}：{key} 应唯一，但有 {n} 条记录重复，例如 {samples}；请先更正这些记录",
    "{name}: {key} should be unique, but {n} records share theirs, e.g. {samples}; put them right first",
)
CHECK = Text("{name}：新校验 {that}", "{name}: a new check, {that}")
CHECK_BROKEN = Text(
    "{name}：新校验 {that}，已有 {n} 条记录不符合，下次保存前须更正",
    "{name}: a new check, {that}; {n} records break it and must be put right when next saved",
)
CHECK_GONE = Text("{name}：取消校验 {that}", "{name}: the check {that} is gone")
TITLES = Text("{name}：重写标题", "{name}: titles are written again")
HALF_WAY = Text(
    "数据库拒绝了改动，已全部撤回：{why}", "the database refused a change and everything was rolled back: {why}"
)
BROKEN_LINKS = Text("有关联指向不存在的记录：{which}", "links would point at records that are not there: {which}")


def listed(samples: Sequence[str]) -> Text:
    """Examples in brackets with each language's quotation marks; nothing for none."""
    if not samples:
        return same("")
    zh = "、".join(f"“{s}”" for s in samples)
    en = ", ".join(f"“{s}”" for s in samples)
    return Text(f"（例如 {zh}）", f" (e.g. {en})")
