"""Rounds: points and what was found there, vacant units, visits (P1–P4)."""
