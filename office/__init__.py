"""The property rules, and the operations that the schema's actions name; importing it makes them known."""

from office import closing, occupancy, till

__all__ = ["closing", "occupancy", "till"]
