"""The least that `allocator plan` must do: read two CSV files with polars, and write the bytes of the plan.

It decides nothing. It reads the decisions as arrays, which `benchmarks.answers` takes from a plan: which row of the
stock each link gets and at what distance, or which sentence. It checks no postcode, no number and no checksum. It
copies the small files that only deciding could make (`summary.json`, `decisions.csv`, `rejected.csv`, `stock.csv`).

    python benchmarks/floor_plan.py LINKS STOCK ANSWERS OUTPUT
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import polars as pl

BATCH_SIZE = 500
# Faster than formatting all nodes at once, or one request at a time.
BATCHES_AT_ONCE = 20
OPENING = '<?xml version="1.0" encoding="utf-8"?>\n<request>\n'
CLOSING = "</request>\n"
LINK = (
    "  <link>\n    <link_id>{}</link_id>\n    <method>BY VOXNUMBER</method>\n"
    "    <full_voxnumber>{}</full_voxnumber>\n  </link>\n"
)


def main(links_csv: Path, stock_csv: Path, answers: Path, output: Path) -> None:
    """Read the tables, join the rows, and write the files."""
    links = pl.read_csv(links_csv, infer_schema=False)
    stock = pl.read_csv(stock_csv, infer_schema=False)
    links = links.with_columns(outcode=pl.col("postcode").str.head(-4), method=pl.lit("BY POSTCODE"))
    (output / "requests").mkdir(parents=True)

    served = pl.read_ipc(answers / "served.arrow")
    shares = pl.read_ipc(answers / "shares.arrow")[served["share"]]
    rows = links[served["link"]]
    assignments = pl.DataFrame(
        {
            "link_id": rows["link_id"],
            "full_voxnumber": stock["full_voxnumber"].gather(served["number"]),
            "method": rows["method"],
            "postcode": rows["postcode"],
            "outcode": rows["outcode"],
            "area_code": shares["area_code"],
            "distance_km": shares["distance_km"],
            "fallback": shares["fallback"],
        }
    )
    assignments.write_csv(output / "assignments.csv", float_precision=3)

    refused = pl.read_ipc(answers / "refused.arrow")
    sentences = pl.read_ipc(answers / "sentences.arrow")[refused["sentence"]]
    rows = links[refused["link"]]
    unassigned = pl.DataFrame(
        {
            "link_id": rows["link_id"],
            "postcode": rows["postcode"],
            "reason": sentences["reason"],
            "message": sentences["message"],
            "method": rows["method"],
            "outcode": rows["outcode"],
            "row": refused["link"] + 2,
        }
    )
    unassigned.write_csv(output / "unassigned.csv")

    for path in (answers / "copied").iterdir():
        shutil.copyfile(path, output / path.name)

    count = 0
    for start in range(0, assignments.height, BATCH_SIZE * BATCHES_AT_ONCE):
        some = assignments.slice(start, BATCH_SIZE * BATCHES_AT_ONCE)
        nodes = some.select(pl.format(LINK, "link_id", "full_voxnumber")).to_series().to_list()
        for first in range(0, len(nodes), BATCH_SIZE):
            count += 1
            body = f"{OPENING}{''.join(nodes[first : first + BATCH_SIZE])}{CLOSING}"
            (output / "requests" / f"requests-{count:05d}.xml").write_bytes(body.encode())


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
