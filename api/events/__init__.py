"""Events: what each type carries, and the feed of them."""
