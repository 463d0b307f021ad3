"""The version of this package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def engine_version() -> str:
    """Version of this package."""
    try:
        return version("voxnumber-allocator")
    except PackageNotFoundError:  # a checkout that was never installed
        return "unknown"
