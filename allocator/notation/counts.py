"""Counts with their nouns."""


def counted(count: int, noun: str) -> str:
    """Return a count with its noun.

    >>> counted(1, "link"), counted(1200, "link")
    ('1 link', '1,200 links')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
