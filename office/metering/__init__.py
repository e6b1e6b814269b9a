"""Meters and their readings, the entry sheet, the balance of water and power (F2, F11)."""
