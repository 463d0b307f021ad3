"""`MANIFEST.toml`: what each bundled file is, whose data it holds, and its sha256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from data.builders import numbering_plan, positions, sources
from data.builders.build import ONS, ONS_EDITION, PRODUCTS, Build
from data.builders.sources import OGL, Source

EDITION = "2025-11"
_HEAD = f"""\
# What is bundled, and where it comes from. Written by `python data/builders`; loading verifies each sha256.
# `rows`: lines of a table, features, unit postcodes, distances.
edition = "{EDITION}"
"""

PACKAGES = {
    positions.PACKAGE: Source(ONS, f"{ONS_EDITION} (version {positions.EDITION})", OGL, positions.SHA256),
    numbering_plan.PACKAGE: Source(
        "libphonenumber", f"version {numbering_plan.EDITION}", "Apache-2.0", numbering_plan.SHA256
    ),
}


def manifest_toml(build: Build) -> bytes:
    """Write the manifest of all bundled files, sorted by name, and of their sources."""
    parts = [_HEAD]
    for name, product in sorted(PRODUCTS.items()):
        content = build.content(name)
        fields: list[tuple[str, object]] = [
            ("publisher", product.publisher),
            ("edition", product.edition),
            ("licence", product.licence),
            ("sha256", hashlib.sha256(content).hexdigest()),
            ("bytes", len(content)),
            ("rows", product.rows(build, content)),
            ("builder", product.builder),
            ("sources", list(product.sources)),
        ]
        parts.append(_section("files", name, fields))
    for name, source in sorted((sources.FILES | PACKAGES).items()):
        parts.append(_section("sources", name, vars(source).items()))
    return "\n".join(parts).encode()


def _section(table: str, name: str, fields: Iterable[tuple[str, object]]) -> str:
    # Strings, whole numbers and lists of strings are written alike in JSON and TOML.
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in fields]
    return "\n".join([f'[{table}."{name}"]', *lines, ""])
