"""What residents ask, report and complain about: how it is taken, how it goes on, when it is done with (S1–S5)."""
