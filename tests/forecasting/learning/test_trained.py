"""What was learned, as text: every number comes back to the last bit, and every number is in the digest."""

import copy
import json
from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from forecasting.history import AT_LEAST, MASKED, OBSERVED, Grain
from forecasting.learning.trained import FORMAT, Trained
from forecasting.learning.training import train
from forecasting.models import candidates
from forecasting.models.blends import Blend
from forecasting.models.global_trees import GlobalTrees
from forecasting.quantiles.calibration import Family
from fulfillment.errors import InvalidInput
from tests.forecasting.histories import history_of

Path = tuple[str | int, ...]


@pytest.fixture(scope="module")
def trained() -> Trained:
    """Learned from 60 weeks of 12 series, so that there is a season, and from stock-outs of both kinds."""
    rng = np.random.default_rng(3)
    units = rng.negative_binomial(1, 1 / 9, (12, 60))
    states = rng.choice([OBSERVED, MASKED, AT_LEAST], units.shape, p=[0.9, 0.05, 0.05])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "TREES", GlobalTrees(trees=3))
        patch.setattr("forecasting.learning.training.ORIGINS", 4)
        learned = train(history_of(*units, states=states), horizon=8, seed=5)
    # Numbers that are hard to write down, and a blend and families that need not have been taken here.
    learned.calibration.widths[0, :] = [0.1 + 0.2, 1 / 3, np.nextafter(1.0, 2.0)]
    learned.calibration.maps[1, 1, :3] = [5e-324, 1e-308, 2**53 + 1.0]
    family = (Family.EMPIRICAL, Family.CONFORMAL, Family.NEGATIVE_BINOMIAL)
    calibration = replace(learned.calibration, families=(family,) * 4)
    odd = Blend((("tsb", 0.1 + 0.2), ("theta", 1 - (0.1 + 0.2))))
    return replace(
        learned,
        calibration=calibration,
        blends=(*learned.blends[:3], (odd,) * 3),
        learned={**learned.learned, "theta": 'text with "quotes", ß and\nlines'},
    )


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every number and text of a document; of a list its first, one in the middle and its last."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for at in sorted({0, len(value) // 2, len(value) - 1} & set(range(len(value)))):
            yield from leaves(value[at], (*path, at))
    else:
        yield path, value


def with_leaf(document: Any, path: Path, value: Any) -> Any:
    changed = copy.deepcopy(document)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


def other(value: Any) -> Any:
    """The next number, or another text of the same kind."""
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return float(np.nextafter(value, np.inf))
    for kind in (Family, Grain):
        if value in list(kind):
            return next(one.value for one in kind if one.value != value)
    return value


def test_every_byte_comes_back(trained):
    text = trained.to_json()
    again = Trained.from_json(text)
    assert again.to_json() == text
    assert again.digest == trained.digest
    for name in ("widths", "maps"):
        assert getattr(again.calibration, name).tobytes() == getattr(trained.calibration, name).tobytes()
    for name in ("weeks", "weekdays"):
        assert getattr(again.season, name).tobytes() == getattr(trained.season, name).tobytes()
    for name in ("grain", "horizon", "learned", "blends", "pooled_dispersion", "censoring"):
        assert getattr(again, name) == getattr(trained, name)
    assert again.calibration.families == trained.calibration.families


def test_the_text_is_json_without_words_that_json_does_not_have(trained):
    def refuse(word: str) -> None:
        raise AssertionError(word)

    document = json.loads(trained.to_json(), parse_constant=refuse)
    assert document.keys() == {"format"} | {field.name for field in fields(Trained)}


def test_every_number_is_in_the_digest(trained):
    document = json.loads(trained.to_json())
    numbers = [(path, leaf) for path, leaf in leaves(document) if isinstance(leaf, int | float)]
    numbers = [(path, leaf) for path, leaf in numbers if path != ("format",)]
    digests = {trained.digest}
    for path, leaf in numbers:
        digests.add(Trained.from_json(json.dumps(with_leaf(document, path, other(leaf)))).digest)
    assert len(digests) == len(numbers) + 1 > 100


def test_texts_and_names_are_in_the_digest(trained):
    swapped = dict(zip(trained.learned, reversed(trained.learned.values()), strict=True))
    older = replace(trained.lives.mortality, dies=(0.5, 50.0))
    changes: list[Trained] = [
        replace(trained, grain=Grain.DAY),
        replace(trained, learned=swapped),
        replace(trained, learned={**trained.learned, "theta": "text"}),
        replace(trained, blends=trained.blends[::-1]),
        replace(trained, censoring=None),
        replace(trained, lives=replace(trained.lives, mortality=older)),
        replace(trained, calibration=replace(trained.calibration, families=((Family.CONFORMAL,) * 3,) * 4)),
        replace(trained, season=replace(trained.season, anchor=trained.season.anchor.replace(year=1999))),
    ]
    assert len({trained.digest, *(changed.digest for changed in changes)}) == len(changes) + 1


def test_the_order_in_which_models_were_learned_is_not_in_the_digest(trained):
    turned = dict(reversed(trained.learned.items()))
    assert list(turned) != list(trained.learned)
    assert replace(trained, learned=turned).digest == trained.digest


@pytest.mark.parametrize("found", [FORMAT + 1, FORMAT - 1, None, str(FORMAT)])
def test_a_text_of_another_format_is_refused(trained, found):
    document = {**json.loads(trained.to_json()), "format": found}
    with pytest.raises(InvalidInput, match="format"):
        Trained.from_json(json.dumps(document))


def test_a_text_without_a_format_is_refused():
    with pytest.raises(InvalidInput, match="format"):
        Trained.from_json("{}")
