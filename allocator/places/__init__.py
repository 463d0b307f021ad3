"""Where postcodes and area codes are: bundled data, gazetteer, coverage, distances, lookup and nearest."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
