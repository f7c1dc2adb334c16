"""Stock feeds of tills and marketplaces."""
