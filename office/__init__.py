"""The property rules, and the operations that the schema's actions name; importing it makes them known."""

from office import occupancy

__all__ = ["occupancy"]
