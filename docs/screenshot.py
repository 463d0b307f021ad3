"""Makes the README's picture of a report: `python docs/screenshot.py`.

It needs Chromium (`apt-get install chromium`) and the development dependencies. The plan has 20,000 made-up links at
real postcodes, and a stock that serves most of them.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from PIL import Image
from playwright.sync_api import sync_playwright

import allocator
from allocator import report
from allocator.notation.postcodes import incode_text
from allocator.places import dataset

PICTURE = Path(__file__).parent / "pages" / "report.png"
LINKS = 20_000
# Numbers of an area code for each outcode that it covers: fewer than its links, so that some have no number.
NUMBERS_AN_OUTCODE = 5
WINDOW = {"width": 1240, "height": 1250}
COLOURS = 128


def plan() -> allocator.Plan:
    """Make the plan that the picture shows."""
    chance = np.random.default_rng(20261123)
    outcodes, codes = dataset.bundled_outcodes(), dataset.bundled_area_codes()
    covered = [row for row, own in enumerate(outcodes.area_index.tolist()) if own >= 0 and outcodes.postcodes[row]]
    there = chance.choice(covered, LINKS).tolist()
    # The first postcode that exists in each outcode.
    first = np.unpackbits(dataset.bundled_postcodes(), axis=1, bitorder="little").argmax(axis=1)
    links = pl.DataFrame(
        {
            "link_id": [f"shop-{number:05d}" for number in range(LINKS)],
            "postcode": [f"{outcodes.outcode[row]} {incode_text(first[row])}" for row in there],
        }
    )
    numbers = [
        f"44{code}{8 * 10 ** (9 - len(str(code))) + number}"
        for code, count in zip(codes.area_code.tolist(), codes.outcodes.tolist(), strict=True)
        for number in range(NUMBERS_AN_OUTCODE * max(count, 1))
    ]
    return allocator.plan(links, pl.DataFrame({"full_voxnumber": numbers}), fallback_km=20)


def main() -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as driver:
        folder = Path(temporary) / "autumn"
        plan().write(folder)
        page_file = report.page(folder).write(Path(temporary) / "report.html")
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport=WINDOW, color_scheme="light")
        page.goto(page_file.as_uri())
        page.wait_for_selector("html[data-ready]")
        page.locator("#picked").scroll_into_view_if_needed()
        page.evaluate("scrollTo(0, 0)")
        taken = page.screenshot()
        browser.close()
    with Image.open(io.BytesIO(taken)) as picture:
        picture.convert("RGB").quantize(COLOURS).save(PICTURE, optimize=True)
    print(f"Written to {PICTURE}")


if __name__ == "__main__":
    main()
