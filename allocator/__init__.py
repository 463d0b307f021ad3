"""Offline allocation engine for the iovox API method attachVoxnumberToLink.

Every public name works after `import allocator` alone; what a name needs is imported when it is first used.

>>> import allocator
>>> allocator.lookup("W11").area_code
20
"""

from typing import Any

from lazy_loader import attach_stub

_lazy, __dir__, __all__ = attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name == "__version__":
        from allocator.plans import engine_version

        return engine_version()
    return _lazy(name)
