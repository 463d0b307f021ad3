"""A folder that was altered is not sent."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from allocator import send, whatif
from allocator.errors import InputError, OptionError
from allocator.plans import LEDGER
from tests.support.breaking import Breaking
from tests.support.sent_plan import (
    NUMBERS,
    at,
    sent,
    write_plan,
)


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


REQUEST_1, REQUEST_2, REQUEST_3 = (Path("requests") / f"requests-{n:05d}.xml" for n in (1, 2, 3))


def _swap(folder: Path) -> None:
    one, two = (folder / REQUEST_1).read_bytes(), (folder / REQUEST_2).read_bytes()
    (folder / REQUEST_1).write_bytes(two)
    (folder / REQUEST_2).write_bytes(one)


ALTERED: dict[str, tuple[Callable[[Path], object], str]] = {
    "another number in the plan": (
        lambda f: _edit(f / "assignments.csv", NUMBERS[0], "442079469999"),
        "assignments.csv",
    ),
    "another number in a request": (lambda f: _edit(f / REQUEST_2, NUMBERS[2], "442079469999"), "requests-00002.xml"),
    "another link in a request": (lambda f: _edit(f / REQUEST_3, "shop 5", "shop 6"), "requests-00003.xml"),
    "another method": (lambda f: _edit(f / REQUEST_1, "BY VOXNUMBER", "BY POSTCODE"), "not BY VOXNUMBER"),
    "another field": (
        lambda f: _edit(f / REQUEST_1, "<method>", "<postcode>M1</postcode><method>"),
        "no request of a plan has",
    ),
    "another node": (
        lambda f: _edit(f / REQUEST_1, "<method>", "<colour/><method>"),
        "no request of a plan has",
    ),
    "broken XML": (lambda f: _edit(f / REQUEST_1, "</request>", ""), "XML parse error"),
    "a request too few": (lambda f: (f / REQUEST_2).unlink(), "has 2 requests, and by summary.json it should have 3"),
    "a request too many": (lambda f: shutil.copy(f / REQUEST_2, f / "requests" / "requests-00004.xml"), "4 requests"),
    "a request renamed": (lambda f: (f / REQUEST_2).rename(f / "requests" / "requests-00009.xml"), "is missing"),
    "no requests": (lambda f: shutil.rmtree(f / "requests"), "can't be read"),
    "requests swapped": (_swap, "differs from assignments.csv, from link 1 of"),
    "no links in a request": (lambda f: (f / REQUEST_3).write_text("<request/>"), "from link 5 of that file on"),
    "no result in the summary": (
        lambda f: _edit(f / "summary.json", '"result"', '"outcome"'),
        "summary.json has other parts",
    ),
    "no summary": (lambda f: (f / "summary.json").unlink(), "there is no plan"),
}


@pytest.mark.parametrize("name", ALTERED)
def test_a_folder_that_is_not_whole_is_not_sent(folder: Path, server: Breaking, name: str) -> None:
    alter, words = ALTERED[name]
    alter(folder)
    for yes in (False, True):
        with pytest.raises(InputError, match=words):
            sent(folder, server, yes=yes)
    assert server.calls == []
    assert not (folder / LEDGER).exists()


def test_a_request_that_is_altered_while_the_plan_is_sent(folder: Path, server: Breaking) -> None:
    server.script = at(1, "acted", lambda: _edit(folder / REQUEST_2, NUMBERS[2], "442079469999"))
    with pytest.raises(InputError, match=r"requests-00002.xml: it was altered while the plan was being sent"):
        sent(folder, server)
    assert len(server.calls) == 1


def test_other_batches_are_another_plan(tmp_path: Path, server: Breaking) -> None:
    """Batches are known by their numbers, so a ledger does not fit requests of another size."""
    folder, other = write_plan(tmp_path / "plan"), write_plan(tmp_path / "other", batch_size=1)
    sent(folder, server)
    shutil.copy(folder / LEDGER, other / LEDGER)
    with pytest.raises(InputError, match="the ledger belongs to another plan"):
        sent(other, server)


def test_a_what_if_is_not_sent(tmp_path: Path, server: Breaking) -> None:
    links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "W11 4FQ"]})
    purchase = whatif.buy(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    with pytest.raises(OptionError, match="yet to be bought"):
        list(purchase.plan.requests())
    folder = purchase.plan.write(tmp_path / "bought")
    assert list((folder / "requests").iterdir()) == []
    with pytest.raises(InputError, match="this plan is a what-if, and a what-if is not sent"):
        send(folder, server.url, yes=True)
    assert server.calls == []
