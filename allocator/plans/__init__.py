"""Links and stock become a plan: options, tables, reasons, summary, files, comparisons."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
