"""Charts as Vega-Lite specifications, and the script that draws them in the page.

The script is not in this package: `vl-convert-python` brings Vega, Vega-Lite and Vega-Embed, and bundles them when a
report is written.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from typing import Any

from allocator.errors import InputError, install_hint

_WIDTH = 540
_HEIGHT = 260
_ROW_HEIGHT = 28
_LABEL_LIMIT = 300
_TICKS = 8
# A curve of more points has no dots.
_DOTS = 60
# The axis begins at 0 where the lowest point is below this share of the highest.
_FROM_ZERO = 0.5
_NUMBER = ",.3~f"
# The colours are variables of the page, so that its style sheet also sets them in dark mode and on paper.
_COLOURS = ["var(--bar)", "var(--bar2)", "var(--line)", "var(--soft)"]
_CONFIG: dict[str, Any] = {
    # The page itself names the picture and has its figures in a table.
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
    """Specify a chart for Vega-Lite.

    Parameters
    ----------
    chart
        What `histogram`, `bars` or `curves` of `allocator.report.charts` returned.
    """
    made = {"histogram": _histogram, "bars": _bars, "curves": _curves}[chart["kind"]](chart)
    # Names from users are among the data only: Vega reads some other parts of a specification as expressions.
    return {"config": _CONFIG, **made}


def _quantity(field: str, title: str | None, **others: Any) -> dict[str, Any]:
    return {"field": field, "type": "quantitative", "title": title, **others}


def _histogram(chart: dict[str, Any]) -> dict[str, Any]:
    width, names = chart["width"], list(dict.fromkeys(row["series"] for row in chart["rows"]))
    furthest = max(row["to_km"] for row in chart["rows"])
    # The bar for 0 km is left of 0: inside the first bin it would look like distances above 0.
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
        "width": _WIDTH,
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
    tooltip = [{"field": "label", "type": "nominal", "title": "what"}, _quantity("value", chart["x"], format=_NUMBER)]
    return {
        "data": {"values": chart["rows"]},
        # As wide as the other charts, labels included, so that its texts are as large as theirs.
        "width": _WIDTH,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "height": _ROW_HEIGHT * len(chart["rows"]),
        "encoding": {"x": value, "y": label, "tooltip": tooltip},
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
    tooltip = [
        *([{"field": "series", "type": "nominal", "title": "curve"}] if len(names) > 1 else []),
        _quantity("x", chart["x"], format=_NUMBER),
        _quantity("y", chart["y"], format=_NUMBER),
    ]
    return {
        "data": {"values": rows},
        "width": _WIDTH,
        "height": _HEIGHT,
        "encoding": {
            "x": _quantity("x", chart["x"], scale={"zero": False, "nice": True}),
            "y": _quantity("y", chart["y"], scale={"zero": zero, "nice": True}),
            "color": colour,
        },
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 2, "interpolate": "step-after" if chart["step"] else "linear"}},
            {"mark": {"type": "circle", "size": 30, "opacity": 1 if len(rows) <= _DOTS else 0}},
            # The area to point at is larger than the visible dot.
            {"mark": {"type": "circle", "size": 250, "opacity": 0}, "encoding": {"tooltip": tooltip}},
        ],
    }


@cache
def script() -> str:
    """Bundle the script that draws the charts. It defines `vegaEmbed` and fetches nothing.

    Raises
    ------
    InputError
        `vl-convert-python` is not installed (extra `report`).
    """
    try:
        import vl_convert
    except ImportError as error:
        raise InputError(
            "a report needs vl-convert-python, which draws its charts", remedy=install_hint("report")
        ) from error
    bundle: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;")
    return bundle


@cache
def script_sources() -> list[tuple[str, str]]:
    """What the script contains and where it is from, for the foot of the page."""
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
