"""Where the sources are, and that they are the ones this data is made from."""

from __future__ import annotations


class SourceError(Exception):
    """A source is not at hand, or is not the one that is expected.

    Parameters
    ----------
    message
        What is wrong, without a full stop.
    remedy
        What to do about it, a sentence.
    """

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(f"{message}. {remedy}" if remedy else message)
