"""Real orders of the demo, ready to be sent by whoever tries the service: in demo mode, refused otherwise."""
