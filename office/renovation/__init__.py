"""Renovation of units: permits, who works there, inspections, violations, acceptance and its deposit (D1–D7, F13)."""
