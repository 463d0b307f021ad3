"""The report: one HTML file that opens without a network; pictures and geographic files for elsewhere.

The page draws with D3 and Observable Plot, which stand in it: half a megabyte together, ISC licence, widely used and
kept by the same people. Others were weighed. Plotly's bundle is 4.5 MB, three quarters of what a page may have. Bokeh
draws on a canvas, whose colours follow neither the dark mode nor the print style, and of which a screen reader sees
nothing. Vega compiles its expressions in the page, which the content security policy of this page forbids (it has an
interpreter besides, for such pages). Plot makes an SVG whose colours are CSS variables: dark mode and print are a
matter of the style sheet, every area code is an element that can be pointed at, and what is drawn prints sharply.
The map's polygons are put on the plane and simplified here, drawn by Plot, and moved and zoomed by D3. Both files lie
in `vendor/` as they were published, so that a report needs nothing but this package, and has the same bytes whatever
else is installed.
"""

from allocator.report.folders import Answered, Planned, read_folder
from allocator.report.geography import to_geodataframe, to_geojson, to_geoparquet
from allocator.report.notebook import small_map
from allocator.report.pictures import map_figure, map_picture, picture_kind
from allocator.report.reporting import report, write_report

__all__ = [
    "Answered",
    "Planned",
    "map_figure",
    "map_picture",
    "picture_kind",
    "read_folder",
    "report",
    "small_map",
    "to_geodataframe",
    "to_geojson",
    "to_geoparquet",
    "write_report",
]
