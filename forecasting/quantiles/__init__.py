"""From what is expected to how many units at which level; for steps and for sums of them."""
