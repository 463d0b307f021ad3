"""The colours of the map and of the charts, light and dark.

Colour-blind people can tell the steps of every ramp apart: a sequential ramp gets steadily darker (on a dark page:
lighter), a diverging one goes from orange to blue. A test measures the differences as protanopes, deuteranopes and
tritanopes see them.
"""

from __future__ import annotations

Theme = dict[str, str]

_PAGE: dict[str, Theme] = {
    "light": {
        "page": "#ffffff",
        "panel": "#f5f6f8",
        "ink": "#16202b",
        "soft": "#55616d",
        "rule": "#d5dae0",
        "accent": "#0b5cad",
        "bar": "#3b7fc4",
        "bar2": "#b35c00",
        "none": "#e9ebee",
        "sea": "#fafbfc",
        "border": "#8b96a1",
        "line": "#b0125b",
        "mark": "#16202b",
    },
    "dark": {
        "page": "#12171d",
        "panel": "#1b222b",
        "ink": "#e8edf2",
        "soft": "#a3afbb",
        "rule": "#364250",
        "accent": "#7fb8f0",
        "bar": "#6aa9e4",
        "bar2": "#e8a04e",
        "none": "#2a323c",
        "sea": "#151b22",
        "border": "#68747f",
        "line": "#ff7fb5",
        "mark": "#ffffff",
    },
}

RAMPS: dict[str, dict[str, tuple[str, ...]]] = {
    "demand": {
        "light": ("#bcd9f2", "#85bbdf", "#5299ca", "#2a6cae", "#08306b"),
        "dark": ("#173a5e", "#24609a", "#3d8ac9", "#7bb7e8", "#d3e8fa"),
    },
    "served": {
        "light": ("#8c2d04", "#d9690f", "#fdc25d", "#9cc9e6", "#1f5fa8"),
        "dark": ("#7d2806", "#cf6412", "#fdc25d", "#a9d0ea", "#2f74c4"),
    },
    "distance": {
        "light": ("#cbbfe8", "#a996d3", "#8a6cb8", "#653a97", "#35095e"),
        "dark": ("#46286f", "#67489d", "#8765c1", "#b79be0", "#e9def8"),
    },
    "stock": {
        "light": ("#8c2d04", "#bbe0a6", "#86c27c", "#4a9d5c", "#16713c", "#00401d"),
        "dark": ("#cf6412", "#1e4a2f", "#2c7345", "#4a9d5c", "#8fcc8a", "#dcf3d3"),
    },
    "missing": {
        "light": ("#fbd0ae", "#f0949f", "#d3559b", "#a51c75", "#5c0a48"),
        "dark": ("#6b3113", "#a03a63", "#cf559f", "#ec98c9", "#fcdcee"),
    },
    "change": {
        "light": ("#8c2d04", "#d9690f", "#fdc25d", "#d6d0b2", "#9cc9e6", "#4688c4", "#173f7a"),
        "dark": ("#d9690f", "#9c4a0b", "#6b3a17", "#454c54", "#27527a", "#3d86c9", "#a9d0ea"),
    },
}


def page_colours(theme: str) -> Theme:
    """All colours of a theme, by the name of the CSS variable.

    Parameters
    ----------
    theme
        "light" or "dark".

    Examples
    --------
    >>> page_colours("dark")["page"], page_colours("light")["served-4"]
    ('#12171d', '#1f5fa8')
    """
    ramps = {f"{name}-{step}": colour for name, by in RAMPS.items() for step, colour in enumerate(by[theme])}
    return _PAGE[theme] | ramps
