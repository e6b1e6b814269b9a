"""The functions an expression may call on one record's values: what each takes and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from schema.expressions.kinds import KIND_WORDS, ORDERED, common, error, need, need_boolean
from schema.expressions.nodes import MAX_PLACES, Call, Constant, If, Node, Round

Args = Sequence[Node]
Offsets = Sequence[int]
"""Offsets of the arguments, the call itself last."""


def _days(args: Args, at: Offsets) -> Node:
    need(args[0], "number", at[0], "days()")
    if args[0].places:
        raise error("days() 需要整数", "days() takes a whole number", at[0])
    return args[0]


def _date_part(name: str) -> Callable[[Args, Offsets], Node]:
    def build(args: Args, at: Offsets) -> Node:
        need(args[0], "date", at[0], f"{name}()")
        return Call(name, tuple(args), "number")

    return build


def _month_text(args: Args, at: Offsets) -> Node:
    need(args[0], "date", at[0], "month_text()")
    return Call("month_text", tuple(args), "text")


def _lower(args: Args, at: Offsets) -> Node:
    need(args[0], "text", at[0], "lower()")
    return Call("lower", tuple(args), "text")


def _length(args: Args, at: Offsets) -> Node:
    need(args[0], "text", at[0], "length()")
    return Call("length", tuple(args), "number")


def _text_test(name: str) -> Callable[[Args, Offsets], Node]:
    def build(args: Args, at: Offsets) -> Node:
        need(args[0], "text", at[0], f"{name}()")
        need(args[1], "text", at[1], f"{name}()")
        return Call(name, tuple(args), "boolean")

    return build


def _common(name: str, *, ordered: bool) -> Callable[[Args, Offsets], Node]:
    def build(args: Args, at: Offsets) -> Node:
        kind, places = common(args, at[-1], f"{name}()")
        if ordered and kind not in ORDERED and kind != "null":
            raise error("{name}() 不能用于{kind}", "{name}() does not take {kind}", at[0],
                        name=name, kind=KIND_WORDS[kind])  # fmt: skip
        return Call(name, tuple(args), kind, places)

    return build


def _round(args: Args, at: Offsets) -> Node:
    need(args[0], "number", at[0], "round()")
    places = args[1].value if len(args) > 1 and isinstance(args[1], Constant) else None if len(args) > 1 else 0
    if places is None or (args[-1].places and len(args) > 1) or not 0 <= places <= MAX_PLACES:
        raise error("round() 的位数应是 0 到 {n} 的整数", "the places of round() are a whole number from 0 to {n}",
                    at[1], n=MAX_PLACES)  # fmt: skip
    return Round(args[0], int(places))


def _if(args: Args, at: Offsets) -> Node:
    need_boolean(args[0], at[0], "if_()")
    kind, places = common(args[1:], at[-1], "if_()")
    return If(args[0], args[1], args[2], kind, places)


FUNCTIONS: Mapping[str, tuple[int, int, Callable[[Args, Offsets], Node]]] = {
    "days": (1, 1, _days),
    "year": (1, 1, _date_part("year")),
    "month": (1, 1, _date_part("month")),
    "month_text": (1, 1, _month_text),
    "lower": (1, 1, _lower),
    "length": (1, 1, _length),
    "contains": (2, 2, _text_test("contains")),
    "starts": (2, 2, _text_test("starts")),
    "coalesce": (2, 20, _common("coalesce", ordered=False)),
    "min": (2, 20, _common("min", ordered=True)),
    "max": (2, 20, _common("max", ordered=True)),
    "round": (1, 2, _round),
    "if_": (3, 3, _if),
}
"""Name → least and most arguments, and what builds the node."""

CHILD_FUNCTIONS = ("count", "sum", "exists", "latest")
ALL = (*FUNCTIONS, *CHILD_FUNCTIONS, "has_role")
