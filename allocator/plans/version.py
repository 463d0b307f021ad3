"""The version of this package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def engine_version() -> str:
    """Return the version of this package."""
    try:
        return version("voxnumber-allocator")
    except PackageNotFoundError:  # a checkout that was never installed
        return "unknown"


def engine() -> dict[str, str]:
    """Return name and version of this package, for a summary."""
    return {"name": "allocator", "version": engine_version()}
