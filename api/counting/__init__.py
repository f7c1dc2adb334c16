"""What the service counts of itself: as it happens, and when asked. Knows no HTTP."""
