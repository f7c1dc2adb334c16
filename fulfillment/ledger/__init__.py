"""The ledger: who may have which unit. One port, kept in memory or in a database."""
