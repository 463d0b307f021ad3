"""The example: a few hundred links and numbers across the United Kingdom, with every outcome that a plan can have.

Links and numbers are made up; the unit postcodes exist. In the large cities the numbers are those that Ofcom reserves
for drama. `python -m data.builders.examples` writes both files.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np

from allocator.notation.postcodes import incode_text
from allocator.places import dataset
from data.builders.tables import csv_bytes

SEED = 20251123
FOLDER = Path(__file__).resolve().parent.parent / "examples"

LINK_COLUMNS = (
    "link_id",
    "postcode",
    "method",
    "fallback_area_distance",
    "voxnumber_idd",
    "area_code",
    "fallback_city",
    "fallback_region",
    "fallback_country",
    "full_voxnumber",
)
STOCK_COLUMNS = ("full_voxnumber", "link_id")

# Ofcom's numbers for drama: the area code and the digits before the last three.
_DRAMA = {
    20: "7946 0",
    113: "496 0",
    114: "496 0",
    115: "496 0",
    116: "496 0",
    117: "496 0",
    118: "496 0",
    121: "496 0",
    131: "496 0",
    141: "496 0",
    151: "496 0",
    161: "496 0",
    191: "498 0",
    28: "9649 6",
    29: "2018 0",
}

# Shops by town: (outcode, links there), and (area code, numbers that the account has there).
_TOWNS: tuple[tuple[str, tuple[tuple[str, int], ...], tuple[tuple[int, int], ...]], ...] = (
    (
        "london",
        (("W11", 9), ("SW1A", 4), ("E14", 12), ("SE10", 8), ("NW3", 7), ("CR0", 9)),
        ((20, 38), (1895, 4), (1689, 9)),
    ),
    ("manchester", (("M1", 8), ("M20", 9), ("M33", 6), ("SK4", 7)), ((161, 22), (1625, 3))),
    ("leeds", (("LS1", 7), ("LS6", 9), ("LS29", 5)), ((113, 12), (1943, 6))),
    ("birmingham", (("B1", 9), ("B15", 7), ("WV1", 6)), ((121, 14), (1902, 6))),
    ("bristol", (("BS1", 8), ("BS8", 6), ("BA1", 7)), ((117, 9), (1225, 12))),
    ("cardiff", (("CF10", 9), ("CF64", 4), ("NP20", 6)), ((29, 15), (1633, 5))),
    ("edinburgh", (("EH1", 8), ("EH6", 7), ("EH48", 4)), ((131, 16), (1506, 3))),
    ("glasgow", (("G1", 9), ("G12", 7), ("PA1", 5)), ((141, 20),)),
    ("belfast", (("BT1", 9), ("BT48", 6)), ((28, 13),)),
    ("newcastle", (("NE1", 8), ("SR1", 5)), ((191, 11),)),
    ("norwich", (("NR1", 6), ("NR30", 5)), ((1603, 6), (1493, 2))),
    ("lakes", (("LA22", 5), ("CA12", 4)), ((15394, 3), (1768, 2), (1539, 6))),
    ("highlands", (("IV2", 5), ("PH33", 3)), ((1463, 7),)),
    ("cornwall", (("TR1", 5), ("TR26", 4)), ((1872, 5), (1736, 5))),
    ("islands", (("KA27", 3), ("ZE1", 2), ("HS1", 2)), ((1770, 3), (1851, 1))),
    ("jersey", (("JE2", 3),), ((1534, 2),)),
)


def postcodes_of(outcode: str, count: int, chance: random.Random) -> list[str]:
    """Choose some existing unit postcodes of an outcode."""
    row = dataset.bundled_outcodes().outcode.to_list().index(outcode)
    bits = np.unpackbits(dataset.bundled_postcodes()[row], bitorder="little")
    return [f"{outcode} {incode_text(number)}" for number in chance.sample(np.flatnonzero(bits).tolist(), count)]


def numbers_of(area_code: int, count: int) -> list[str]:
    """Make up numbers of an area code, the smallest first."""
    if area_code in _DRAMA:
        prefix = f"44{area_code}{_DRAMA[area_code]}".replace(" ", "")
        return [f"{prefix}{number:03d}" for number in range(count)]
    free = 10 - len(str(area_code))
    return [f"44{area_code}{str(960_000 + number).zfill(free)[-free:]}" for number in range(count)]


def links() -> list[dict[str, object]]:
    """Make the links, with the shops of all towns mixed."""
    chance = random.Random(SEED)
    shops: list[dict[str, object]] = []
    for town, outcodes, _ in _TOWNS:
        for outcode, count in outcodes:
            for postcode in postcodes_of(outcode, count, chance):
                shops.append({"link_id": f"{town}-{outcode.lower()}-{len(shops) + 1:03d}", "postcode": postcode})
    chance.shuffle(shops)
    return shops[:200] + _others() + shops[200:]


def _others() -> list[dict[str, object]]:
    """Make the links that are not plain shops: the other methods, and every reason to get no number or be rejected."""
    toll = {"method": "BY AREA", "voxnumber_idd": 44, "area_code": 845}
    new_york = {"method": "BY AREA", "voxnumber_idd": 1, "area_code": 212}
    return [
        {"link_id": "brochure-1", "method": "BY VOXNUMBER", "full_voxnumber": "448451570001"},
        {"link_id": "brochure-2", "method": "BY VOXNUMBER", "full_voxnumber": "448451570001"},
        {"link_id": "brochure-3", "method": "BY VOXNUMBER", "full_voxnumber": "448459999999"},
        {"link_id": "brochure-4", "method": "BY VOXNUMBER", "full_voxnumber": "448451570009"},
        {"link_id": "helpline-1", **toll},
        {"link_id": "helpline-2", **toll},
        {"link_id": "helpline-3", **toll},
        {"link_id": "helpline-4", **toll, "fallback_country": "TRUE"},
        {"link_id": "new-york-1", **new_york},
        {"link_id": "new-york-2", **new_york, "fallback_city": "TRUE"},
        {"link_id": "new-york-3", **new_york, "fallback_region": "TRUE"},
        {"link_id": "new-york-4", **new_york, "fallback_country": "TRUE"},
        {"link_id": "head-office", "postcode": "LS1 4AP"},
        {"link_id": "london-near-only", "postcode": "HA9 0WS", "fallback_area_distance": 0},
        {"link_id": "advert-giro", "postcode": "GIR 0AA"},
        {"link_id": "advert-new-town", "postcode": "MK99 1AA"},
        {"link_id": "advert-typo", "postcode": "M1 9ZZ"},
        {"link_id": "advert-half", "postcode": "SW1A"},
        {"link_id": "advert-letter-o", "postcode": "SW1A OAA"},
        {"link_id": "advert-far", "postcode": "TQ1 1AA", "fallback_area_distance": "far"},
        {"link_id": "brochure-1", "postcode": "TQ1 1AA"},
    ]


def stock() -> list[dict[str, object]]:
    """Make the numbers, some of them already attached."""
    rows: list[dict[str, object]] = [
        {"full_voxnumber": number}
        for _, _, numbers in _TOWNS
        for area_code, count in numbers
        for number in numbers_of(area_code, count)
    ]
    rows += [{"full_voxnumber": f"44845157000{number}"} for number in range(1, 4)]
    rows += [
        {"full_voxnumber": "448451570009", "link_id": "radio-2024"},
        {"full_voxnumber": "441134960999", "link_id": "head-office"},
        {"full_voxnumber": "12125550101"},
        {"full_voxnumber": "16465550102"},
        {"full_voxnumber": "15185550103"},
        {"full_voxnumber": "13125550104"},
        {"full_voxnumber": "4423012565866"},
        {"full_voxnumber": "4.42079E+11"},
    ]
    random.Random(SEED).shuffle(rows)
    return rows


def example_csv(columns: tuple[str, ...], rows: list[dict[str, object]]) -> bytes:
    """Write rows as a CSV file."""
    return csv_bytes(columns, ([row.get(column, "") for column in columns] for row in rows))


def main() -> None:
    """Write both files."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "links.csv").write_bytes(example_csv(LINK_COLUMNS, links()))
    (FOLDER / "stock.csv").write_bytes(example_csv(STOCK_COLUMNS, stock()))


if __name__ == "__main__":
    main()
