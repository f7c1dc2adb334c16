"""Replenishment: how many cases of each sku to order for each node, and why.

Data (`instance`), solve (`solve`), named rules to compare with (`rules`), what comes out (`outcome`)
and a check that uses none of them (`check`).
"""
