"""The property rules: pure decisions, and the operations that the schema's actions name. Importing it makes them known."""

from office import occupancy

__all__ = ["occupancy"]
