"""Price books: loaded whole, told, and withdrawn."""
