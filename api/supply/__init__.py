"""Supply rows: import and list."""
