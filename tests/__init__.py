"""Ours: a library brings a package of the same name, which `python -m tests.…` would find instead."""
