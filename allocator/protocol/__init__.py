"""The API's XML: requests in and out, listings, the table of errors."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
