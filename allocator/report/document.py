"""A document: the content of a file, to write or to hand on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from allocator.plans import write_file


@dataclass(frozen=True, slots=True, repr=False)
class Document:
    """The content of a file, and what kind of file it is.

    Attributes
    ----------
    content
        The bytes; `bytes(document)` gives them too.
    media_type
        The kind: "text/html", "application/geo+json" or "application/vnd.apache.parquet".

    Examples
    --------
    >>> Document(b"<!DOCTYPE html>", "text/html")
    <Document: text/html, 15 bytes>
    """

    content: bytes
    media_type: str

    def __bytes__(self) -> bytes:
        return self.content

    def __repr__(self) -> str:
        return f"<Document: {self.media_type}, {len(self.content):,} bytes>"

    def write(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the file, whole or not at all.

        Parameters
        ----------
        path
            The file to write.
        force
            Replace a file that is already there.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OutputError
            The file exists and `force` is not set, or it can't be written.

        Examples
        --------
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     Document(b"{}", "application/geo+json").write(f"{folder}/plan.geojson").name
        'plan.geojson'
        """
        write_file(Path(path), self.content, force=force)
        return Path(path)
