"""What is charged and owed: tariffs, bill runs, late fees, notices, opening history (F1, F3, F4, F6)."""
