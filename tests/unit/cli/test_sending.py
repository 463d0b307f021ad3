"""send and reconcile, as far as they need no server (tests/end_to_end has one)."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import allocator
from allocator.account import Outcome, Sent, State
from allocator.cli import sending
from tests.unit.cli.screen import run

URL = "http://127.0.0.1:9"


def test_there_are_words_for_every_outcome_and_state() -> None:
    assert set(sending._OUTCOMES) == {(outcome, dry) for outcome in Outcome for dry in (True, False)}
    assert set(sending._STATES) == set(State)


def test_a_dry_run_says_what_would_be_sent(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IOVOX_USERNAME", "me")
    monkeypatch.delenv("IOVOX_SECURE_KEY", raising=False)
    done = run("send", folder, "--url", URL)
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0] == f"Plan of 7 links, to {URL}/Links?v=3&method=attachVoxnumberToLink"
    assert lines[1] == "Dry run: nothing is sent without --yes"
    assert lines[4] == "      1      7  would be sent"
    found = json.loads(run("send", folder, "--url", URL, "--json").stdout)
    assert (found["dry"], found["complete"], len(found["batches"])) == (True, False, 1)


def sent(*outcomes: Outcome, dry: bool = False) -> Sent:
    batches = pl.DataFrame(
        {
            "batch": range(1, len(outcomes) + 1),
            "links": [2] * len(outcomes),
            "outcome": [outcome.value for outcome in outcomes],
            "error": ["Link ID 1 of 2 does not exist" if one is Outcome.REFUSED else None for one in outcomes],
            "link_id": ["a\tb" if one is Outcome.REFUSED else None for one in outcomes],
        },
        schema={"batch": pl.Int64, "links": pl.Int64} | dict.fromkeys(("outcome", "error", "link_id"), pl.String),
    )
    return Sent(url=URL, dry=dry, batches=batches, stopped=None)


def lines(one: Sent, retry_refused: bool = False) -> list[object]:
    return list(sending._sent(one, Path("plan"), retry_refused))


def test_refused_batches_are_listed() -> None:
    printed = lines(sent(Outcome.ATTACHED, *[Outcome.REFUSED] * 21))
    assert printed[2].rows == (("1", "2", "attached"), ("21", "42", "refused"))  # type: ignore[attr-defined]
    assert printed[4].rows[0] == ("2", "Link ID 1 of 2 does not exist", r"'a\tb'")  # type: ignore[attr-defined]
    assert printed[5] == f"and 1 more, see {Path('plan/ledger.jsonl')}"
    assert "allocator reconcile plan LISTING" in str(printed[-2])


def test_what_was_refused_is_sent_again_only_when_asked() -> None:
    for retry, words in ((False, "left alone unless you add --retry-refused"), (True, "would be sent again")):
        table = lines(sent(Outcome.REFUSED, dry=True), retry)[3]
        assert words in table.rows[0][2]  # type: ignore[attr-defined]


def test_an_empty_plan_has_nothing_to_send() -> None:
    table = lines(sent())[2]
    assert table.rows == (("0", "0", "to send, as no link of the plan has a number"),)  # type: ignore[attr-defined]


def test_an_interrupt_before_the_first_call(folder: Path, tmp_path: Path) -> None:
    assert sending._sent_so_far(folder) == "nothing was sent"
    (tmp_path / "ledger.jsonl").write_text("odd\n{}\n", encoding="utf-8")
    assert "ledger.jsonl" in sending._sent_so_far(tmp_path)


def test_a_plan_is_compared_with_a_listing(folder: Path, plan: allocator.Plan, tmp_path: Path) -> None:
    listing = tmp_path / "voxnumbers.csv"
    plan.assignments.select("full_voxnumber", "link_id").write_csv(listing)
    done = run("reconcile", folder, listing)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"Plan of 7 attachments, compared with {listing}\n\nlinks\n    7  as planned\n")
    listing.write_text("full_voxnumber,link_id\n442079460000,\n!,\n", encoding="utf-8")
    done = run("reconcile", folder, listing)
    assert done.exit_code == 1
    assert "6  the number is not in the listing" in done.stdout
    assert "1  not attached: the number is free, and the link has none" in done.stdout
    assert "1 row of the listing can't be read; the first, row 3: " in done.stdout
    done = run("reconcile", folder, listing, "--output", tmp_path / "drift.csv")
    assert done.stdout.splitlines()[-1] == f"7 links not as planned, written to {tmp_path / 'drift.csv'}"
    assert json.loads(run("reconcile", folder, listing, "--json").stdout)["as_planned"] is False
