"""What is sent: the requests of a plan's folder, checked against the plan.

A folder is sent only if its requests say exactly what its `assignments.csv` says, and that is the file that
`summary.json` has the digest of.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from allocator.errors import InputError
from allocator.notation import Method
from allocator.plans import SUMMARY, Plan, read_plan
from allocator.protocol import FIELDS, read_request

_PUT_BACK = "Nothing is sent from a folder that was altered: put it back as it was, or plan again to another folder."


@dataclass(frozen=True, slots=True)
class Batch:
    """One request of a plan.

    Attributes
    ----------
    number
        Its number, from 1.
    path
        Its file.
    links
        Number of its links.
    sha256
        The file's digest.
    """

    number: int
    path: Path
    links: int
    sha256: str

    def body(self) -> bytes:
        """The bytes of the request.

        Raises
        ------
        InputError
            The file is not the one that was checked.
        """
        body = _file_bytes(self.path)
        if hashlib.sha256(body).hexdigest() != self.sha256:
            raise altered(self.path, "it was altered while the plan was being sent")
        return body


@dataclass(frozen=True, slots=True)
class Batches:
    """The requests of a plan, and their digests.

    Attributes
    ----------
    assignments_sha256
        The plan's digest.
    requests_sha256
        The digest of the requests' digests.
    batches
        The requests, in the order in which they are sent.
    """

    assignments_sha256: str
    requests_sha256: str
    batches: tuple[Batch, ...]


def read_batches(folder: Path) -> Batches:
    """Read and check the requests of a plan's folder.

    Parameters
    ----------
    folder
        The plan's folder.

    Raises
    ------
    InputError
        The folder holds no plan, or a what-if, or its files contradict each other.

    Examples
    --------
    >>> import allocator, tempfile
    >>> links = pl.DataFrame({"link_id": ["1", "2"], "postcode": ["W11 3EP", "SW1A 0AA"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000", "442079460001"]}))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = read_batches(plan.write(f"{folder}/plan", batch_size=1))
    >>> [(batch.number, batch.links) for batch in found.batches]
    [(1, 1), (2, 1)]
    """
    plan = read_plan(folder)
    if plan.hypothetical or "scenario" in plan.summary:
        raise InputError(
            "this plan is a what-if, and a what-if is not sent",
            file=str(folder),
            remedy="Buy the numbers if there are any to buy, and plan with the account's links and stock.",
        )
    assignments = folder / "assignments.csv"
    digest = hashlib.sha256(_file_bytes(assignments)).hexdigest()
    result = plan.summary["result"]
    if digest != result.get("assignments_sha256"):
        raise altered(assignments, f"it is not the file that {SUMMARY} describes")
    paths = _request_paths(folder / "requests", result.get("requests"))
    read = [_read_batch(number, path) for number, path in enumerate(paths, start=1)]
    _compare(plan, read)
    whole = hashlib.sha256("\n".join(batch.sha256 for batch, _ in read).encode()).hexdigest()
    return Batches(digest, whole, tuple(batch for batch, _ in read))


def _request_paths(folder: Path, count: object) -> list[Path]:
    try:
        found = {path.name for path in folder.iterdir() if path.suffix == ".xml"}
    except OSError as error:
        raise altered(folder, f"the requests can't be read ({error.strerror or error})") from error
    if not isinstance(count, int) or len(found) != count:
        raise altered(folder, f"the folder has {len(found):,} requests, and by {SUMMARY} it should have {count}")
    paths = [folder / f"requests-{number:05d}.xml" for number in range(1, count + 1)]
    missing = next((path for path in paths if path.name not in found), None)
    if missing is not None:
        raise altered(missing, "this request is missing")
    return paths


def _read_batch(number: int, path: Path) -> tuple[Batch, pl.DataFrame]:
    body = _file_bytes(path)
    request = read_request(body, file=str(path))
    links = request.links
    others = links.select(name for name in FIELDS if name not in ("link_id", "method", "full_voxnumber"))
    if request.faults or others.null_count().sum_horizontal().sum() != others.height * others.width:
        raise altered(path, "it has nodes that no request of a plan has")
    if not (links["method"] == Method.BY_VOXNUMBER).fill_null(False).all():
        raise altered(path, f"it has links that are not {Method.BY_VOXNUMBER}")
    batch = Batch(number, path, links.height, hashlib.sha256(body).hexdigest())
    return batch, links.select("link_id", "full_voxnumber")


def _compare(plan: Plan, read: Sequence[tuple[Batch, pl.DataFrame]]) -> None:
    """Refuse requests that differ from the plan; the error names the first one that does."""
    planned = plan.assignments.select("link_id", "full_voxnumber")
    first = 0
    for batch, links in read:
        if not batch.links or not links.equals(planned.slice(first, batch.links)):
            raise altered(batch.path, f"it differs from assignments.csv, from link {first + 1:,} of that file on")
        first += batch.links
    if first != planned.height:
        where = read[-1][0].path.parent if read else Path("requests")
        raise altered(where, f"the requests have {first:,} links, and assignments.csv has {planned.height:,}")


def _file_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise altered(path, f"it can't be read ({error.strerror or error})") from error


def altered(path: Path, problem: str, remedy: str = _PUT_BACK) -> InputError:
    """The error on a file of a plan's folder that is not as it was written."""
    return InputError(problem, file=str(path), remedy=remedy)
