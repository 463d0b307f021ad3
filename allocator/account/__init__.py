"""The account: answering as the API does, checking requests, the stand-in, sending, reconciling."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
