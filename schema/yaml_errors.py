"""What the YAML parser complains of, in words for people."""

from __future__ import annotations

import re

from schema.text import Text

NOT_YAML = Text("YAML 写法有误：{why}", "not valid YAML: {why}")

COMPLAINTS: tuple[tuple[str, Text], ...] = (
    (r"found character '\\t'", Text("这里有制表符，缩进请用空格", "there is a tab; indent with spaces")),
    (
        r"mapping values are not allowed",
        Text(
            "这里的“:”多余，或缩进不对；含“:”的文字请加引号",
            "a ':' too many or a wrong indent; quote a text with ':' in it",
        ),
    ),
    (
        r"expected <block end>",
        Text("缩进与上面的行不一致", "the indent does not fit the lines above"),
    ),
    (
        r"expected ',' or '([}\]])'",
        Text(
            "前面缺少“,”或“{end}”；含“:”“,”的文字请加引号",
            "a ',' or '{end}' is missing before this; quote a text with ':' or ',' in it",
        ),
    ),
    (r"could not find expected ':'", Text("前面的行缺少“:”", "the line before lacks its ':'")),
    (r"unexpected end of stream", Text("引号没有结束", "a quote is not closed")),
    (r"found undefined alias '?(\w+)", Text("没有名为“{end}”的锚点", "there is no anchor '{end}'")),
)


def complaint(words: str) -> Text:
    """The parser's ``words`` said plainly, or as they are where they are not known here."""
    for pattern, text in COMPLAINTS:
        found = re.search(pattern, words)
        if found:
            why = text.with_(end=found[1]) if found.groups() else text
            return NOT_YAML.with_(why=why)
    return NOT_YAML.with_(why=words)
