"""What may still be promised, by sku and node."""
