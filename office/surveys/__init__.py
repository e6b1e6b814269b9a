"""Questionnaires: their questions, whom they are given to, what came back, and the figures (S8)."""

from office.surveys import answering, papers, policy, publishing, results, sampling

__all__ = ["answering", "papers", "policy", "publishing", "results", "sampling"]
