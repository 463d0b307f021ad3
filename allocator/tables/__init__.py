"""Tables of any kind become links and stock; rows that can't be read are listed."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
