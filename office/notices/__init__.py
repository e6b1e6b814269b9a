"""Notices with their confirmation by phone, and certificates (S12, S13)."""
