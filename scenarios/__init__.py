"""Scenarios: seeded generators, small named instances, replay and comparison. Pure: arrays in, words out."""
