"""The templates of the figures, and the colors they share. Escapes whatever it is given."""

from dataclasses import dataclass
from enum import StrEnum

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


class Theme(StrEnum):
    """`AUTO` follows the reader's preference, and needs a style element that a strict page forbids."""

    LIGHT = "light"
    DARK = "dark"
    AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colors by what they mean; `series` for the parts of a whole."""

    card: str
    ink: str
    muted: str
    line: str
    accent: str
    bad: str
    series: tuple[str, ...]


LIGHT = Tokens(
    card="#ffffff",
    ink="#1b1f23",
    muted="#59626b",
    line="#d9dde1",
    accent="#0b5cad",
    bad="#a8321a",
    series=("#2f6db0", "#7d5ba6", "#2c8a7b", "#b0742a", "#a33b5b", "#6b7420"),
)
DARK = Tokens(
    card="#1b1f23",
    ink="#e8eaed",
    muted="#a4adb6",
    line="#343b42",
    accent="#7ab8ff",
    bad="#ff9b82",
    series=("#5b9be0", "#b392e0", "#4fc0ad", "#e0a45b", "#e5809d", "#b7c35c"),
)

_ENVIRONMENT = Environment(
    loader=PackageLoader("api.figures"),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def rendered(template: str, **values: object) -> str:
    return _ENVIRONMENT.get_template(template).render(**values)


def base_tokens(theme: Theme) -> Tokens:
    """The colors written into the figure; `AUTO` is light unless its style element says otherwise."""
    return DARK if theme is Theme.DARK else LIGHT
