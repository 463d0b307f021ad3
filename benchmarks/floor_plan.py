"""What `allocator plan` cannot do without: read two CSV files with polars and write the bytes of the plan.

It decides nothing. The answers lie beside it as arrays (`benchmarks.answers` takes them from a plan): which row of the
stock each link gets and at what distance, or which sentence. It checks nothing either: no postcode, no number, no
checksum. What is small and comes from deciding only (`summary.json`, `decisions.csv`, `rejected.csv`, `stock.csv`) it
copies.

    python benchmarks/floor_plan.py LINKS STOCK ANSWERS OUTPUT
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import polars as pl

BATCH_SIZE = 500
# Of formatting all nodes at once, each request for itself, and some requests at a time, the last was fastest.
BATCHES_AT_ONCE = 20
OPENING = '<?xml version="1.0" encoding="utf-8"?>\n<request>\n'
CLOSING = "</request>\n"
LINK = (
    "  <link>\n    <link_id>{}</link_id>\n    <method>BY VOXNUMBER</method>\n"
    "    <full_voxnumber>{}</full_voxnumber>\n  </link>\n"
)


def main(links_csv: Path, stock_csv: Path, answers: Path, output: Path) -> None:
    """Read, put the rows side by side, write."""
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
