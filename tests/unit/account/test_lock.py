"""One run at a time has a plan's folder, and a run that ends lets it go however it ends."""

from __future__ import annotations

import errno
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from allocator.account.ledger import Binding, Outcome, open_ledger, read_ledger
from allocator.account.lock import locked
from allocator.errors import OutputError

BINDING = Binding("a1", "b2", requests=3, url="https://api.iovox.com:444/Links")


def test_one_run_at_a_time(tmp_path: Path) -> None:
    with (
        open_ledger(tmp_path, BINDING),
        pytest.raises(OutputError, match="another run is sending this plan"),
        open_ledger(tmp_path, BINDING),
    ):
        pass
    with open_ledger(tmp_path, BINDING):
        pass


HOLD = """
import sys
from allocator.account.ledger import Binding, open_ledger
with open_ledger(sys.argv[1], Binding("a1", "b2", 3, "https://api.iovox.com:444/Links")) as ledger:
    ledger.sending(1, 500)
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_ends_with_its_process(tmp_path: Path, end: signal.Signals) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(OutputError, match="another run"), open_ledger(tmp_path, BINDING):
            pass
        assert read_ledger(tmp_path).state(1).outcome is Outcome.IN_DOUBT
        holder.send_signal(end)
        holder.wait()
    with open_ledger(tmp_path, BINDING) as ledger:
        assert ledger.state(1).outcome is Outcome.IN_DOUBT


def test_the_lock_is_held_until_its_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "ledger.lock"
    with locked(path), pytest.raises(OutputError, match="another run is sending this plan"), locked(path):
        pass
    with pytest.raises(KeyError), locked(path):
        raise KeyError
    with locked(path):
        pass


def test_a_disk_without_locks_is_a_sentence(tmp_path: Path) -> None:
    def refuse(_: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with (
        pytest.raises(OutputError, match=r"the folder can't be locked \(No locks available\)\. Copy it to a disk of"),
        locked(tmp_path / "ledger.lock", refuse),
    ):
        pass


def test_a_lock_that_can_not_be_made_is_a_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"can't be written \(No such file or directory\)"),
        locked(tmp_path / "nowhere" / "ledger.lock"),
    ):
        pass
