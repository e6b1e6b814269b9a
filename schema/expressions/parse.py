"""Reads the text of an expression into nodes, by Python's own parser; nothing is ever evaluated by Python."""

from __future__ import annotations

import ast
from decimal import Decimal, InvalidOperation
from typing import Literal, cast

from schema.expressions import kinds
from schema.expressions.calls import ALL, CHILD_FUNCTIONS, FUNCTIONS
from schema.expressions.expression import Expression
from schema.expressions.kinds import KIND_WORDS, error
from schema.expressions.naming import ExpressionError, Naming, did_you_mean
from schema.expressions.nodes import (
    MAX_PLACES,
    Children,
    Constant,
    Has,
    HasRole,
    In,
    Logic,
    Negate,
    Node,
    NodeKind,
    Not,
    Read,
    Round,
)
from schema.expressions.paths import Names, resolve, walk
from schema.expressions.syntax import Source, syntax
from schema.types.base import Kind

MAX_DEPTH = 60
"""Levels of nesting an expression may have."""

_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip


def parse(source: str, naming: Naming, *, expect: Kind | None = None, places: int | None = None) -> Expression:
    """The expression ``source`` means under ``naming``.

    ``expect`` is the kind it has to give; with ``places`` a number is rounded half-up (or widened) to them.
    Raises ExpressionError with the offset in ``source``.
    """
    text = str(source)
    tree = syntax(text)
    reader = _Reader(Source(text), naming)
    node = reader.node(tree)
    if expect == "boolean":
        kinds.need_boolean(node, reader.at(tree), "…")
    elif expect is not None:
        kinds.need(node, expect, reader.at(tree), "…")
    if places is not None and node.kind == "number" and node.places != places:
        node = Round(node, places)
    kind: Kind = (expect or "text") if node.kind == "null" else node.kind
    given = places if places is not None and kind == "number" else node.places
    return Expression(text, node, kind, given, naming.entity)


class _Reader:
    """Turns Python's syntax tree into nodes, under one naming."""

    def __init__(self, source: Source, naming: Naming, depth: int = 0) -> None:
        self.source = source
        self.at = source.at
        self.naming = naming
        self.depth = depth

    def node(self, tree: ast.expr) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise error("表达式嵌套太深", "the expression is nested too deeply", self.at(tree))
        try:
            return self._node(tree)
        finally:
            self.depth -= 1

    def _node(self, tree: ast.expr) -> Node:
        match tree:
            case ast.Constant():
                return self._constant(tree)
            case ast.Name() | ast.Attribute():
                return resolve(self.naming, self.source.dotted(tree))
            case ast.BinOp():
                return self._arithmetic(tree)
            case ast.UnaryOp():
                return self._unary(tree)
            case ast.BoolOp():
                items = [self.condition(v, "and" if isinstance(tree.op, ast.And) else "or") for v in tree.values]
                return Logic("and" if isinstance(tree.op, ast.And) else "or", tuple(items))
            case ast.Compare():
                return self._comparison(tree)
            case ast.Call():
                return self._call(tree)
            case _:
                raise self._not_ours(tree)

    def _not_ours(self, tree: ast.expr) -> ExpressionError:
        written = self.source.written(tree)
        hint = "；条件取值请写 if_(条件, 甲, 乙)" if isinstance(tree, ast.IfExp) else ""
        en_hint = "; write if_(condition, a, b)" if isinstance(tree, ast.IfExp) else ""
        return error("表达式里不能写 {what}" + hint, "{what} has no place in an expression" + en_hint, self.at(tree),
                     what=written[:30])  # fmt: skip

    def condition(self, tree: ast.expr, what: str) -> Node:
        """The node of ``tree``, which has to be a condition."""
        node = self.node(tree)
        kinds.need_boolean(node, self.at(tree), what)
        return node

    def _constant(self, tree: ast.Constant) -> Node:
        value = tree.value
        if value is None:
            return Constant(None, "null")
        if isinstance(value, bool):
            return Constant(value, "boolean")
        if isinstance(value, str):
            return Constant(value, "text")
        if isinstance(value, int | float):
            return self._number(tree)
        raise self._not_ours(tree)

    def _number(self, tree: ast.Constant) -> Node:
        written = self.source.written(tree)
        try:
            number = Decimal(tree.value) if isinstance(tree.value, int) else Decimal(written)
        except InvalidOperation:
            raise self._not_ours(tree) from None
        places = max(0, -int(number.as_tuple().exponent))
        if "e" in written.lower() and not isinstance(tree.value, int):
            raise self._not_ours(tree)
        if places > MAX_PLACES or len(number.as_tuple().digits) > 15:
            raise error("数字最多 15 位、小数最多 {n} 位", "a number has at most 15 digits, {n} of them decimals",
                        self.at(tree), n=MAX_PLACES)  # fmt: skip
        return Constant(number, "number", places)

    def _arithmetic(self, tree: ast.BinOp) -> Node:
        op = _OPERATORS.get(type(tree.op))
        if op is None:
            raise self._not_ours(tree)
        left, right = self.node(tree.left), self.node(tree.right)
        for node, side in ((left, tree.left), (right, tree.right)):
            if node.kind == "null":
                raise error("不能用 null 计算", "nothing can be worked out with null", self.at(side))
        return kinds.arithmetic(op, left, right, self.at(tree.right))

    def _unary(self, tree: ast.UnaryOp) -> Node:
        if isinstance(tree.op, ast.Not):
            return Not(self.condition(tree.operand, "not"))
        if isinstance(tree.op, ast.Invert):
            raise self._not_ours(tree)
        node = self.node(tree.operand)
        kinds.need(node, "number", self.at(tree.operand), "-")
        if isinstance(tree.op, ast.UAdd):
            return node
        if isinstance(node, Constant) and node.value is not None:
            return Constant(-node.value, "number", node.places)
        return Negate(node, node.places)

    def _comparison(self, tree: ast.Compare) -> Node:
        sides = [tree.left, *tree.comparators]
        pairs = [self._pair(op, sides[i], sides[i + 1]) for i, op in enumerate(tree.ops)]
        return pairs[0] if len(pairs) == 1 else Logic("and", tuple(pairs))

    def _pair(self, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Node:
        if isinstance(op, ast.In | ast.NotIn):
            return self._membership(left, right, isinstance(op, ast.NotIn))
        symbol = _COMPARISONS.get(type(op))
        if symbol is None:
            symbol = "==" if isinstance(op, ast.Is) else "!="
            if not (isinstance(right, ast.Constant) and right.value is None):
                raise error("请用 == 代替 is", "write == in place of is", self.at(right))
        return kinds.compare(symbol, self.node(left), self.node(right), self.at(left), self.at(right))

    def _membership(self, left: ast.expr, right: ast.expr, negated: bool) -> Node:
        value = self.node(left)
        if not isinstance(right, ast.List | ast.Tuple):
            return self._has(value, left, right, negated)
        if not right.elts:
            raise error("列表是空的", "the list is empty", self.at(right))
        items = []
        for tree in right.elts:
            item = self.node(tree)
            if item.kind == "null":
                raise error(
                    "列表里不能有 null；请另写 == null", "null cannot stand in a list; add == null", self.at(tree)
                )
            item = kinds.dated(item, value, self.at(tree))
            kinds.compare("==", value, item, self.at(left), self.at(tree))
            items.append(item)
        return In(value, tuple(items), negated)

    def _has(self, value: Node, left: ast.expr, right: ast.expr, negated: bool) -> Node:
        field = self.node(right)
        if not isinstance(field, Read) or field.kind != "list":
            raise error("in 后面应是列表 [..] 或多值字段，这里是{got}",
                        "behind in stands a list [..] or a field with many values, this is {got}", self.at(right),
                        got=KIND_WORDS[field.kind])  # fmt: skip
        kinds.need(value, "ref" if field.to else "text", self.at(left), "in " + field.field)
        other = kinds.target(value)
        if field.to and other and other != field.to:
            raise error("{field} 里是 {to} 的记录，不是 {other}", "{field} holds records of {to}, not of {other}",
                        self.at(left), field=field.field, to=field.to, other=other)  # fmt: skip
        kinds.check_option(field, value, self.at(left))
        return Has(value, field, negated)

    def _call(self, tree: ast.Call) -> Node:
        if not isinstance(tree.func, ast.Name):
            raise self._not_ours(tree)
        name = tree.func.id
        if name == "has_role":
            return self._has_role(tree)
        if name in CHILD_FUNCTIONS:
            return self._children(tree, name)
        if name not in FUNCTIONS:
            raise error("没有函数 '{name}'{guess}", "there is no function '{name}'{guess}", self.at(tree),
                        name=name, guess=did_you_mean(name, ALL))  # fmt: skip
        least, most, build = FUNCTIONS[name]
        if tree.keywords or not least <= len(tree.args) <= most:
            raise error("{name}() 需要 {n} 个参数", "{name}() takes {n} arguments", self.at(tree), name=name,
                        n=least if least == most else f"{least}–{most}")  # fmt: skip
        return build([self.node(a) for a in tree.args], [*(self.at(a) for a in tree.args), self.at(tree)])

    def _has_role(self, tree: ast.Call) -> Node:
        if len(tree.args) != 1 or not isinstance(tree.args[0], ast.Constant) or not isinstance(tree.args[0].value, str):
            raise error("请写 has_role('角色')", "write has_role('role')", self.at(tree))
        role, roles = tree.args[0].value, self.naming.roles
        if roles and role not in roles:
            raise error("没有角色 '{role}'{guess}", "there is no role '{role}'{guess}", self.at(tree.args[0]),
                        role=role, guess=did_you_mean(role, roles))  # fmt: skip
        return HasRole(role)

    def _children(self, tree: ast.Call, name: str) -> Node:
        if self.naming.entity is None or not 1 <= len(tree.args) <= 2:
            raise error("请写 {name}(子表, 条件)", "write {name}(entity, condition)", self.at(tree), name=name)
        names = self.source.dotted(tree.args[0])
        entity, entity_at = names[0]
        if entity not in self.naming.fields:
            raise error("没有表 '{name}'{guess}", "there is no entity '{name}'{guess}", entity_at,
                        name=entity, guess=did_you_mean(entity, self.naming.fields))  # fmt: skip
        via = self._via(tree, entity, entity_at)
        inner = _Reader(self.source, self.naming.inside(entity), self.depth)
        value = self._child_value(inner, tree, name, entity, names[1:])
        where = inner.condition(tree.args[1], name + "()") if len(tree.args) > 1 else None
        function = cast(Literal["count", "sum", "exists", "latest"], name)
        kind: NodeKind = "boolean" if name == "exists" else value.kind if value is not None else "number"
        return Children(function, entity, via, value, where, kind, value.places if value else 0)

    def _child_value(self, inner: _Reader, tree: ast.Call, name: str, entity: str, names: Names) -> Read | None:
        at = self.at(tree.args[0])
        if (name in ("sum", "latest")) != bool(names):
            raise error("{name}() 的第一项应写 {form}", "the first part of {name}() is written {form}", at,
                        name=name, form=f"{entity}.field" if name in ("sum", "latest") else entity)  # fmt: skip
        if not names:
            return None
        value = walk(inner.naming, 0, entity, names)
        if name == "sum":
            kinds.need(value, "number", at, "sum()")
        elif value.kind not in kinds.ORDERED:
            raise error("latest() 不能用于{kind}", "latest() does not take {kind}", at, kind=KIND_WORDS[value.kind])
        return value

    def _via(self, tree: ast.Call, entity: str, at: int) -> str:
        owner = cast(str, self.naming.entity)
        links = self.naming.links(entity, owner)
        for keyword in tree.keywords:
            if keyword.arg != "via" or not isinstance(keyword.value, ast.Constant):
                raise error("只能写 via='字段'", "only via='field' may be named", self.at(keyword.value))
            if keyword.value.value not in links:
                raise error("{entity} 的 '{via}' 不是指向 {owner} 的关联{guess}",
                            "'{via}' of {entity} is no link to {owner}{guess}", self.at(keyword.value),
                            entity=entity, via=keyword.value.value, owner=owner,
                            guess=did_you_mean(str(keyword.value.value), links))  # fmt: skip
            return str(keyword.value.value)
        if len(links) != 1:
            raise error(
                "{entity} 有 {n} 个指向 {owner} 的关联，请写 via='…'{known}",
                "{entity} has {n} links to {owner}; say which by via='…'{known}", at,
                entity=entity, n=len(links), owner=owner, known=did_you_mean("", links))  # fmt: skip
        return links[0]
