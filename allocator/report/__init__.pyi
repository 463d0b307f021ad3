from .document import Document as Document
from .geography import geodataframe as geodataframe
from .geography import geojson as geojson
from .geography import geoparquet as geoparquet
from .notebook import html as html
from .pages import page as page
from .pictures import Picture as Picture
from .pictures import map as map  # noqa: A004 - its public name
