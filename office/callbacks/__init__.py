"""Calls to residents after something was done for them: when, to whom, what they said and what follows (S6)."""
