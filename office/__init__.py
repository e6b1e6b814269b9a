"""The property rules, and the operations that the schema's actions name; importing it makes them known."""

from office import closing, deposits, meters, meters_actions, occupancy, reversal, till, till_days

__all__ = ["closing", "deposits", "meters", "meters_actions", "occupancy", "reversal", "till", "till_days"]
