"""How postcodes, numbers, area codes and the words of the API are written."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
