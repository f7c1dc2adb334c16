"""The book of the ledger: its entries, claims left short, and whether it balances."""
