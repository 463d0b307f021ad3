"""The command `allocator`, one module for each family of commands."""

from allocator.cli import planning, places  # noqa: I001 - each adds its commands, and --help lists them in this order
from allocator.cli.app import main

__all__ = ["main", "places", "planning"]
