"""The distribution's name: ours is `voxnumber-allocator`, and somebody else's `allocator` has the same import name.

This module imports nothing of the package, as the other distribution may have replaced any other file of it.
"""

from __future__ import annotations

OTHER = "allocator"


def clash() -> str | None:
    """Say what to do if the other distribution is installed too; None if it is not.

    Examples
    --------
    >>> clash()
    """
    # Loading this takes longer than some commands run.
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version(OTHER)
    except PackageNotFoundError:
        return None
    return (
        f"another package, {OTHER} {found}, is installed too. It and voxnumber-allocator overwrite each other's files. "
        f"Uninstall both (pip uninstall {OTHER} voxnumber-allocator), then install from the folder of the clone again: "
        "pip install ."
    )


def clash_behind(error: BaseException) -> str | None:
    """Say what to do if the other distribution may be the cause of an error.

    It may be if a module of ours, or a name in one, is missing.

    Parameters
    ----------
    error
        Any error; only an ImportError, or an AttributeError of a module, can have that cause.
    """
    if isinstance(error, ImportError):
        where = error.name
    elif isinstance(error, AttributeError):
        where = getattr(error.obj, "__name__", None)
    else:
        return None
    return clash() if str(where).partition(".")[0] == OTHER else None
