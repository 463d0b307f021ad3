"""What if: what to buy, what numbers are worth, why links have none, wider radii, other scenarios."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
