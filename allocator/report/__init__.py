"""The report: one HTML file that opens without a network; pictures and geographic files for elsewhere.

The charts are Vega-Lite specifications, drawn by Vega's script in the page. Others were weighed. Plotly's bundle is
4.5 MB, three quarters of what a page may have. Bokeh draws on a canvas, whose colours follow neither the dark mode nor
the print style, and of which a screen reader sees nothing. D3 and Observable Plot are published for npm alone, and
their files would have to be copied into this package. Vega's come with `vl-convert-python` from the package index, in
less than a megabyte; it draws SVG whose colours are CSS variables, so that dark mode and print are a matter of the
style sheet; and its expressions can be interpreted, so that the page's content security policy need not allow to
compile them. The map is our own SVG: every area code is an element that can be pointed at and reached, its polygons are
put on the plane and simplified here, and are paths of whole numbers in the file.
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
