"""The version of the package."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest

from allocator.plans import engine, version


def test_the_version_is_that_of_the_distribution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(version, "version", {"voxnumber-allocator": "1.2.3"}.__getitem__)
    assert version.engine_version() == "1.2.3"
    assert engine() == {"name": "allocator", "version": "1.2.3"}


def test_a_checkout_that_was_never_installed_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(version, "version", missing)
    assert version.engine_version() == "unknown"
