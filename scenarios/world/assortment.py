"""The catalog: prices from the data; weights, margins and case packs made by seed, plausible for gifts."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from fulfillment.ids import SkuId
from fulfillment.money import MICROS_PER_MINOR, Micros
from fulfillment.skus import Sku
from scenarios.world.parameters import WorldParameters, pounds
from scenarios.world.stable import uniforms
from scenarios.world.tables import Floats, Ints, Sales

# What a word in the description says about weight, against the median gift of its price. First match wins.
_WORDS: tuple[tuple[float, tuple[str, ...]], ...] = (
    (2.5, ("DOORMAT", "DOOR MAT", "CABINET", "DRAWER", "STOOL", "BREAD BIN", "DOORSTOP")),
    (0.25, ("CARD", "STICKER", "TISSUE", "NAPKIN", "WRAP", "RIBBON", "DOILIES", "CAKE CASES", "PAPER")),
    (0.5, ("BAG", "TOWEL", "BUNTING", "CUSHION", "FELT", "NECKLACE", "BRACELET", "EARRING", "FEATHER")),
    (1.5, ("LANTERN", "CERAMIC", "CANDLE", "GLASS", "MUG", "BOWL", "JAR", "PLATE", "ENAMEL", "CAST IRON")),
)


def build_skus(
    history: Sales, window: Sales, planned: Sequence[str], parameters: WorldParameters, *, seed: int
) -> tuple[Sku, ...]:
    """The SKUs that are planned (they have stock) or wanted in the window, in order of id.

    Price and description are the median and the last seen in the history. A SKU first sold in the
    window has no history: its price and name there stand in, and it has no stock.
    """
    prices, names = _facts(history)
    launch_prices, launch_names = _facts(window)
    ids = sorted({*planned, *launch_prices})
    price = np.array([prices[i] if i in prices else launch_prices[i] for i in ids])
    name = [names[i] if i in names else launch_names[i] for i in ids]
    return _make(ids, price, name, parameters, seed=seed)


def _facts(sales: Sales) -> tuple[dict[str, float], dict[str, str]]:
    """Median price in pounds and last description of every SKU sold."""
    order = np.argsort(sales.stock_code, kind="stable")
    codes, starts = np.unique(sales.stock_code[order], return_index=True)
    ids = [sales.stock_codes[code] for code in codes.tolist()]
    prices = [float(np.median(seen)) for seen in np.split(sales.unit_price[order], starts[1:])]
    last = sales.description[order][np.append(starts[1:], len(order)) - 1]
    names = [sales.descriptions[i] for i in last.tolist()]
    return dict(zip(ids, prices, strict=True)), dict(zip(ids, names, strict=True))


def _make(
    ids: Sequence[str], price: Floats, names: Sequence[str], parameters: WorldParameters, *, seed: int
) -> tuple[Sku, ...]:
    weights = _weights(ids, price, names, parameters, seed=seed)
    low, high = parameters.margin_share
    shares = low + (high - low) * uniforms(ids, salt=f"margin {seed}")
    skus = []
    for i, sku_id in enumerate(ids):
        whole = max(MICROS_PER_MINOR, int(pounds(float(price[i]))))
        margin = max(1, round(whole * float(shares[i])))
        skus.append(
            Sku(
                id=SkuId(sku_id),
                name=names[i],
                weight_grams=int(weights[i]),
                price=Micros(whole),
                unit_cost=Micros(whole - margin),
                lost_sale_value=Micros(margin),
                case_pack=case_pack(float(price[i]), parameters),
            )
        )
    return tuple(skus)


def _weights(
    ids: Sequence[str], price: Floats, names: Sequence[str], parameters: WorldParameters, *, seed: int
) -> Ints:
    """Lognormal around a median that grows with price, shifted by words of the description."""
    normal = NormalDist()
    noise = np.array([normal.inv_cdf(u) for u in uniforms(ids, salt=f"weight {seed}").tolist()])
    median = parameters.grams_at_one_pound * price**parameters.weight_exponent
    words = np.array([_word_factor(name) for name in names])
    grams = median * words * np.exp(parameters.weight_log_sigma * noise)
    return np.asarray(np.clip(np.rint(grams), *parameters.weight_limits), dtype=np.int64)


def case_pack(price: float, parameters: WorldParameters) -> int:
    """Units per inner carton by price in pounds."""
    for below, units in parameters.case_packs:
        if price < below:
            return units
    return parameters.largest_price_case_pack


def _word_factor(name: str) -> float:
    return next((factor for factor, words in _WORDS if any(word in name for word in words)), 1.0)
