"""The pages that problem types resolve to on the running service."""
