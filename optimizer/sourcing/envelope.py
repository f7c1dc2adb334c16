"""Freight from below by a straight line: intercept + slope x grams, for a node's possible weights.

Freight of a node is the least of its services, each a staircase of packages plus a charge per gram, of a
least weight at least. The best supporting line at a weight is that of the lower convex hull. Steps of one
service stand on a line below its least weight and on one above it, so the hull's corners are among the ends
of the range, each service's first and last full package there and below and above the least weight, and that.
"""

import numpy as np

from compiled import compiled
from optimizer.sourcing.problem import INFINITE, Array, Problem, freight


@compiled
def corners(p: Problem, node: int, low: int, high: int) -> Array:
    """Weights at which the lower hull of a node's freight on [low, high] can bend."""
    first, last = p.service_start[node], p.service_start[node + 1]
    points = np.empty(2 + 5 * (last - first), np.int64)
    points[0], points[1] = low, high
    count = 2
    for s in range(first, last):
        limit, least = p.limit[s], p.least[s]
        ends = (-(-max(low, 1) // limit) * limit, high // limit * limit)
        for grams in (*ends, least // limit * limit, least, -(-least // limit) * limit):
            if low < grams < high:
                points[count] = grams
                count += 1
    return points[:count]


@compiled
def support(p: Problem, node: int, low: int, high: int, at: int) -> tuple[int, int]:
    """(intercept, slope) of the line below freight on [low, high] that is highest at weight `at`.

    Where several lines are, the steepest at the low end (drawing nothing in) and else the flattest.
    """
    if low >= high:
        return freight(p, node, max(low, high)), 0
    points = corners(p, node, low, high)
    cost = np.empty(len(points), np.int64)
    for i in range(len(points)):
        cost[i] = freight(p, node, points[i])
    best_intercept, best_slope, best = 0, 0, -INFINITE
    for i in range(len(points)):
        for j in range(len(points)):
            if points[i] >= points[j]:
                continue
            slope = (cost[j] - cost[i]) // (points[j] - points[i])
            intercept = INFINITE
            for k in range(len(points)):
                intercept = min(intercept, cost[k] - slope * points[k])
            height = intercept + slope * at
            steeper = slope > best_slope if at <= low else slope < best_slope
            if height > best or (height == best and steeper):
                best_intercept, best_slope, best = intercept, slope, height
    return best_intercept, best_slope


@compiled
def ray(p: Problem, node: int, low: int, high: int) -> int:
    """Slope of the highest line through zero that is nowhere above freight on [low, high]."""
    slope = INFINITE
    for grams in corners(p, node, low, high):
        slope = min(slope, freight(p, node, grams) // max(grams, 1))
    return slope
