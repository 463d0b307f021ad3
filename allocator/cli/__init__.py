"""The command `allocator`, one module for each family of commands."""

# First: it keeps Ctrl-C quiet while the other modules load.
from allocator.cli import interrupts  # noqa: F401 # isort: skip

# Each adds its commands, and --help lists them in this order.
try:
    from allocator.cli import planning  # isort: skip
    from allocator.cli import comparing  # isort: skip
    from allocator.cli import reporting  # isort: skip
    from allocator.cli import whatif  # isort: skip
    from allocator.cli import buying  # isort: skip
    from allocator.cli import shortfall  # isort: skip
    from allocator.cli import curves  # isort: skip
    from allocator.cli import scenarios  # isort: skip
    from allocator.cli import requests  # isort: skip
    from allocator.cli import sending  # isort: skip
    from allocator.cli import serving  # isort: skip
    from allocator.cli import places  # isort: skip
    from allocator.cli.app import main
except ImportError as error:
    from allocator.cli.distribution import clash_behind

    if advice := clash_behind(error):
        error.add_note(f"allocator: {advice}")
    raise

__all__ = [
    "buying",
    "comparing",
    "curves",
    "main",
    "places",
    "planning",
    "reporting",
    "requests",
    "scenarios",
    "sending",
    "serving",
    "shortfall",
    "whatif",
]
