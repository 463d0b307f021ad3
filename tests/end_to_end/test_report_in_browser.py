"""The report in a real browser: nothing fails, nothing is fetched, and the figures shown are those of the files.

Playwright, a development dependency, drives Debian's Chromium (`apt-get install chromium`); it downloads nothing here.
Where one of them is missing the tests are skipped, and say what to install.
"""

from __future__ import annotations

import csv
import math
import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest

import allocator
from allocator import report
from allocator.notation.postcodes import incode_text
from allocator.places import dataset
from allocator.report import shapes
from allocator.report.palette import page_colours

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install playwright")

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"
NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next((found for name in NAMES if (found := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="there is no Chromium: apt-get install chromium, or name one in CHROMIUM"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        # Chromium's sandbox needs rights that tests run as root in a container don't have; the page is our own.
        try:
            started = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"Chromium does not start here: {str(error).splitlines()[0]}")
        yield started
        started.close()


@contextmanager
def opened(browser: Browser, path: Path, **options: Any) -> Iterator[Page]:
    """Open a page without a network. It may neither complain nor ask for anything but itself."""
    window: dict[str, Any] = {"viewport": {"width": 1280, "height": 1000}, "offline": True}
    context = browser.new_context(**(window | options))
    page = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: complaints.append(dialog.message))
    page.goto(path.as_uri())
    page.wait_for_selector("html[data-ready]")
    try:
        yield page
        assert complaints == []
        assert asked == [path.as_uri()]
    finally:
        context.close()


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---- The plans -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("browser")


@pytest.fixture(scope="module")
def example(room: Path) -> Path:
    folder = room / "example"
    allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20, output=folder)
    return folder


@pytest.fixture(scope="module")
def example_page(room: Path, example: Path) -> Path:
    return report.page(example).write(room / "example.html")


def drawn(count: int, area_codes: set[int] | None, numbers: list[str], folder: Path) -> Path:
    """Plan links at random places, in the outcodes of some area codes or of all."""
    outcodes, codes = dataset.bundled_outcodes(), dataset.bundled_area_codes()
    chance = np.random.default_rng(20261123)
    wanted = [
        place
        for place, index in enumerate(outcodes.area_index.tolist())
        if index >= 0
        and outcodes.postcodes[place]
        and (area_codes is None or int(codes.area_code[index]) in area_codes)
    ]
    there = chance.choice(wanted, count)
    # The first postcode that exists in each outcode.
    first = np.unpackbits(dataset.bundled_postcodes(), axis=1, bitorder="little").argmax(axis=1)
    links = pl.DataFrame(
        {
            "link_id": [f"shop-{number:05d}" for number in range(count)],
            "postcode": [f"{outcodes.outcode[place]} {incode_text(first[place])}" for place in there.tolist()],
        }
    )
    allocator.plan(links, pl.DataFrame({"full_voxnumber": numbers}), fallback_km=20, output=folder)
    return folder


def numbers_of(area_code: int, count: int) -> list[str]:
    width = 10 - len(str(area_code))
    return [f"44{area_code}{8 * 10 ** (width - 1) + number}" for number in range(count)]


@pytest.fixture(scope="module")
def country(room: Path) -> Path:
    """20,000 links across the country, three of four with a number somewhere near."""
    codes = dataset.bundled_area_codes()
    share = np.maximum(codes.outcodes * 5, 1)
    numbers = [
        number
        for code, n in zip(codes.area_code.tolist(), share.tolist(), strict=True)
        for number in numbers_of(code, n)
    ]
    return drawn(20_000, None, numbers, room / "country")


@pytest.fixture(scope="module")
def london(room: Path) -> Path:
    """Links in London only, some served from around it."""
    around = [number for code in (1923, 1322, 1737, 1708, 1753, 1932) for number in numbers_of(code, 60)]
    return drawn(2_000, {20}, numbers_of(20, 1_500) + around, room / "london")


# ---- Nothing fails, nothing is fetched -------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["example", "country", "london"])
def test_a_page_is_whole_and_asks_for_nothing(
    name: str, scheme: str, browser: Browser, room: Path, request: pytest.FixtureRequest
) -> None:
    folder = request.getfixturevalue(name)
    path = report.page(folder).write(room / f"{name}-{scheme}.html", force=True)
    with opened(browser, path, color_scheme=scheme) as page:
        assert page.locator("#uk path[data-kind=code]").count() == 609
        assert page.get_by_role("img", name=re.compile("^Map of the United Kingdom")).count() == 1
        assert page.locator("figure svg").count() >= 2
        assert page.get_by_role("table").count() >= 4
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_comparison_and_a_shopping_list_are_whole_too(browser: Browser, room: Path, example: Path) -> None:
    best = room / "best"
    allocator.plan(EXAMPLES / "links.csv", EXAMPLES / "stock.csv", fallback_km=20, strategy="optimal", output=best)
    with opened(browser, report.page(example, best).write(room / "compared.html")) as page:
        found = allocator.diff(example, best)
        assert f"{found.links.height} rows" in page.locator("#links .count").inner_text()
        assert page.get_by_role("radio", name="Change in links served").is_checked()


def test_what_users_wrote_does_not_run(browser: Browser, room: Path) -> None:
    names = ["</script><script>alert(1)</script>", "<img src=x onerror=alert(2)>", "\"'><svg onload=alert(3)>"]
    links = pl.DataFrame({"link_id": names, "postcode": ["W11 3EP"] * len(names)})
    plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    with opened(browser, report.page(plan).write(room / "hostile.html")) as page:
        shown = page.locator("#unassigned tbody th").all_inner_texts()
        assert shown == names
        assert page.locator("img, svg[onload]").count() == 0


# ---- The map ---------------------------------------------------------------------------------------------------------


def shape_of(page: Page, area_code: str) -> Locator:
    place = [shape.area_code for shape in shapes.shapes()].index(area_code)
    return page.locator(f"#uk path[data-kind=code][data-row='{place}']")


def point_in(shape: Locator) -> tuple[float, float]:
    """A point of the window where this shape, and nothing above it, is under the pointer."""
    shape.scroll_into_view_if_needed()
    found = shape.evaluate(
        """shape => {
            const box = shape.getBoundingClientRect();
            for (let step = 1; step < 40; step++)
                for (let other = 1; other < 40; other++) {
                    const x = box.x + box.width * step / 40, y = box.y + box.height * other / 40;
                    if (document.elementFromPoint(x, y) === shape) return [x, y];
                }
            return null;
        }"""
    )
    assert found is not None
    return found[0], found[1]


def figures_in(box: Locator) -> dict[str, str]:
    """The figures in a box, by what they count."""
    return dict(zip(box.locator("dt").all_inner_texts(), box.locator("dd").all_inner_texts(), strict=True))


def asked_and_served(folder: Path, area_code: int) -> tuple[int, int]:
    own = Counter[bool]()
    for name in ("assignments", "unassigned"):
        for row in rows(folder / f"{name}.csv"):
            if row["method"] == "BY POSTCODE" and allocator.lookup(row["outcode"]).area_code == area_code:
                own[name == "assignments"] += 1
    return own.total(), own[True]


def test_pointing_at_an_area_code_shows_its_figures(browser: Browser, example: Path, example_page: Path) -> None:
    with opened(browser, example_page) as page:
        page.get_by_label("Outcodes, sized by links").uncheck()
        page.get_by_label("Fallbacks: lines").uncheck()
        for area_code, name in (("28", "Northern Ireland"), ("20", "London")):
            page.mouse.move(*point_in(shape_of(page, area_code)))
            tip = page.locator("#tip")
            assert tip.locator("strong").inner_text() == f"0{area_code} {name}"
            asked, served = asked_and_served(example, int(area_code))
            figures = figures_in(tip)
            assert (figures["links"], figures["served"]) == (f"{asked:,}", f"{served:,}")
            left = next(row["left"] for row in rows(example / "stock.csv") if row["area_code"] == area_code)
            assert figures["numbers left"] == left
        page.mouse.move(5, 5)
        assert page.locator("#tip").is_hidden()


def test_pointing_at_a_fallback_shows_its_group(browser: Browser, london: Path, room: Path) -> None:
    path = report.page(london).write(room / "fallbacks.html")
    groups: Counter[tuple[str, str]] = Counter(
        (row["outcode"], row["area_code"]) for row in rows(london / "assignments.csv") if row["fallback"] == "distance"
    )
    with opened(browser, path) as page:
        page.get_by_label("Outcodes, sized by links").uncheck()
        lines = page.locator("#uk [data-kind=line]")
        assert lines.count() == len(groups)
        page.mouse.move(*point_in(lines.last))
        match = re.match(r"(\S+) served by 0(\d+) ", page.locator("#tip strong").inner_text())
        assert match is not None
        assert figures_in(page.locator("#tip"))["links"] == str(groups[match[1], match[2]])


def test_the_layers_colour_by_what_they_say(browser: Browser, example_page: Path) -> None:
    with opened(browser, example_page) as page:
        wanted = ("Share served", "Links", "Mean distance", "Numbers left", "No number in reach")
        assert page.locator("#layers label").all_inner_texts() == list(wanted)
        fills = set()
        for label in wanted:
            page.get_by_label(label, exact=True).check()
            fill = shape_of(page, "20").get_attribute("fill")
            keys = page.locator("#key li rect").evaluate_all("boxes => boxes.map(box => box.getAttribute('fill'))")
            assert fill in keys
            fills.add(fill)
            assert label in (page.locator("#uk").get_attribute("aria-label") or "")
        assert len(fills) == len(wanted)


def test_a_map_of_london_opens_there_and_shows_its_outcodes(browser: Browser, london: Path, room: Path) -> None:
    path = report.page(london).write(room / "in-london.html")
    with opened(browser, path) as page:
        frame, shape = page.locator("#map").bounding_box(), shape_of(page, "20").bounding_box()
        assert frame is not None
        assert shape is not None
        assert shape["width"] > 0.5 * frame["width"]
        assert page.get_by_label("Outcodes, sized by links").is_checked()
        # The one colour of 020 is pale behind those of its outcodes.
        opacity = shape_of(page, "20").evaluate("shape => getComputedStyle(shape).fillOpacity")
        assert float(opacity) < 0.5
        dots = page.locator("#uk [data-kind=outcode]")
        outcodes = {row["outcode"] for name in ("assignments", "unassigned") for row in rows(london / f"{name}.csv")}
        assert dots.count() == len(outcodes)
        assert len(set(dots.evaluate_all("dots => dots.map(dot => dot.getAttribute('fill'))"))) > 1
        page.mouse.move(*point_in(dots.last))
        match = re.match(r"Outcode (\S+), in 020 London", page.locator("#tip strong").inner_text())
        assert match is not None
        served = sum(row["outcode"] == match[1] for row in rows(london / "assignments.csv"))
        assert figures_in(page.locator("#tip"))["served"] == str(served)
        page.get_by_role("button", name="UK", exact=True).click()
        smaller = shape_of(page, "20").bounding_box()
        assert smaller is not None
        assert smaller["width"] < 0.1 * frame["width"]


def transform(page: Page) -> tuple[float, float, float]:
    """How far the map is moved, and how much it is enlarged."""
    text = page.locator("#uk > g[transform]").get_attribute("transform") or ""
    x, y, k = (float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", text))
    return x, y, k


def test_the_wheel_enlarges_what_is_under_the_pointer_and_only_with_ctrl(browser: Browser, example_page: Path) -> None:
    with opened(browser, example_page) as page:
        shape = shape_of(page, "28")
        x, y = point_in(shape)
        page.mouse.move(x, y)
        before = transform(page)
        page.mouse.wheel(0, -100)
        page.wait_for_timeout(200)
        assert transform(page) == before
        # Whole pixels, as the event of a wheel has no others.
        x, y = map(round, point_in(shape))
        under = """([x, y]) => {
            const back = document.querySelector("#uk > g").getScreenCTM().inverse();
            const found = new DOMPoint(x, y).matrixTransform(back);
            return [found.x, found.y];
        }"""
        place = page.evaluate(under, [x, y])
        page.mouse.move(x, y)
        page.keyboard.down("Control")
        page.mouse.wheel(0, -100)
        page.keyboard.up("Control")
        page.wait_for_timeout(200)
        assert transform(page)[2] == pytest.approx(2 * before[2])
        assert page.evaluate(under, [x, y]) == pytest.approx(place)


def test_the_mouse_moves_the_map_and_chooses_nothing_by_that(browser: Browser, example_page: Path) -> None:
    with opened(browser, example_page) as page:
        page.get_by_role("button", name="Zoom in").click()
        shape = shape_of(page, "28")
        x, y = point_in(shape)
        before, box = transform(page), shape.bounding_box()
        assert box is not None
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 30, y + 20, steps=4)
        page.mouse.up()
        after, moved = transform(page), shape.bounding_box()
        assert moved is not None
        assert (moved["x"] - box["x"], moved["y"] - box["y"]) == pytest.approx((30, 20), abs=0.5)
        assert after[2] == before[2]
        assert page.get_by_label("Area code", exact=True).input_value() == ""
        page.mouse.click(*point_in(shape))
        assert page.get_by_label("Area code", exact=True).input_value() == "028 Northern Ireland"


def test_pointing_at_a_chart_shows_its_figures(browser: Browser, example: Path, example_page: Path) -> None:
    reasons = Counter(row["reason"] for row in rows(example / "unassigned.csv"))
    most = max(reasons.values())
    far = [float(row["distance_km"]) for row in rows(example / "assignments.csv") if row["fallback"] == "distance"]
    with opened(browser, example_page) as page:
        tip = page.locator("#vg-tooltip-element")
        bar = page.locator("figure", has_text="Why links have no number").locator(".mark-rect path").first
        bar.hover()
        assert tip.is_visible()
        assert tip.locator("td.value").all_inner_texts()[-1] == str(most)
        bins = page.locator("figure", has_text="Distances of the links served").locator(".mark-rect path")
        counted = Counter[str]()
        for one in bins.all()[1:]:
            box = one.bounding_box()
            if box and box["height"] > 2:
                page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
                within, links = tip.locator("td.value").all_inner_texts()
                counted[within] += int(links)
        assert counted == Counter(f"over {math.ceil(km) - 1} to {math.ceil(km)} km" for km in far)
        page.mouse.move(5, 5)
        assert tip.is_hidden()


# ---- Tables ----------------------------------------------------------------------------------------------------------


def count_of(page: Page, table: str) -> int:
    text = page.locator(f"#{table} .count").inner_text()
    match = re.search(r"(?:of )?([\d,]+) rows?", text)
    assert match is not None
    return int(match[1].replace(",", ""))


def settled(page: Page) -> None:
    """Wait until typing has had its effect."""
    page.wait_for_timeout(250)


def test_the_filters_leave_what_they_say(browser: Browser, country: Path, room: Path) -> None:
    path = report.page(country).write(room / "filters.html")
    unassigned, assigned = rows(country / "unassigned.csv"), rows(country / "assignments.csv")
    with opened(browser, path) as page:
        assert count_of(page, "unassigned") == len(unassigned)
        outcode = unassigned[0]["outcode"]
        page.get_by_label("Outcode", exact=True).fill(outcode.lower())
        settled(page)
        assert count_of(page, "unassigned") == sum(row["outcode"] == outcode for row in unassigned)
        assert count_of(page, "assigned") == sum(row["outcode"] == outcode for row in assigned)
        page.get_by_label("Outcode", exact=True).fill("EH*")
        settled(page)
        assert count_of(page, "unassigned") == sum(row["outcode"].startswith("EH") for row in unassigned)
        page.get_by_role("button", name="Clear").click()
        page.get_by_label("Area code", exact=True).fill("0161")
        settled(page)
        own = {code: allocator.lookup(code).area_code for code in {row["outcode"] for row in assigned + unassigned}}
        assert count_of(page, "unassigned") == sum(own[row["outcode"]] == 161 for row in unassigned)
        assert count_of(page, "assigned") == sum(
            own[row["outcode"]] == 161 or row["area_code"] == "161" for row in assigned
        )
        page.get_by_role("button", name="Clear").click()
        page.get_by_label("Any text").fill(unassigned[3]["link_id"])
        settled(page)
        assert page.locator("#unassigned tbody th").all_inner_texts() == [unassigned[3]["link_id"]]


def test_the_reason_filters_the_links(browser: Browser, example: Path, example_page: Path) -> None:
    reasons = Counter(row["reason"] for row in rows(example / "unassigned.csv"))
    with opened(browser, example_page) as page:
        for reason, count in reasons.items():
            page.get_by_label("Reason").select_option(reason)
            settled(page)
            assert count_of(page, "unassigned") == count


def test_a_heading_sorts_its_table(browser: Browser, example_page: Path) -> None:
    with opened(browser, example_page) as page:
        table = page.locator("#outcodes table")
        column = 3
        heading = table.locator("thead th").nth(column)
        heading.get_by_role("button").click()
        assert heading.get_attribute("aria-sort") == "descending"
        shown = [int(text) for text in table.locator(f"tbody tr > :nth-child({column + 1})").all_inner_texts()]
        assert shown == sorted(shown, reverse=True)
        heading.get_by_role("button").click()
        assert heading.get_attribute("aria-sort") == "ascending"
        first = table.locator("thead th").first
        first.get_by_role("button").click()
        names = table.locator("tbody th").all_inner_texts()
        assert names == sorted(names, key=lambda name: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", name)])


def test_the_next_rows_follow_the_first(browser: Browser, example: Path, example_page: Path) -> None:
    with opened(browser, example_page) as page:
        section = page.locator("#unassigned")
        first = section.locator("tbody th").all_inner_texts()
        section.get_by_role("button", name="Next rows").click()
        second = section.locator("tbody th").all_inner_texts()
        links = [row["link_id"] for row in rows(example / "unassigned.csv")]
        assert first + second == links[: len(first) + len(second)]


# ---- Keyboard, screen reader, dark, paper ----------------------------------------------------------------------------


def test_the_keyboard_does_what_the_mouse_does(browser: Browser, example: Path, example_page: Path) -> None:
    with opened(browser, example_page) as page:
        page.locator("#uk").focus()
        view = page.locator("#uk > g[transform]")
        for key, scale in (("+", 1.6), ("+", 2.56), ("-", 1.6), ("0", 1.0)):
            page.keyboard.press(key)
            match = re.search(r"scale\(([\d.]+)\)", view.get_attribute("transform") or "")
            assert match is not None
            assert float(match[1]) == pytest.approx(scale)
        page.keyboard.press("+")
        before = view.get_attribute("transform")
        page.keyboard.press("ArrowRight")
        assert view.get_attribute("transform") != before
        button = page.locator("#area-codes tbody").get_by_role("button", name="028", exact=True)
        button.focus()
        page.keyboard.press("Enter")
        assert page.locator("#picked strong").inner_text() == "028 Northern Ireland"
        asked, served = asked_and_served(example, 28)
        assert figures_in(page.locator("#picked"))["served"] == str(served)
        assert figures_in(page.locator("#picked"))["links"] == str(asked)
        assert page.evaluate("document.activeElement.id") == "uk"


def test_choosing_on_the_map_filters_the_tables(browser: Browser, example_page: Path) -> None:
    with opened(browser, example_page) as page:
        page.get_by_label("Outcodes, sized by links").uncheck()
        page.mouse.click(*point_in(shape_of(page, "28")))
        assert page.get_by_label("Area code", exact=True).input_value() == "028 Northern Ireland"
        assert page.locator("#area-codes tbody th").all_inner_texts() == ["028"]


def test_a_screen_reader_finds_names_and_tables(browser: Browser, example_page: Path) -> None:
    with opened(browser, example_page) as page:
        assert page.get_by_role("main").count() == 1
        assert page.get_by_role("heading", level=1).count() == 1
        for name in (
            "Area codes",
            "Outcodes",
            "Fallbacks by distance",
            "Links without a number",
            "Links with a number",
        ):
            assert page.get_by_role("table", name=name, exact=True).count() == 1
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("button, input, select, [role=img], [role=group]")].filter(one =>
                !(one.getAttribute("aria-label") || one.textContent.trim() || one.labels?.length)).length"""
        )
        assert nameless == 0
        for figure in page.locator("figure").all():
            figure.get_by_text("The figures as a table").click()
            figure.get_by_role("table").locator("tbody tr").first.wait_for()
        assert page.locator("#tip").get_attribute("aria-hidden") == "true"
        assert page.locator("#picked").get_attribute("role") == "status"


def rgb(colour: str) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def ground(page: Page) -> str:
    found: str = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return found


def test_dark_is_dark_and_the_button_changes_it(browser: Browser, example_page: Path) -> None:
    light, dark = (page_colours(theme) for theme in ("light", "dark"))
    with opened(browser, example_page, color_scheme="dark") as page:
        assert ground(page) == rgb(dark["page"])
        fill = "[...document.querySelectorAll('#key rect')].map(box => getComputedStyle(box).fill).join()"
        before = page.evaluate(fill)
        page.get_by_role("button", name="Colours").click()
        assert ground(page) == rgb(light["page"])
        assert page.evaluate(fill) != before
        page.get_by_role("button", name="Colours").click()
        assert ground(page) == rgb(dark["page"])


def test_paper_is_white_and_has_no_buttons(browser: Browser, example_page: Path) -> None:
    with opened(browser, example_page, color_scheme="dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        assert ground(page) == rgb("#ffffff")
        assert page.locator("#filters").is_hidden()
        assert page.get_by_role("button", name="Next rows").first.is_hidden()
        assert page.locator("#area-codes table").is_visible()
        printed = page.pdf(format="A4")
        pages = len(re.findall(rb"/Type\s*/Page\b(?!s)", printed))
        assert 2 <= pages <= 12


def test_a_narrow_window_has_all_of_it(browser: Browser, example_page: Path) -> None:
    with opened(browser, example_page, viewport={"width": 390, "height": 800}) as page:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("#uk").is_visible()
