"""The charts of the page as Vega-Lite specifications, and the script that draws them there.

The script is not kept in this package: `vl-convert-python`, which brings Vega, Vega-Lite and Vega-Embed, bundles them
when a report is written.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from typing import Any

from allocator.errors import InputError

WIDTH = 540
_HEIGHT = 260
_ROW_HEIGHT = 28
_LABEL_LIMIT = 300
_TICKS = 8
# Beyond so many points a curve has no dots.
_DOTS = 60
# Below so much of its height a curve would waste the room above nothing.
_FROM_ZERO = 0.5
_NUMBER = ",.3~f"
# Colours are the page's variables, so that dark mode and paper are matters of its style sheet.
_COLOURS = ["var(--bar)", "var(--bar2)", "var(--line)", "var(--soft)"]
_CONFIG: dict[str, Any] = {
    # The page says what the picture is, and has its figures in a table.
    "aria": False,
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "domainColor": "var(--border)",
        "tickColor": "var(--border)",
        "gridColor": "var(--rule)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "labelFlush": False,
        "labelLimit": _LABEL_LIMIT,
    },
    "header": {"labelFontSize": 12, "labelFontWeight": "bold"},
    "legend": {"orient": "top", "title": None, "labelFontSize": 12, "labelLimit": 0, "symbolStrokeWidth": 2},
}


def specification(chart: dict[str, Any]) -> dict[str, Any]:
    """What Vega-Lite is to draw.

    Parameters
    ----------
    chart
        See `allocator.report.content.histogram`, `bars` and `curves`.
    """
    made = {"histogram": _histogram, "bars": _bars, "curves": _curves}[chart["kind"]](chart)
    # Names are data, as what stands in a specification is read as part of an expression here and there.
    return {"config": _CONFIG, **made}


def _quantity(field: str, title: str | None, **others: Any) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title, **others}


def _histogram(chart: dict[str, Any]) -> dict[str, Any]:
    width, names = chart["width"], list(dict.fromkeys(row["series"] for row in chart["rows"]))
    furthest = max(row["to_km"] for row in chart["rows"])
    # The links at home stand apart, left of 0: drawn to the width of a bin they would be of the distances above 0.
    home = (-1.6 * width, -0.6 * width)
    values = [
        row
        | {
            "begin": home[0] if row["to_km"] == 0 else row["from_km"],
            "end": home[1] if row["to_km"] == 0 else row["to_km"],
            "range": "own area code, 0 km" if row["to_km"] == 0 else f"over {row['from_km']:g} to {row['to_km']:g} km",
        }
        for row in chart["rows"]
    ]
    step = next(step for step in (0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if furthest / step <= _TICKS)
    ticks = [-1.1 * width, *(count * step for count in range(int(furthest / step) + 1))]
    bar = {
        "width": WIDTH,
        "height": _HEIGHT // len(names),
        "mark": {"type": "rect", "stroke": "var(--page)", "strokeWidth": 1},
        "encoding": {
            "x": _quantity(
                "begin",
                chart["x"],
                axis={"values": ticks, "labelExpr": "datum.value < 0 ? 'own' : datum.label", "grid": False},
                scale={"domain": [-1.9 * width, furthest], "nice": False},
            ),
            "x2": {"field": "end"},
            "y": _quantity("links", chart["y"], axis={"format": "~s", "tickCount": 5}),
            "y2": {"datum": 0},
            "color": {"condition": {"test": "datum.to_km === 0", "value": "var(--soft)"}, "value": "var(--bar)"},
            "tooltip": [
                *([{"field": "series", "type": "nominal", "title": "plan"}] if len(names) > 1 else []),
                {"field": "range", "type": "nominal", "title": "distance"},
                _quantity("links", "links", format=_NUMBER),
            ],
        },
    }
    if len(names) == 1:
        return {"data": {"values": values}, **bar}
    row = {"field": "series", "type": "nominal", "title": None, "sort": names}
    return {
        "data": {"values": values},
        "facet": {"row": row | {"header": {"labelOrient": "top", "labelAnchor": "start"}}},
        "spec": bar,
    }


def _bars(chart: dict[str, Any]) -> dict[str, Any]:
    value = _quantity("value", chart["x"], axis={"tickCount": 5})
    label = {
        "field": "label",
        "type": "nominal",
        "title": None,
        "sort": None,
        "axis": {"domain": False, "ticks": False},
    }
    told = [{"field": "label", "type": "nominal", "title": "of"}, _quantity("value", chart["x"], format=_NUMBER)]
    return {
        "data": {"values": chart["rows"]},
        # With its labels as wide as the other pictures, so that they are as large.
        "width": WIDTH,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "height": _ROW_HEIGHT * len(chart["rows"]),
        "encoding": {"x": value, "y": label, "tooltip": told},
        "layer": [
            {"mark": {"type": "bar", "color": "var(--bar)", "height": {"band": 0.85}}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"text": _quantity("value", None, format=_NUMBER)},
            },
        ],
    }


def _curves(chart: dict[str, Any]) -> dict[str, Any]:
    rows = chart["rows"]
    names = list(dict.fromkeys(row["series"] for row in rows))
    low, high = min(row["y"] for row in rows), max(row["y"] for row in rows)
    zero = low >= 0 and low <= _FROM_ZERO * high
    colour: dict[str, Any] = {
        "field": "series",
        "type": "nominal",
        "sort": names,
        "scale": {"domain": names, "range": _COLOURS},
    }
    colour["legend"] = {} if len(names) > 1 else None
    told = [
        *([{"field": "series", "type": "nominal", "title": "curve"}] if len(names) > 1 else []),
        _quantity("x", chart["x"], format=_NUMBER),
        _quantity("y", chart["y"], format=_NUMBER),
    ]
    return {
        "data": {"values": rows},
        "width": WIDTH,
        "height": _HEIGHT,
        "encoding": {
            "x": _quantity("x", chart["x"], scale={"zero": False, "nice": True}),
            "y": _quantity("y", chart["y"], scale={"zero": zero, "nice": True}),
            "color": colour,
        },
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2, "interpolate": "step-after" if chart["step"] else "linear"}},
            {"mark": {"type": "circle", "size": 30, "opacity": 1 if len(rows) <= _DOTS else 0}},
            # What is pointed at is larger than what is seen.
            {"mark": {"type": "circle", "size": 250, "opacity": 0}, "encoding": {"tooltip": told}},
        ],
    }


@cache
def script() -> str:
    """The script that draws: sets `vegaEmbed`, asks nobody for anything.

    Raises
    ------
    InputError
        `vl-convert-python` is not installed (extra `report`).
    """
    try:
        import vl_convert
    except ImportError as error:
        raise InputError(
            "a report needs vl-convert-python, which brings what draws its charts",
            remedy="Install it: pip install 'voxnumber-allocator[report]'.",
        ) from error
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle


@cache
def script_sources() -> list[tuple[str, str]]:
    """What is in the script, and where it is from, for the foot of the page."""
    import vl_convert

    digest = hashlib.sha256(script().encode("utf-8")).hexdigest()
    versions = (
        ("Vega", vl_convert.get_vega_version()),
        ("Vega-Lite", vl_convert.get_vegalite_versions()[-1]),
        ("Vega-Embed", vl_convert.get_vega_embed_version()),
    )
    owner = "© University of Washington Interactive Data Lab and contributors, BSD-3-Clause licence"
    return [
        *((name, f"{number}, {owner}") for name, number in versions),
        ("as bundled by vl-convert-python", f"{version('vl-convert-python')}, sha256 {digest}"),
    ]
