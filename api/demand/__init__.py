"""Demand as it comes in, through the API and from files: units sold, and what is known beside them."""
