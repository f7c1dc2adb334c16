"""Ours, and not the package of the same name that a library brings: `python -m tests.…` finds this one first."""
