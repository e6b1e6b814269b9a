"""The public share: one bill divided among units, to the fen (F3)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal


def shares(amount: Decimal, weights: Mapping[int, Decimal]) -> dict[int, Decimal]:
    """``amount`` (yuan) divided in proportion to ``weights`` (by unit); the shares add up to it exactly.

    Each unit gets its part rounded down to the fen. The fen that are left go to the units with the largest cut-off
    parts, one each; where these are equal, to the earlier unit. Units of weight 0 get nothing, and without any weight
    there are no shares. Source: domain F3, largest remainder.
    """
    scale = 10 ** max((_places(weight) for weight in weights.values()), default=0)
    parts = {unit: int(weight * scale) for unit, weight in weights.items()}
    whole, fen = sum(parts.values()), int(amount.scaleb(2))
    if whole <= 0:
        return {}
    given = {unit: fen * part // whole for unit, part in parts.items()}
    left = fen - sum(given.values())
    by_remainder = sorted(parts, key=lambda unit: (-(fen * parts[unit] % whole), unit))
    for unit in by_remainder[:left]:
        given[unit] += 1
    return {unit: Decimal(part).scaleb(-2) for unit, part in given.items()}


def _places(number: Decimal) -> int:
    exponent = number.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
