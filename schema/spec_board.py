"""What a schema means by a board: frozen objects, no YAML left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Board:
    """Records as cards in ``lanes``, the states of their workflow, each lane in the order of ``sort``.

    ``cards`` are the fields on a card, ``by`` the field that one control narrows the board by ('' for none).
    ``drops`` names the step or action that leads to a lane where it is not simply the first step there.
    """

    lanes: tuple[str, ...]
    cards: tuple[str, ...]
    by: str = ""
    sort: str = "-id"
    drops: Mapping[str, str] = field(default_factory=dict)
