"""The backtest report as Markdown tables, from the document that its JSON holds. It computes no measure.

Of each peer the interval with the lowest quantile loss of the part is shown: chosen in hindsight, which
favors the peers.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from forecasting.classes import DemandClass
from forecasting.judging.contest import ALL, CHRISTMAS, LATE
from forecasting.measures import CALIBRATED
from scenarios.wording import MINUS

Verdict = Mapping[str, Any]

_TITLES = {
    ALL: "All origins",
    LATE: "Origins {late_from} and later",
    CHRISTMAS: "Christmas: target weeks {christmas[0]} to {christmas[1]}",
}


def markdown(report: Mapping[str, Any]) -> str:
    """The whole page: how it was made, then a section per set of series."""
    lines = list(_head(report))
    for one in report["sets"]:
        lines += ["", f"## The {one['size']:,} best sellers", ""]
        lines += _gates(one)
        for part, title in _TITLES.items():
            lines += ["", f"### {title.format(**report['protocol'])}", "", *_measures(one, part)]
        lines += ["", "### By demand class", "", *_losses(one, [name.value for name in DemandClass])]
        steps = [f"step {step}" for step in range(1, report["protocol"]["horizon"] + 1)]
        lines += ["", "### By step", "", *_losses(one, steps)]
        lines += ["", "### Calibration, all origins", "", *_calibration(one, report["protocol"]["levels"])]
        lines += ["", *_left_out(one)]
    return "\n".join(lines) + "\n"


def _head(report: Mapping[str, Any]) -> Iterator[str]:
    protocol = report["protocol"]
    origins = ", ".join(str(origin) for origin in protocol["origins"])
    versions = ", ".join(f"{name} {number}" for name, number in report["versions"].items())
    yield "# Forecasts of real weekly sales against known methods"
    yield ""
    yield (
        f"Printed by `{report['command']}` with {versions}; more figures in "
        "[forecast_backtest.json](forecast_backtest.json). Do not edit, and choose no setting from it."
    )
    yield ""
    yield (
        f"Weekly units of Online Retail II, weeks counted from {report['weeks_from']}, home and abroad "
        "together, nothing capped, weeks without sales as zeros. The skus that sold most units up to week "
        f"{protocol['ranked_until']}; origins {origins}; {protocol['horizon']} weeks ahead."
    )
    yield ""
    yield (
        "Loss is the weighted quantile loss, the mean over nine levels of twice the pinball loss, per unit "
        "sold; bias above 0 is too much; calibration is the mean distance of five levels from the shares "
        "below and at or below their quantile, 0 being calibrated. In brackets: the middle 90 % of 2,000 "
        "draws of origins, in blocks of four. Δ is the difference in loss to the best peer, on the same "
        "draws. Each peer stands with that of its three intervals that did best here, a choice in "
        "hindsight that favors it."
    )


def _gates(one: Mapping[str, Any]) -> Iterator[str]:
    yield "| promise | on | model | measured | at most | best peer | kept |"
    yield "|---|---|---|---:|---:|---|---|"
    for gate in one["gates"]:
        yield (
            f"| {gate['promise']} | {gate['part']} | {_name(gate['model'])} | {gate['value']:.4f} "
            f"| {gate['limit']:.4f} | {_name(gate['peer'])} | {'yes' if gate['is_kept'] else '**no**'} |"
        )


def _measures(one: Mapping[str, Any], part: str) -> Iterator[str]:
    yield "| model | quantiles | loss | Δ to best peer | RMSSE | WAPE | bias | calibration |"
    yield "|---|---|---:|---:|---:|---:|---:|---:|"
    for verdict in _best(one, part):
        against = verdict["against_best_peer"]
        yield (
            f"| {_name(verdict['model'])} | {_name(verdict['interval'])} "
            f"| {verdict['wql']:.4f}{_between(verdict['wql_between'])} "
            f"| {_signed(against['difference'])}{_between(against['between'], signed=True)} "
            f"| {verdict['rmsse']:.3f} | {verdict['wape']:.3f} "
            f"| {_signed(verdict['bias'], 3)}{_between(verdict['bias_between'], signed=True)} "
            f"| {verdict['calibration']:.4f}{_between(verdict['calibration_between'])} |"
        )


def _losses(one: Mapping[str, Any], parts: Sequence[str]) -> Iterator[str]:
    """Loss and bias of every model, a column per part."""
    found = {part: {verdict["model"]: verdict for verdict in _best(one, part)} for part in parts}
    judged = [part for part in parts if found[part]]
    yield f"| model (loss, bias) | {' | '.join(judged)} |"
    yield f"|---|{'---:|' * len(judged)}"
    for model in dict.fromkeys(verdict["model"] for verdict in one["verdicts"]):
        cells = (found[part][model] for part in judged)
        told = " | ".join(f"{cell['wql']:.4f}, {_signed(cell['bias'], 2)}" for cell in cells)
        yield f"| {_name(model)} | {told} |"
    if "step 1" not in parts:
        cells = (next(iter(found[part].values()))["cells"] for part in judged)
        yield f"| *weeks judged* | {' | '.join(f'{cell:,}' for cell in cells)} |"


def _calibration(one: Mapping[str, Any], levels: Sequence[float]) -> Iterator[str]:
    shown = [i for i, level in enumerate(levels) if level in CALIBRATED]
    yield f"| model (% below to % at or below) | {' | '.join(f'{100 * levels[i]:g} %' for i in shown)} |"
    yield f"|---|{'---:|' * len(shown)}"
    for verdict in _best(one, ALL):
        shares = (
            f"{100 * verdict['below'][i]:.1f} to {100 * verdict['at_or_below'][i]:.1f} %" for i in shown
        )
        yield f"| {_name(verdict['model'])} | {' | '.join(shares)} |"


def _left_out(one: Mapping[str, Any]) -> Iterator[str]:
    constant = _best(one, ALL)[0]["constant_series"]
    failed = ", ".join(f"{_name(name)} {count}" for name, count in one["fell_back_to_naive"].items() if count)
    yield (
        f"Of {one['series_and_origins']:,} pairs of series and origin, {constant:,} were constant and are "
        f"not in RMSSE; naive stands in for a peer that failed: {failed or 'nowhere'}."
    )


def _best(one: Mapping[str, Any], part: str) -> list[Verdict]:
    """Every model once, in order, with the interval of the lowest loss on this part."""
    found: dict[str, Verdict] = {}
    for verdict in one["verdicts"]:
        if verdict["part"] == part:
            known = found.setdefault(verdict["model"], verdict)
            if verdict["wql"] < known["wql"]:
                found[verdict["model"]] = verdict
    return list(found.values())


def _between(pair: Sequence[float] | None, *, signed: bool = False) -> str:
    if pair is None:
        return ""
    low, high = (_signed(one) if signed else f"{one:.4f}" for one in pair)
    return f" [{low}, {high}]"


def _signed(value: float, places: int = 4) -> str:
    return f"{value:+.{places}f}".replace("-", MINUS)


def _name(text: str) -> str:
    return text.replace("_", " ")
