"""Tables of any kind become links and stock, with the rows that cannot be read listed."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
