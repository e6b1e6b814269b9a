"""YAML data as JSON has it."""

from __future__ import annotations

from decimal import Decimal


def plain(value):
    """Plain maps, lists and numbers."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return float(value) if isinstance(value, Decimal) else value
