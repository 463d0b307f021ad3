"""The command `allocator`, one module for each family of commands."""

# First, as the others take long to load.
from allocator.cli import interrupts  # noqa: F401 # isort: skip

# Each adds its commands, and --help lists them in this order.
from allocator.cli import planning  # isort: skip
from allocator.cli import comparing  # isort: skip
from allocator.cli import reporting  # isort: skip
from allocator.cli import whatif  # isort: skip
from allocator.cli import scenarios  # isort: skip
from allocator.cli import requests  # isort: skip
from allocator.cli import sending  # isort: skip
from allocator.cli import serving  # isort: skip
from allocator.cli import places  # isort: skip
from allocator.cli.app import main

__all__ = [
    "comparing",
    "main",
    "places",
    "planning",
    "reporting",
    "requests",
    "scenarios",
    "sending",
    "serving",
    "whatif",
]
