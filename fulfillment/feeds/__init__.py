"""Stock feeds: counts and movements from tills and marketplaces that come late, twice or out of order."""
