"""The map of one decision: nodes that ship are filled, those that could have are rings, the others crosses.

Drawn in pixels and never scaled, so text stays as large on a phone as on a wide screen. Each mark says its
reason in its title.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from api.figures.rendering import DARK, Theme, base_tokens, rendered
from fulfillment.errors import InvalidInput
from fulfillment.network import Place
from scenarios.explanation.contents import Explanation, NodeAccount, NodeState

_WIDTH = 360
_MARGIN = 26
_LEAST_HEIGHT, _MOST_HEIGHT = 140, 420
_LEGEND = 62
_CHARACTER, _LINE = 8.8, 16  # pixels of a label, at most: of a wide font, bold
_DIRECTIONS = ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1))
_NEAR, _CLEAR = 14, 66  # pixels: a name stands beside its mark; so far away it avoids other marks, too
_LEAST_SPAN = 0.2  # degrees: one node in the same town is no reason to magnify it


@dataclass(frozen=True, slots=True)
class Mark:
    """A node as drawn: `kind` is used, feasible or rejected; `title` what is said when it is pointed at."""

    kind: str
    x: float
    y: float
    title: str


@dataclass(frozen=True, slots=True)
class Label:
    """A name, its baseline's start at x and y, clear of all other labels.

    Of one that is not beside its mark a line leads there, from (`from_x`, `from_y`) to (`to_x`, `to_y`).
    """

    text: str
    x: float
    y: float
    from_x: float
    from_y: float
    to_x: float
    to_y: float
    away: int

    @property
    def is_far(self) -> bool:
        return self.away > _NEAR


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Projection:
    """Degrees to pixels: equirectangular around the destination, true to scale at its middle latitude."""

    def __init__(self, center: Place, places: Sequence[Place]) -> None:
        self._center = center
        latitudes = [center.latitude, *(place.latitude for place in places)]
        self._squeeze = math.cos(math.radians((min(latitudes) + max(latitudes)) / 2))
        flat = [self._flat(place) for place in (center, *places)]
        self._left, self._top = min(x for x, _ in flat), max(y for _, y in flat)
        across = max(_LEAST_SPAN, max(x for x, _ in flat) - self._left)
        down = max(_LEAST_SPAN, self._top - min(y for _, y in flat))
        room = _WIDTH - 2 * _MARGIN
        self._scale = min(room / across, (_MOST_HEIGHT - 2 * _MARGIN) / down)
        self.height = round(max(_LEAST_HEIGHT, down * self._scale + 2 * _MARGIN))
        self._shift = (room - across * self._scale) / 2
        self._drop = (self.height - 2 * _MARGIN - down * self._scale) / 2

    def __call__(self, place: Place) -> tuple[float, float]:
        x, y = self._flat(place)
        return (
            round(_MARGIN + self._shift + (x - self._left) * self._scale, 1),
            round(_MARGIN + self._drop + (self._top - y) * self._scale, 1),
        )

    def _flat(self, place: Place) -> tuple[float, float]:
        # The way around the earth that is the shorter one from the destination.
        east = (place.longitude - self._center.longitude + 180) % 360 - 180
        return east * self._squeeze, place.latitude


def node_map_svg(explanation: Explanation, *, theme: Theme = Theme.AUTO) -> str:
    """The map as SVG text.

    Raises
    ------
    InvalidInput
        The explanation knows no nodes.
    """
    if not explanation.nodes or explanation.place is None:
        raise InvalidInput("a map without nodes", fix="Explain a decision whose instance was kept")
    project = Projection(explanation.place, [one.place for one in explanation.nodes])
    marks = [_mark(one, project) for one in explanation.nodes]
    destination = project(explanation.place)
    used = [one for one in explanation.nodes if one.state is NodeState.USED]
    kinds = [mark.kind for mark in marks]
    return rendered(
        "node_map.svg",
        width=_WIDTH,
        height=project.height + _LEGEND,
        map_height=project.height,
        marks=sorted(marks, key=lambda mark: ("rejected", "feasible", "used").index(mark.kind)),
        destination=destination,
        labels=_labels(used, destination, marks, project),
        counts={kind: kinds.count(kind) for kind in ("used", "feasible", "rejected")},
        title=f"{explanation.sentence} {len(marks)} nodes on a map.",
        tokens=base_tokens(theme),
        dark=DARK if theme is Theme.AUTO else None,
    )


def _mark(one: NodeAccount, project: Projection) -> Mark:
    x, y = project(one.place)
    kind = "used" if one.state is NodeState.USED else "feasible" if one.state.is_feasible else "rejected"
    return Mark(kind, x, y, f"{one.name}, {one.distance_km:,.0f} km away, {one.words}")


def _labels(
    used: Sequence[NodeAccount],
    destination: tuple[float, float],
    marks: Sequence[Mark],
    project: Projection,
) -> list[Label]:
    """Names of the nodes that ship, and of the destination, none over another or over a mark that is named.

    Where there is room a name covers no other mark either.
    """
    points = [("Destination", *destination), *((one.name, *project(one.place)) for one in used)]
    taken = [_around(x, y) for _, x, y in points]
    others = [_around(mark.x, mark.y) for mark in marks]
    found: list[Label] = []
    for text, x, y in points:
        free = [
            (label, box)
            for label, box in _places(text, x, y, project.height)
            if not any(box.meets(other) for other in taken)
        ]
        clear = [
            one for one in free if one[0].away <= _CLEAR and not any(one[1].meets(other) for other in others)
        ]
        for label, box in (clear or free)[:1]:
            taken.append(box)
            found.append(label)
    return found


def _around(x: float, y: float) -> _Box:
    return _Box(x - 10, y - 10, x + 10, y + 10)


def _places(text: str, x: float, y: float, height: int) -> Iterator[tuple[Label, _Box]]:
    """Where a label may stand, from beside its mark to farther away, always inside the map."""
    width = len(text) * _CHARACTER
    for away in (_NEAR, 28, 46, _CLEAR, 92, 122):
        for across, down in _DIRECTIONS:
            left = x + across * away - (width if across < 0 else width / 2 if across == 0 else 0)
            left = min(max(left, 4), _WIDTH - 4 - width)
            base = y + down * away + 5
            box = _Box(left - 2, base - _LINE + 2, left + width + 2, base + 5)
            if box.top >= 0 and box.bottom <= height:
                middle = round(min(max(x, left), left + width), 1)
                edge = round(base + 4 if base < y else base - _LINE + 4, 1)
                label = Label(text, round(left, 1), round(base, 1), x, y, middle, edge, away)
                yield label, box
