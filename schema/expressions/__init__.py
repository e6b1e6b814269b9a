"""The small safe language of conditions and formulas: parse once, then evaluate on a record or compile to SQL."""

from schema.expressions.evaluate import Environment, evaluate
from schema.expressions.expression import Expression
from schema.expressions.naming import WORDS, ExpressionError, FieldNaming, Naming
from schema.expressions.parse import parse
from schema.expressions.reads import Dependency, Link, cycle

__all__ = [
    "WORDS",
    "Dependency",
    "Environment",
    "Expression",
    "ExpressionError",
    "FieldNaming",
    "Link",
    "Naming",
    "cycle",
    "evaluate",
    "parse",
]
