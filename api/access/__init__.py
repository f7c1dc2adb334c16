"""Who may call: API keys recognized, requests counted, and the log of who wrote what."""
