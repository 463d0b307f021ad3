"""Make the bundled data from its sources: `python data/builders`. See the README beside this file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent.parent
if not __package__:  # run as a folder
    sys.path[0] = str(CHECKOUT)

from data.builders.build import PRODUCTS, Build
from data.builders.manifest import manifest_toml
from data.builders.sources import WORLD_ATLAS_VARIABLE, SourceError, Sources

MANIFEST = "MANIFEST.toml"


def main(arguments: list[str] | None = None) -> int:
    """Make the files, or compare them; return 0 for success, 1 if a file differs, 2 if a source is missing."""
    options = _parser().parse_args(arguments)
    try:
        if options.cross_validate or options.accuracy:
            return _cross_validate(Sources(options.sources, options.world_atlas), options.accuracy)
        files = make(Sources(options.sources, options.world_atlas), options.output, options.only)
    except (SourceError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    return _check(files, options.output) if options.check else _write(files, options.output)


def make(sources: Sources, output: Path, only: list[str] | None = None) -> dict[str, bytes]:
    """Make the files and their manifest; with `only`, some of them, and take the others from the output folder."""
    build = Build(sources, output, frozenset(only or PRODUCTS))
    files = {name: build.content(name) for name in PRODUCTS if name in build.wanted}
    return files | {MANIFEST: manifest_toml(build)}


def _write(files: dict[str, bytes], output: Path) -> int:
    output.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (output / name).write_bytes(content)
        print(f"{output / name}: {len(content):,} bytes")
    return 0


def _check(files: dict[str, bytes], output: Path) -> int:
    code = 0
    for name, content in files.items():
        path = output / name
        same = path.is_file() and path.read_bytes() == content
        code = code if same else 1
        print(f"{path}: {'the same' if same else 'DIFFERENT'}")
    return code


def _cross_validate(sources: Sources, folder: Path | None) -> int:
    """Print the share of held-out observations that is right; with a folder, write there where the others are."""
    from data.builders import accuracy, coverage, maps

    if folder:
        maps.require_matplotlib()  # before the long computation of what it is to draw
    build = Build(sources, CHECKOUT / "data", frozenset())
    held_out = coverage.cross_validate(sources, build.postcodes, build.places)
    print(f"{'source':20}{'rows':>8}{'right':>9}{'observations':>15}{'right':>9}")
    for source, share in accuracy.by_register(held_out).items():
        rows = f"{share.rows:>8,}{share.rows_right:>9.2%}"
        print(f"{source:20}{rows}{share.observations:>15,}{share.observations_right:>9.2%}")
    if not folder:
        return 0
    tables = {
        "accuracy.csv": accuracy.accuracy_csv(held_out, build.area_codes),
        "hexagons.csv": accuracy.hexagons_csv(held_out),
        "straddling.csv": accuracy.straddling_csv(build.postcodes, build.coverage, build.outcodes, build.area_codes),
    }
    return _write(tables | maps.pictures(tables, build.coverage, build.outcodes), folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python data/builders", description="Make the bundled data from its sources.")
    parser.add_argument(
        "--sources",
        type=Path,
        default=CHECKOUT.parent / "shared" / "data",
        help="folder of the observations, the places and the outcodes of the Crown dependencies (default: %(default)s)",
    )
    parser.add_argument(
        "--world-atlas",
        type=Path,
        help="countries-10m.json of the npm package world-atlas, or its folder "
        f"(default: the environment variable {WORLD_ATLAS_VARIABLE}; failing that, npm fetches it)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=CHECKOUT / "data",
        help="folder to write the files to, or to compare them with (default: %(default)s)",
    )
    parser.add_argument(
        "--only",
        action="append",
        choices=tuple(PRODUCTS),
        metavar="NAME",
        help="make only this file and the manifest, and take the others from the output folder; may be repeated",
    )
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    parser.add_argument(
        "--cross-validate",
        action="store_true",
        help="make nothing; print the share of held-out observations in the right polygon",
    )
    parser.add_argument(
        "--accuracy",
        type=Path,
        metavar="FOLDER",
        help="the same, and write into this folder where the others are, which outcodes straddle area codes, and maps",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
