"""A plan or an answer to look at: page, map, notebook, GeoJSON."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
