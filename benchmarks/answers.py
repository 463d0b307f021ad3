"""Takes the decisions of a plan out of its folder, as arrays for the floor program, which decides nothing itself."""

from __future__ import annotations

import filecmp
import shutil
from pathlib import Path

import polars as pl

from benchmarks.instances import Case

COPIED = ("already.csv", "summary.json", "decisions.csv", "rejected.csv", "stock.csv")
SHARE = ("area_code", "distance_km", "fallback")
SENTENCE = ("reason", "message")


def take(plan: Path, case: Case, answers: Path) -> None:
    """Write the decisions of a plan as arrays.

    Parameters
    ----------
    plan
        The folder of the plan.
    case
        The links and the stock of the plan.
    answers
        The folder to write.
    """
    shutil.rmtree(answers, ignore_errors=True)
    (answers / "copied").mkdir(parents=True)
    for name in COPIED:
        shutil.copyfile(plan / name, answers / "copied" / name)

    links = pl.read_csv(case.links, infer_schema=False).select("link_id").with_row_index("link")
    stock = pl.read_csv(case.stock, infer_schema=False).with_row_index("number")
    assignments = _table(plan / "assignments.csv", links).with_columns(pl.col("distance_km").cast(pl.Float64))
    shares = assignments.select(SHARE).unique(maintain_order=True).with_row_index("share")
    served = assignments.join(stock, on="full_voxnumber", how="left", maintain_order="left")
    served = served.join(shares, on=SHARE, how="left", maintain_order="left")
    served.select("link", "number", "share").write_ipc(answers / "served.arrow")
    shares.drop("share").write_ipc(answers / "shares.arrow")

    unassigned = _table(plan / "unassigned.csv", links)
    sentences = unassigned.select(SENTENCE).unique(maintain_order=True).with_row_index("sentence")
    refused = unassigned.join(sentences, on=SENTENCE, how="left", maintain_order="left")
    refused.select("link", "sentence").write_ipc(answers / "refused.arrow")
    sentences.drop("sentence").write_ipc(answers / "sentences.arrow")


def _table(path: Path, links: pl.DataFrame) -> pl.DataFrame:
    """Read a table of the plan, and join each row to its place among the links."""
    return pl.read_csv(path, infer_schema=False).join(links, on="link_id", how="left", maintain_order="left")


def differences(one: Path, other: Path) -> list[str]:
    """Return the names of the files whose bytes differ between two folders, or that only one of them has.

    Parameters
    ----------
    one, other
        The folders.
    """
    names = sorted({str(path.relative_to(folder)) for folder in (one, other) for path in _files(folder)})
    _, differing, missing = filecmp.cmpfiles(one, other, names, shallow=False)
    return differing + missing


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
