"""Decisions: pure functions from an instance to an outcome, one room per kind of decision."""
