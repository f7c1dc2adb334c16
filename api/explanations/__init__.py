"""Why a decision is as it is, and what would have been otherwise. Reads; writes nothing."""
