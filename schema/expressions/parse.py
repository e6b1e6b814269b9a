"""Reads the text of an expression into nodes, by Python's own parser; nothing is ever evaluated by Python."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Literal, NoReturn, cast

from schema.expressions import kinds
from schema.expressions.calls import ALL, CHILD_FUNCTIONS, FUNCTIONS
from schema.expressions.kinds import KIND_WORDS, error
from schema.expressions.naming import USER, WORDS, ExpressionError, FieldNaming, Naming, did_you_mean
from schema.expressions.nodes import (
    ACTOR,
    MAX_PLACES,
    Children,
    Clock,
    Has,
    HasRole,
    Hop,
    In,
    Literal_,
    Logic,
    Negate,
    Node,
    Not,
    Read,
    Round,
)
from schema.expressions.reads import Dependency, dependencies, reads_actor, reads_clock
from schema.types.base import Kind

MAX_DEPTH = 60
"""Levels of nesting an expression may have."""

_OPERATORS: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_CONSTANTS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression that was understood: what it gives (``kind``, decimal ``places``) about which ``entity``."""

    source: str
    node: Node
    kind: Kind
    places: int
    entity: str | None

    @property
    def to(self) -> str | None:
        """The entity of the record it gives, where its kind is 'ref'."""
        return kinds.target(self.node)

    @property
    def depends_on(self) -> tuple[Dependency, ...]:
        """Every field it reads, with the way there from the record it is about."""
        return dependencies(self.node, self.entity)

    @property
    def paths(self) -> tuple[str, ...]:
        """What it reads of its own record, as written: 'area', 'building.steward'."""
        own = [d for d in self.depends_on if all(s.kind == "ref" for s in d.path)]
        return tuple(dict.fromkeys(".".join((*(s.field for s in d.path), d.field)) for d in own))

    @property
    def reads_clock(self) -> bool:
        """Whether the answer changes with the day."""
        return reads_clock(self.node)

    @property
    def reads_actor(self) -> bool:
        """Whether the answer depends on who asks."""
        return reads_actor(self.node)

    def __str__(self) -> str:
        return self.source


def parse(source: str, naming: Naming, *, expect: Kind | None = None, places: int | None = None) -> Expression:
    """The expression ``source`` means under ``naming``.

    ``expect`` is the kind it has to give; with ``places`` a number is rounded half-up (or widened) to them.
    Raises ExpressionError with the offset in ``source``.
    """
    text = str(source)
    tree = _syntax(text)
    reader = _Reader(text, naming)
    node = reader.node(tree)
    if expect is not None:
        if expect == "boolean":
            kinds.need_boolean(node, reader.at(tree), "…")
        kinds.need(node, expect, reader.at(tree), "…")
    if places is not None and node.kind == "number" and node.places != places:
        node = Round(node, places)
    kind: Kind = (expect or "text") if node.kind == "null" else node.kind
    return Expression(text, node, kind, places if places is not None and kind == "number" else node.places, naming.entity)


def _syntax(text: str) -> ast.expr:
    if not text.strip():
        raise error("表达式是空的", "the expression is empty", 0)
    try:
        return ast.parse(f"({text}\n)", mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as bad:
        offset = _syntax_offset(text, bad)
        if (equals := _lone_equals(text)) is not None:
            raise error("比较相等请写 ==", "write == to compare", equals) from None
        raise error("看不懂这里：{near}", "cannot be understood here: {near}", offset,
                    near=text[offset : offset + 20] or text[-20:]) from None  # fmt: skip


def _syntax_offset(text: str, bad: BaseException) -> int:
    if not isinstance(bad, SyntaxError) or not bad.lineno or not bad.offset:
        return 0
    lines = text.splitlines(keepends=True)
    before = sum(len(line) for line in lines[: bad.lineno - 1])
    return max(0, min(before + bad.offset - 1 - (bad.lineno == 1), len(text)))


_EQUALS = re.compile(r"'[^']*'|\"[^\"]*\"|[=!<>]=|via\s*=|(=)")


def _lone_equals(text: str) -> int | None:
    """Where a single = stands outside quotes, or None."""
    return next((m.start() for m in _EQUALS.finditer(text) if m.group(1)), None)


class _Reader:
    """Turns Python's syntax tree into nodes, under one naming."""

    def __init__(self, source: str, naming: Naming, depth: int = 0) -> None:
        self.source = source
        self.lines = f"({source}\n)".splitlines(keepends=True)
        self.naming = naming
        self.depth = depth

    def at(self, tree: ast.expr) -> int:
        """The offset of ``tree`` in the source (Python counts bytes in a line)."""
        line = self.lines[tree.lineno - 1].encode()[: tree.col_offset].decode()
        before = sum(len(earlier) for earlier in self.lines[: tree.lineno - 1])
        return max(0, before + len(line) - 1)

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
                return self._path(tree)
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
                self._not_ours(tree)

    def _not_ours(self, tree: ast.expr) -> NoReturn:
        written = ast.get_source_segment("".join(self.lines), tree) or type(tree).__name__
        hint = "；条件取值请写 if_(条件, 甲, 乙)" if isinstance(tree, ast.IfExp) else ""
        en_hint = "; write if_(condition, a, b)" if isinstance(tree, ast.IfExp) else ""
        raise error("表达式里不能写 {what}" + hint, "{what} has no place in an expression" + en_hint, self.at(tree),
                    what=written[:30])  # fmt: skip

    def condition(self, tree: ast.expr, what: str) -> Node:
        """The node of ``tree``, which has to be a condition."""
        node = self.node(tree)
        kinds.need_boolean(node, self.at(tree), what)
        return node

    def _constant(self, tree: ast.Constant) -> Node:
        value = tree.value
        if value is None:
            return Literal_(None, "null")
        if isinstance(value, bool):
            return Literal_(value, "boolean")
        if isinstance(value, str):
            return Literal_(value, "text")
        if isinstance(value, int | float):
            return self._number(tree)
        self._not_ours(tree)

    def _number(self, tree: ast.Constant) -> Node:
        written = ast.get_source_segment("".join(self.lines), tree) or str(tree.value)
        try:
            number = Decimal(tree.value) if isinstance(tree.value, int) else Decimal(written)
        except InvalidOperation:
            self._not_ours(tree)
        places = max(0, -int(number.as_tuple().exponent))
        if "e" in written.lower() and not isinstance(tree.value, int):
            self._not_ours(tree)
        if places > MAX_PLACES or len(number.as_tuple().digits) > 15:
            raise error("数字最多 15 位、小数最多 {n} 位", "a number has at most 15 digits, {n} of them decimals",
                        self.at(tree), n=MAX_PLACES)  # fmt: skip
        return Literal_(number, "number", places)

    def _arithmetic(self, tree: ast.BinOp) -> Node:
        op = _OPERATORS.get(type(tree.op))
        if op is None:
            self._not_ours(tree)
        left, right = self.node(tree.left), self.node(tree.right)
        for node, side in ((left, tree.left), (right, tree.right)):
            if node.kind == "null":
                raise error("不能用 null 计算", "nothing can be worked out with null", self.at(side))
        return kinds.arithmetic(op, left, right, self.at(tree.right))

    def _unary(self, tree: ast.UnaryOp) -> Node:
        if isinstance(tree.op, ast.Not):
            return Not(self.condition(tree.operand, "not"))
        if isinstance(tree.op, ast.Invert):
            self._not_ours(tree)
        node = self.node(tree.operand)
        kinds.need(node, "number", self.at(tree.operand), "-")
        if isinstance(tree.op, ast.UAdd):
            return node
        if isinstance(node, Literal_) and node.value is not None:
            return Literal_(-node.value, "number", node.places)
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
                raise error("列表里不能有 null；请另写 == null", "null cannot stand in a list; add == null", self.at(tree))
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

    def _path(self, tree: ast.expr) -> Node:
        names: list[tuple[str, int]] = []
        while isinstance(tree, ast.Attribute):
            end = self.at(tree.value)
            names.append((tree.attr, max(end, self.source.find(tree.attr, end + 1))))
            tree = tree.value
        if not isinstance(tree, ast.Name):
            raise error("点号只能跟在字段名后面", "a dot stands behind a field name only", self.at(tree))
        names.append((tree.id, self.at(tree)))
        return self.resolve(names[::-1])

    def resolve(self, names: list[tuple[str, int]]) -> Node:
        """The node a dotted name stands for; ``names`` come with their offsets."""
        first, at = names[0]
        if first in _CONSTANTS and len(names) == 1:
            value = _CONSTANTS[first]
            return Literal_(value, "null" if value is None else "boolean")
        if first in ("today", "now") and len(names) == 1:
            return Clock("date" if first == "today" else "datetime")
        if first == "actor":
            return self.walk(ACTOR, USER, names[1:] or [("id", at)])
        depth, naming, rest = 0, self.naming, names
        while rest[0][0] == "parent":
            if naming.parent is None:
                raise error("parent 只能用在子记录的条件里", "parent stands only in a condition on child records", rest[0][1])
            depth, naming, rest = depth + 1, naming.parent, rest[1:] or [("id", at)]
        if naming.entity is None:
            raise self._unknown(first, at, WORDS)
        return self.walk(depth, naming.entity, rest)

    def walk(self, depth: int, entity: str, names: list[tuple[str, int]]) -> Read:
        """The Read over the ref fields ``names`` (all but the last), beginning at ``entity``."""
        hops: list[Hop] = []
        here = entity
        for i, (name, at) in enumerate(names):
            found = self.naming.find(here, name)
            if found is None:
                words = WORDS if i == 0 and depth == 0 else ()
                raise self._unknown(name, at, (*self.naming.fields.get(here, {}), *words), here)
            if i == len(names) - 1:
                return Read(depth, tuple(hops), here, name, found.kind, found.places, found.to, found.options)
            here = self._hop(hops, here, name, found, at)
        raise AssertionError("a path has at least one name")

    def _hop(self, hops: list[Hop], here: str, name: str, found: FieldNaming, at: int) -> str:
        if found.kind != "ref" or found.to is None:
            raise error("{field} 不是关联，后面不能再加点号", "{field} is no link, so nothing can follow its dot", at, field=name)
        if name != "id":
            hops.append(Hop(here, name, found.to))
        return found.to

    def _unknown(self, name: str, at: int, known: tuple[str, ...], entity: str | None = None) -> ExpressionError:
        if entity is None:
            return error("不认识 '{name}'{guess}", "unknown name '{name}'{guess}", at,
                         name=name, guess=did_you_mean(name, known))  # fmt: skip
        return error("{entity} 没有字段 '{name}'{guess}", "{entity} has no field '{name}'{guess}", at,
                     entity=entity, name=name, guess=did_you_mean(name, known))  # fmt: skip

    def _call(self, tree: ast.Call) -> Node:
        if not isinstance(tree.func, ast.Name):
            self._not_ours(tree)
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
        names = self._dotted(tree.args[0], name)
        entity, entity_at = names[0]
        if entity not in self.naming.fields:
            raise error("没有表 '{name}'{guess}", "there is no entity '{name}'{guess}", entity_at,
                        name=entity, guess=did_you_mean(entity, self.naming.fields))  # fmt: skip
        via = self._via(tree, entity, entity_at)
        inner = _Reader(self.source, self.naming.inside(entity), self.depth)
        value = self._child_value(inner, tree, name, entity, names[1:])
        where = inner.condition(tree.args[1], name + "()") if len(tree.args) > 1 else None
        function = cast(Literal["count", "sum", "exists", "latest"], name)
        kind = "number" if name in ("count", "sum") else "boolean" if name == "exists" else value.kind if value else "text"
        return Children(function, entity, via, value, where, kind, value.places if value else 0)

    def _dotted(self, tree: ast.expr, name: str) -> list[tuple[str, int]]:
        names: list[tuple[str, int]] = []
        inner = tree
        while isinstance(inner, ast.Attribute):
            names.append((inner.attr, self.at(tree)))
            inner = inner.value
        if not isinstance(inner, ast.Name):
            raise error("{name}() 的第一项应是表名", "the first part of {name}() is an entity", self.at(tree), name=name)
        return [(inner.id, self.at(inner)), *names[::-1]]

    def _child_value(
        self, inner: _Reader, tree: ast.Call, name: str, entity: str, names: list[tuple[str, int]]
    ) -> Read | None:
        at = self.at(tree.args[0])
        if (name in ("sum", "latest")) != bool(names):
            raise error("{name}() 的第一项应写 {form}", "the first part of {name}() is written {form}", at,
                        name=name, form=f"{entity}.field" if name in ("sum", "latest") else entity)  # fmt: skip
        if not names:
            return None
        value = inner.walk(0, entity, names)
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
