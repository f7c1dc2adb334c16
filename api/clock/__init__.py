"""The demo clock: set in demo mode, refused otherwise."""
