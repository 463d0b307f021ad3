"""The page: the content of a report as one HTML file that fetches nothing.

Scripts and styles are in the file. A content security policy forbids everything else, so a browser would refuse a
request even if the page made one. Texts from users are escaped, and the script puts them into the page as text only.
"""

from __future__ import annotations

import base64
import hashlib
import html
from functools import cache
from importlib.resources import files
from typing import Any

from allocator.notation import Reason
from allocator.plans import engine_version
from allocator.report.content import Content
from allocator.report.palette import page_colours
from allocator.report.tables import script_json
from allocator.report.vega import script, script_sources, specification

_SCRIPTS = ("values.js", "tables.js", "charts.js", "map.js")

_ATTRIBUTION = (
    "Map: contains OS data © Crown copyright and database right 2025; contains Royal Mail data © Royal Mail copyright "
    "and database right 2025; source: Office for National Statistics licensed under the Open Government Licence v3.0; "
    "contains public sector information licensed under the Open Government Licence v3.0. The coverage of an area code "
    "is learnt from where its numbers are in use; near a border it can be wrong. The coast is from Natural Earth."
)


def render_page(content: Content) -> bytes:
    """Render a report as an HTML file.

    Parameters
    ----------
    content
        What the report says.

    Returns
    -------
    bytes
        HTML in UTF-8; the same for the same content.
    """
    # One function around our files: they see each other's names, and Vega's script does not.
    scripts = [_safe(script()), "".join(["(() => {\n", *map(_file, _SCRIPTS), "})();\n"])]
    allowed = " ".join(f"'sha256-{_digest(text)}'" for text in scripts)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = [
        "<!DOCTYPE html>\n",
        '<html lang="en-GB">\n<head>\n<meta charset="utf-8">\n',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n',
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n',
        f'<meta name="generator" content="allocator {html.escape(engine_version())}">\n',
        '<link rel="icon" href="data:,">\n',
        f"<title>{html.escape(content.title)}</title>\n",
        f"<style>\n{_colours()}{_file('page.css')}</style>\n</head>\n<body>\n",
        _header(content),
        _main(content),
        _footer(content),
        f'<script type="application/json" id="report">{script_json(_data(content))}</script>\n',
        *(f"<script>{text}</script>\n" for text in scripts),
        "</body>\n</html>\n",
    ]
    return "".join(parts).encode("utf-8", "replace")


@cache
def _file(name: str) -> str:
    return _safe(files("allocator.report").joinpath("web", name).read_text(encoding="utf-8"))


def _safe(text: str) -> str:
    """Check that a script element can hold a text: these would end it, or change its digest."""
    if any(mark in text.lower() for mark in ("</script", "<!--", "\r")):  # pragma: no cover - no file of ours has one
        raise AssertionError("a script element can't hold this script")
    return text


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _colours() -> str:
    light, dark = (
        "".join(f"--{name}: {colour}; " for name, colour in page_colours(theme).items()) for theme in ("light", "dark")
    )
    return (
        f":root {{ {light}}}\n"
        f"@media (prefers-color-scheme: dark) {{ :root:not([data-theme='light']) {{ {dark}}} }}\n"
        f":root[data-theme='dark'] {{ {dark}}}\n"
        # More specific than both of them, as paper is white.
        f"@media print {{ :root:root:root {{ {light}}} }}\n"
    )


def _data(content: Content) -> dict[str, Any]:
    charts = [
        {"id": one["id"], "title": one["title"], "note": one.get("note", "")}
        | {"spec": specification(one), "table": one["table"]}
        for one in content.charts
    ]
    return {
        "map": content.map,
        "charts": charts,
        "tables": content.tables,
        "reasons": {reason: reason.words for reason in Reason},
    }


def _header(content: Content) -> str:
    facts = "".join(
        f"<div><dt>{html.escape(what)}</dt><dd>{html.escape(figure)}</dd></div>" for figure, what in content.facts
    )
    jumps = [("where", "Map")] if content.map else []
    jumps += [("charts-title", "Charts")] if content.charts else []
    jumps += [(one["id"], one["title"]) for one in content.tables]
    jumps.append(("versions", "Versions and digests"))
    links = "".join(f'<a href="#{name}">{html.escape(title)}</a>' for name, title in jumps)
    return (
        f'<a class="skip" href="#main">Skip to the report</a>\n<header>\n<h1>{html.escape(content.title)}</h1>\n'
        '<button type="button" id="theme">Colours: auto</button>\n'
        f'<p class="lead">{html.escape(content.lead)}</p>\n<nav aria-label="Parts">{links}</nav>\n</header>\n'
        f'<main id="main">\n<noscript><p>The map, the charts and the tables need JavaScript. Turn it on for this file: '
        f'it loads nothing.</p></noscript>\n<dl class="facts">{facts}</dl>\n'
    )


_MAP = """<section aria-labelledby="where">
<h2 id="where">Map</h2>
<div id="map-frame">
<div id="map">
<div class="zoom"><button type="button" id="zoom-in" aria-label="Zoom in">+</button>
<button type="button" id="zoom-out" aria-label="Zoom out">−</button>
<button type="button" id="zoom-all">UK</button>
<button type="button" id="zoom-links">Links</button></div>
<div id="scale-bar" aria-hidden="true"></div>
</div>
<div id="panel">
<fieldset id="layers"><legend>Colour by</legend></fieldset>
<p class="note" id="layer-note"></p>
<ul class="key" id="key"></ul>
<p></p>
<fieldset><legend>Draw</legend>
<label class="choice"><input type="checkbox" id="show-dots">Outcodes, sized by links</label>
<label class="choice"><input type="checkbox" id="show-lines">Fallbacks: lines from outcodes to the area codes that
served them</label>
</fieldset>
<div id="picked" role="status"><span class="hint">Click an area code or an outcode, on the map or in a table below, to
keep its figures here and to filter the tables.</span></div>
<p class="note hint">Drag to move the map; zoom with the buttons, or with Ctrl and the wheel. Once you have clicked it,
the arrow keys move it, and + and − zoom. <span id="dots-hint">Each area code has one colour, even London: tick
“Outcodes” for detail.</span></p>
</div>
</div>
<div id="tip" hidden aria-hidden="true"></div>
</section>
"""

_FILTERS = """<section aria-labelledby="tables-title">
<h2 id="tables-title">Tables</h2>
<div id="filters" role="search" aria-label="Filter all tables">
<label>Outcode<input id="filter-outcode" autocomplete="off" placeholder="M1, or SW*"></label>
<label>Area code<input id="filter-code" list="codes" autocomplete="off" placeholder="0161, or a place"></label>
<label>Reason<select id="filter-reason"><option value="">any</option></select></label>
<label>Any text<input id="filter-text" autocomplete="off" placeholder="part of a link's id"></label>
<datalist id="codes"></datalist>
<button type="button" id="filter-clear">Clear</button>
</div>
<div id="sheets"></div>
</section>
"""


def _main(content: Content) -> str:
    parts = [_MAP] if content.map else []
    if content.charts:
        parts.append(
            '<section aria-labelledby="charts-title"><h2 id="charts-title">Charts</h2>'
            '<div class="charts" id="charts"></div></section>\n'
        )
    return "".join([*parts, _FILTERS, "</main>\n"])


def _footer(content: Content) -> str:
    groups = "".join(
        _sources(heading, rows)
        for heading, rows in (*content.sources, ("Software that draws the charts", script_sources()))
    )
    return f'<footer id="versions">\n{groups}<p>{html.escape(_ATTRIBUTION)}</p>\n</footer>\n'


def _sources(heading: str, rows: list[tuple[str, str]]) -> str:
    listed = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in rows)
    return f"<h2>{html.escape(heading)}</h2>\n<dl>{listed}</dl>\n"
