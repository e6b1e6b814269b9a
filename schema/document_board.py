"""A board, as written: records as cards in lanes, one lane a state of the workflow."""

from __future__ import annotations

from pydantic import Field as Key

from schema.written import Names, Part


class BoardPart(Part):
    """Records as cards that are moved from lane to lane; each lane is a state of the workflow."""

    lanes: Names = ()
    """The states, from left to right. Default: those that some step leads out of."""
    cards: Names = ()
    """Fields on a card beside its title and the light of its deadlines. Default: the first of the list."""
    by: str = ""
    """A choice or ref field by which the whole board is narrowed with one control (`department`)."""
    sort: str = ""
    """How the cards of a lane stand, as in `show.sort`. Default: by what is due next, else as in the list."""
    drops: dict[str, str] = Key(default={})
    """Lane → the step or action that a card dropped there takes. Default: the first step that leads there."""
