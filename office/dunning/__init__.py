"""Reminding those who owe: policy, cases, letters, visits, holds, the hand-over to legal (F7)."""
