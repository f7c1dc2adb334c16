"""Decisions, as pure functions of data: sourcing and replenishment. No I/O, no clock."""
