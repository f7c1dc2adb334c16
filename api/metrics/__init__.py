"""What the service counts, in the form that Prometheus reads."""
