"""Versions of the policy: made, listed, compared, activated, stepped back."""
