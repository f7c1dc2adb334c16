"""Orders to come, drawn from orders that were."""
