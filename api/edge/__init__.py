"""What every route shares: reading bodies, refusing them, idempotency, pages of lists, money, CSV."""
