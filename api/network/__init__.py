"""Nodes, zones, skus and rates: import, list, and nodes on or off."""
