"""Jobs: work that outlives a request, with progress, cancel, and results by item."""
