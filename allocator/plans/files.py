"""Write files and folders whole or not at all; nothing that appears meanwhile is lost."""

from __future__ import annotations

import errno
import io
import json
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import polars as pl
from filelock import FileLock, Timeout

from allocator.errors import AllocatorError, OutputError
from allocator.plans.registry import Kind, cannot_write, check_folder, check_replaceable

_STAGING = ".allocator-"  # begins the names of what is half-written; its lock is free when its writer is gone
_OLD = "-old-"  # and the name of the folder that was moved aside
_OCCUPIED = (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR, errno.EISDIR)


def csv_bytes(table: pl.DataFrame) -> bytes:
    """Return a table as CSV in UTF-8: distances with three decimals (metres), a line feed after each row."""
    buffer = io.BytesIO()
    table.write_csv(buffer, float_precision=3)
    return buffer.getvalue()


def json_bytes(value: object) -> bytes:
    r"""Return a value as JSON that people can read, in UTF-8.

    >>> json_bytes({"finished": True})
    b'{\n  "finished": true\n}\n'
    """
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def write_folder(folder: Path, fill: Callable[[Path], None], *, kind: Kind, force: bool = False) -> Path:
    """Write a folder, whole or not at all.

    A symbolic link is followed: the folder is where it points.

    Parameters
    ----------
    folder
        The folder to make.
    fill
        Is called with an empty folder, and writes the content into it.
    kind
        What the folder holds.
    force
        Replace a folder of that kind that holds nothing else.

    Returns
    -------
    Path
        The folder, as it was named.

    Raises
    ------
    OutputError
        The folder exists, appeared while it was written, or can't be written.
    """
    check_folder(folder, force, kind)
    try:
        place = folder.resolve()
        place.parent.mkdir(parents=True, exist_ok=True)
        with _staging(place.parent) as staging:
            staging.mkdir()
            fill(staging)
            _put(staging, place, folder, kind, force)
    except (OSError, ValueError, RuntimeError) as error:  # a ring of links is a RuntimeError
        if isinstance(error, AllocatorError):
            raise
        raise cannot_write(folder, error) from error
    return folder


def _put(staging: Path, place: Path, shown: Path, kind: Kind, force: bool) -> None:
    """Put a finished folder in its place. What appeared there meanwhile stays, unless it may be replaced."""
    if _is_working_folder(place):
        _fill_in(staging, place, shown)
        return
    try:
        staging.rename(place)  # fails on a folder with something in it
    except OSError as error:
        if error.errno not in _OCCUPIED:
            raise
    else:
        return
    if place.is_dir() and not any(place.iterdir()):  # not replaced by a rename on every system
        place.rmdir()
        staging.rename(place)
        return
    if not force:
        raise _appeared(shown)
    aside = staging.with_name(f"{staging.name}{_OLD}{place.name}")
    place.rename(aside)
    try:
        check_replaceable(aside, kind, shown_as=shown)
        staging.rename(place)
    except OSError as error:
        if os.path.lexists(place):  # another run put its own there
            shutil.rmtree(aside, ignore_errors=True)
            raise _appeared(shown) from error
        aside.rename(place)
        raise
    except BaseException:
        aside.rename(place)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def _is_working_folder(place: Path) -> bool:
    with suppress(OSError):
        return place.is_dir() and place.samefile(Path.cwd())
    return False


def _fill_in(staging: Path, place: Path, shown: Path) -> None:
    """Move the content into the empty folder in which the command runs: replaced, the shell would be left nowhere."""
    if any(entry for entry in place.iterdir() if not entry.name.startswith(_STAGING)):
        raise _appeared(shown)
    moved: list[Path] = []
    try:
        for entry in sorted(staging.iterdir()):
            target = place / entry.name
            entry.rename(target)
            moved.append(target)
    except BaseException:
        for target in reversed(moved):
            shutil.rmtree(target) if target.is_dir() else target.unlink()
        raise


def write_file(path: str | Path, data: bytes, *, force: bool = False) -> Path:
    """Write a file, whole or not at all.

    A symbolic link is followed: the file is where it points.

    Parameters
    ----------
    path
        The file to make.
    data
        Its content.
    force
        Replace the file that is there; only a regular file is ever replaced.

    Returns
    -------
    Path
        The file, as it was named.

    Raises
    ------
    OutputError
        Something is there already, appeared while it was written, or the file can't be written.
    """
    path = Path(path)
    check_file(path, force)
    try:
        place = path.resolve()
        with _staging(place.parent) as staging:
            staging.write_bytes(data)
            if force and place.is_file():
                staging.replace(place)
            else:
                _link(staging, place, path)
    except (OSError, ValueError, RuntimeError) as error:
        if isinstance(error, AllocatorError):
            raise
        raise cannot_write(path, error) from error
    return path


def check_file(path: Path, force: bool) -> None:
    """Refuse to write over something that must not be lost.

    Parameters
    ----------
    path
        The file to write.
    force
        Whether a regular file that is there may be replaced.

    Raises
    ------
    OutputError
        Something is there, and it may not be replaced; or its folder is not there.
    """
    try:
        mode = path.stat().st_mode if os.path.lexists(path) and path.exists() else None
        if mode is None:
            if not path.absolute().parent.is_dir():
                raise OutputError(
                    "its folder does not exist", file=str(path), remedy="Make the folder, or name another file."
                )
            return
    except (OSError, ValueError) as error:
        if isinstance(error, OutputError):
            raise
        raise cannot_write(path, error) from error
    if not stat.S_ISREG(mode):
        what = "a folder" if stat.S_ISDIR(mode) else "not a regular file"
        raise OutputError(f"it is {what}, so it is not replaced", file=str(path), remedy="Name another file.")
    if not force:
        raise OutputError("it exists already", file=str(path), remedy="Name another file, or replace it with --force.")


def _link(staging: Path, place: Path, shown: Path) -> None:
    """Give a finished file its name, which nothing may have taken meanwhile."""
    try:
        os.link(staging, place)
    except FileExistsError as error:
        raise _appeared(shown) from error
    except OSError:  # a file system without hard links: the gap is as small as can be
        if os.path.lexists(place):
            raise _appeared(shown) from None
        staging.rename(place)


def _appeared(path: Path) -> OutputError:
    return OutputError(
        "it appeared while this was written, so it was left alone", file=str(path), remedy="Name another place."
    )


@contextmanager
def _staging(parent: Path) -> Iterator[Path]:
    """Give a name for something half-written, and clear away all that is left of it, and of writers that were killed.

    It is beside its place, as a rename is only atomic within a file system. Named before it is made, an interrupt at
    any moment finds what to clear away.
    """
    _clear_abandoned(parent)
    staging = parent / f"{_STAGING}{secrets.token_hex(4)}"
    lock = FileLock(f"{staging}.lock", timeout=0)
    try:
        with lock:
            yield staging
    finally:
        try:
            _remove(staging, lock)
        except KeyboardInterrupt:  # a second one: polars raises its own besides Python's
            _remove(staging, lock)
            raise


def _clear_abandoned(parent: Path) -> None:
    """Clear away what killed writers left, and put back what they had moved aside: their locks are free."""
    with suppress(OSError):
        for path in sorted(parent.glob(f"{_STAGING}????????.lock")):
            lock = FileLock(path, timeout=0)
            with suppress(OSError, Timeout), lock:
                staging = path.with_suffix("")
                for aside in parent.glob(f"{staging.name}{_OLD}*"):
                    place = parent / aside.name.partition(_OLD)[2]
                    if os.path.lexists(place):
                        shutil.rmtree(aside)
                    else:  # killed between the two renames: the old folder comes back
                        aside.rename(place)
                _remove(staging, lock)


def _remove(staging: Path, lock: FileLock) -> None:
    if staging.is_dir():
        shutil.rmtree(staging, ignore_errors=True)
    else:
        staging.unlink(missing_ok=True)
    Path(lock.lock_file).unlink(missing_ok=True)
