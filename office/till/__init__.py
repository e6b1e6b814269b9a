"""Money taken and given back: payments, receipts, reversals, deposits, the day and the month (F5, F12, F13)."""
