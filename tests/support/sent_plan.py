"""A plan of five links in three requests, and scripts for a server that breaks while it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

import allocator
from allocator import Sent
from allocator.plans import LEDGER
from tests.support.breaking import Breaking, Point

LINKS = [f"shop {n}" for n in range(1, 6)]
NUMBERS = [f"44207946000{n}" for n in range(1, 6)]
PLAN = dict(zip(LINKS, NUMBERS, strict=True))
BATCHES = 3  # of two links, two, and one
ATTACH = "/Links?v=3&method=attachVoxnumberToLink"
NAME, SECRET = "mrs-hush", "s3cr3t & <hush>/+ key"


def write_plan(folder: Path, batch_size: int = 2) -> Path:
    """Write a plan in which each of five links has a number of its own."""
    links = pl.DataFrame({"link_id": LINKS, "full_voxnumber": NUMBERS})
    stock = pl.DataFrame({"full_voxnumber": NUMBERS})
    return allocator.plan(links, stock).write(folder, batch_size=batch_size)


def at(number: int, point: Point, act: Callable[[], None]) -> Callable[[int, Point], None]:
    """A script that acts at one point of one call."""

    def script(call: int, where: Point) -> None:
        if (call, where) == (number, point):
            act()

    return script


def raising(error: Exception) -> Callable[[], None]:
    """An act that raises an error."""

    def act() -> None:
        raise error

    return act


class Waits(list[float]):
    """The seconds that a run waited between calls, without waiting."""

    __call__ = list.append


def sent(folder: Path, server: Breaking, **options: Any) -> Sent:
    """Send a plan to a server, without waits between the calls."""
    given: dict[str, Any] = {"yes": True, "timeout_s": 5, "_wait": Waits()}
    return allocator.send(folder, server.url, **given | options)


def outcomes(found: Sent) -> list[str]:
    """The outcome of each batch."""
    return found.batches["outcome"].to_list()


def events(folder: Path) -> list[dict[str, Any]]:
    """The lines of a plan's ledger."""
    return [json.loads(line) for line in (folder / LEDGER).read_text(encoding="utf-8").splitlines()]
