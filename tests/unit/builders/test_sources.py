"""The sources: found, verified, and what is said when they are not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from data.builders import sources
from data.builders.sources import SourceError, Sources


def test_a_missing_source_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"area_code_observations.csv can't be read .* with --sources"):
        Sources(tmp_path).observations  # noqa: B018


def test_another_edition_of_a_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "area_code_places.csv").write_text("area_code,place,latitude,longitude\n")
    with pytest.raises(SourceError, match="is not the edition from which this data is made"):
        Sources(tmp_path).places  # noqa: B018


def test_the_world_atlas_is_looked_for_where_the_environment_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(sources.WORLD_ATLAS_VARIABLE, str(tmp_path))
    with pytest.raises(SourceError, match=r"countries-10m.json can't be read .* with --world-atlas"):
        Sources(tmp_path).countries  # noqa: B018
    (tmp_path / "another.json").write_text("{}")
    with pytest.raises(SourceError, match="is not the edition"):
        Sources(tmp_path, tmp_path / "another.json").countries  # noqa: B018


def test_without_a_world_atlas_and_without_npm_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(sources.WORLD_ATLAS_VARIABLE, raising=False)
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(SourceError, match="no npm to fetch it with"):
        Sources(tmp_path).countries  # noqa: B018
