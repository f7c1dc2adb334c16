"""The demo's data: real sales and cities read from files, and the world laid under them."""

from api.demo.assemble import REPORTING_WINDOW, SEED, TUNING_WINDOW, demo_world
from api.demo.sources import load_cities, load_sales

__all__ = ["REPORTING_WINDOW", "SEED", "TUNING_WINDOW", "demo_world", "load_cities", "load_sales"]
