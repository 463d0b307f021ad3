"""Offline allocation engine for the iovox API method attachVoxnumberToLink.

Every public name works after `import allocator` alone; what a name needs is imported when it is first used.

>>> import allocator
>>> allocator.lookup("W11").area_code
20
"""

import sys
from typing import Any

from lazy_loader import attach_stub

_lazy, __dir__, __all__ = attach_stub(__name__, __file__)


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name == "__version__":
        from allocator.plans import engine_version

        return engine_version()
    return _lazy(name)


# The results that a notebook shows as HTML: module and class by name, so that none is imported for it.
_SHOWN = (("allocator.plans.result", "Plan"),)


def _show_in_notebooks() -> None:
    """Let IPython, where it runs, show results with `allocator.report.html`.

    A result itself knows no picture, and rooms below `report` don't import it.
    """
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if hasattr(ipython, "get_ipython") else None
    if shell is None:
        return

    def show(result: Any) -> str:
        from allocator.report import html

        return html(result)

    formatter = shell.display_formatter.formatters["text/html"]
    for module, name in _SHOWN:
        formatter.for_type_by_name(module, name, show)


_show_in_notebooks()
