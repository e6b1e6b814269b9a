"""Dispatch: who does what is asked for, the work order on its way, what it costs, and who is on duty (S4, F14, O1)."""
