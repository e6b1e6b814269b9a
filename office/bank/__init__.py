"""Direct debit: the file for the bank, its result, and the money that came (F8)."""
