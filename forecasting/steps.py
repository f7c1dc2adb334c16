"""How far ahead a forecast may look."""

from forecasting.history import Grain
from fulfillment.errors import InvalidInput


def check_horizon(horizon: int, grain: Grain = Grain.WEEK) -> None:
    """From one step to a year of them.

    Raises
    ------
    InvalidInput
        Any other horizon.
    """
    if not 1 <= horizon <= grain.steps_per_year:
        raise InvalidInput(
            f"horizon {horizon}: a horizon is 1 to {grain.steps_per_year} {grain.value}s",
            pointer="/horizon",
            fix=f"Correct the number of {grain.value}s",
        )
