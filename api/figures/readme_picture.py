"""`python -m api.figures.readme_picture`: the cost ladder of the README, made from the demo world.

Writes docs/images/cost_ladder_light.svg and _dark.svg; equal inputs, equal files.
"""

import argparse
import sys
from pathlib import Path

from api.demo import demo_world
from api.figures.cost_ladder import cost_ladder_svg
from api.figures.rendering import Theme
from fulfillment.ids import OrderId
from fulfillment.policy import DEFAULT_POLICY
from scenarios.alternatives import alternatives
from scenarios.question import Question, question_at
from scenarios.replay import fresh_ledger
from scenarios.world import World

ORDER = OrderId("546103")
"""Five lines into the south-east. Its weight needs two packages from any node, so a split costs no more."""


def question_of(world: World, order: OrderId = ORDER) -> Question:
    """An order of the demo as if it were the first: in the opening stock, on its own day."""
    one = next(one for one in world.orders if one.id == order)
    ledger = fresh_ledger(world)
    return question_at(one, network=world.network, policy=DEFAULT_POLICY, ledger=ledger, now=one.placed_at)


def pictures(question: Question) -> dict[Theme, str]:
    told = alternatives(question)
    return {
        theme: cost_ladder_svg(told, currency="£", names=question.names, theme=theme)
        for theme in (Theme.LIGHT, Theme.DARK)
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m api.figures.readme_picture", description=__doc__)
    parser.add_argument("--to", type=Path, default=Path("docs/images"), help="folder to write to")
    folder: Path = parser.parse_args(arguments).to
    folder.mkdir(parents=True, exist_ok=True)
    for theme, svg in pictures(question_of(demo_world())).items():
        path = folder / f"cost_ladder_{theme}.svg"
        path.write_text(svg, encoding="utf-8")
        sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
