"""Look at a plan or an answer to a what-if: page, map, notebook, files for a GIS."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
