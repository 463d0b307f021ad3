"""What can go wrong, as one tree of exceptions.

::

    AllocatorError                  any error that this package raises on purpose
    ├── InputError (ValueError)     something that the user gave is wrong
    │   ├── PostcodeError           a text that is not a postcode
    │   ├── NumberError             a text that is not a VoxNumber, area code or IDD
    │   ├── TableError              a file or table that can't be read, or whose columns are wrong
    │   ├── MarkupError             XML that can't be read
    │   ├── OptionError             an option outside its range
    │   ├── OutputError             a place that can't be written to
    │   └── ScenarioError           a scenario that can't be planned, see `allocator.whatif.run`
    └── DataError                   the bundled data is missing, altered or malformed

An error carries its evidence as attributes (file, row, column, value, what to do) and reads as a sentence. A shortage
of numbers is not an error: a link without a number is a row with a reason, see `allocator.plan`.
"""

from __future__ import annotations

from typing import Self

__all__ = [
    "AllocatorError",
    "DataError",
    "InputError",
    "MarkupError",
    "NumberError",
    "OptionError",
    "OutputError",
    "PostcodeError",
    "TableError",
    "install_hint",
]

_SHOWN = 60  # how many characters of a wrong value a message repeats


def install_hint(extra: str) -> str:
    """Say how to install an extra, whose libraries a task needs.

    The package is not on the index under its import name, so the only command that is always true is one for a clone.

    Parameters
    ----------
    extra
        The name of the extra, such as "report".

    Returns
    -------
    str
        A sentence, for the `remedy` of an error.

    Examples
    --------
    >>> print(install_hint("report"))
    Install it from the folder of the clone: pip install '.[report]'.
    """
    return f"Install it from the folder of the clone: pip install '.[{extra}]'."


def _quoted(value: object) -> str:
    """The value as Python would write it, cut to a length that still helps."""
    text = repr(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


class AllocatorError(Exception):
    """Any error that this package raises on purpose.

    Parameters
    ----------
    message
        What is wrong, without a full stop.
    file
        The file or table where it was found.
    remedy
        What to do about it: a sentence with its full stop or question mark.

    Examples
    --------
    >>> print(AllocatorError("nothing to read", file="links.csv", remedy="Name a file that holds links."))
    links.csv: nothing to read. Name a file that holds links.
    """

    def __init__(self, message: str, *, file: str | None = None, remedy: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.remedy = remedy

    def _place(self) -> list[str]:
        return [self.file] if self.file else []

    def _statement(self) -> str:
        return self.message

    def __str__(self) -> str:
        place = ", ".join(self._place())
        sentence = f"{place}: {self._statement()}" if place else self._statement()
        return f"{sentence}. {self.remedy}" if self.remedy else sentence


class InputError(AllocatorError, ValueError):
    """Something that the user gave is wrong.

    Parameters
    ----------
    message
        What is wrong, without a full stop.
    file, row, column
        Where it was found: the file or table, the row as a spreadsheet counts, the name of the column.
    value
        The wrong value.
    remedy
        What to do about it: a sentence with its full stop or question mark.

    Examples
    --------
    >>> print(InputError("not a distance", file="links.csv", row=7, column="fallback_area_distance", value="far",
    ...                  remedy="Write kilometres as a number."))
    links.csv, row 7, column fallback_area_distance: 'far': not a distance. Write kilometres as a number.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        row: int | None = None,
        column: str | None = None,
        value: object = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, file=file, remedy=remedy)
        self.row = row
        self.column = column
        self.value = value

    def at(self, *, file: str | None = None, row: int | None = None, column: str | None = None) -> Self:
        """Add where this error was found, and return it, ready to be raised.

        Parameters
        ----------
        file, row, column
            Where it was found; what is None stays as it was.

        Returns
        -------
        InputError
            This error.

        Examples
        --------
        >>> print(PostcodeError("SW1A", (0, 4), "'SW1A' is half a postcode").at(file="links.csv", row=7))
        links.csv, row 7: 'SW1A' is half a postcode
        """
        self.file = self.file if file is None else file
        self.row = self.row if row is None else row
        self.column = self.column if column is None else column
        return self

    def _place(self) -> list[str]:
        place = super()._place()
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column is not None:
            place.append(f"column {self.column}")
        return place

    def _statement(self) -> str:
        if self.value is None:
            return self.message
        quoted = _quoted(self.value)
        return self.message if quoted in self.message else f"{quoted}: {self.message}"


class _TextError(InputError):
    """A text that can't be read."""

    def __init__(self, text: str, span: tuple[int, int], problem: str, remedy: str | None = None) -> None:
        super().__init__(problem, value=text or None, remedy=remedy)
        self.args = (text, span, problem, remedy)  # pickle calls the class with these
        self.text = text
        self.span = span
        self.problem = problem

    @property
    def culprit(self) -> str:
        """The part of the text that is wrong."""
        start, end = self.span
        return self.text[start:end]


class PostcodeError(_TextError):
    """A text that is not a postcode.

    Parameters
    ----------
    text
        The text as it was given.
    span
        Start and end of the wrong part, as indices into `text`; equal where something is missing.
    problem
        What is wrong with that part.
    remedy
        What to write instead, if that can be guessed.

    Examples
    --------
    >>> error = PostcodeError("SW1A OAA", (5, 6), "the incode 'OAA' starts with a letter O", "Did you mean SW1A 0AA?")
    >>> print(error)
    'SW1A OAA': the incode 'OAA' starts with a letter O. Did you mean SW1A 0AA?
    >>> error.culprit
    'O'
    """


class NumberError(_TextError):
    """A text that is not a VoxNumber, area code or IDD.

    Parameters
    ----------
    text
        The text as it was given.
    span
        Start and end of the wrong part, as indices into `text`; equal where something is missing.
    problem
        What is wrong with that part.
    remedy
        What to write instead.

    Examples
    --------
    >>> print(NumberError("02079460000", (0, 1), "it starts with 0", "Write it with the country code: 442079460000."))
    '02079460000': it starts with 0. Write it with the country code: 442079460000.
    """


class TableError(InputError):
    """A file or table that can't be read, or whose columns are wrong.

    Examples
    --------
    >>> print(TableError("there is no column 'link_id'", file="links.csv", remedy="Did you mean 'linkid'?"))
    links.csv: there is no column 'link_id'. Did you mean 'linkid'?
    """


class MarkupError(InputError):
    """XML that can't be read.

    Parameters
    ----------
    problem
        What is wrong, without a full stop.
    line, column
        Where, both from 1; the column is kept as `position`.
    file
        The file, if the XML is in one.

    Examples
    --------
    >>> print(MarkupError("Premature end of data in tag link line 3", 7, 1, "request.xml"))
    request.xml: XML parse error. Premature end of data in tag link line 3 at line 7, column 1
    """

    def __init__(self, problem: str, line: int, column: int, file: str | None = None) -> None:
        super().__init__(f"XML parse error. {problem} at line {line}, column {column}", file=file)
        self.args = (problem, line, column, file)  # pickle calls the class with these
        self.problem = problem
        self.line = line
        self.position = column  # within the line; `column` is the column of a table

    @property
    def text(self) -> str:
        """The error as the API's page spells it."""
        return self.message


class OptionError(InputError):
    """An option outside its range.

    Examples
    --------
    >>> print(OptionError("fallback_km is negative", value=-1.0, remedy="Give 0 or more kilometres."))
    -1.0: fallback_km is negative. Give 0 or more kilometres.
    """


class OutputError(InputError):
    """A place that can't be written to.

    Examples
    --------
    >>> print(OutputError("the folder exists already", file="plan", remedy="Give another, or --force."))
    plan: the folder exists already. Give another, or --force.
    """


class DataError(AllocatorError):
    """The bundled data is missing, altered or malformed.

    Examples
    --------
    >>> print(DataError("the checksum is not the manifest's", file="data/outcodes.csv", remedy="Install again."))
    data/outcodes.csv: the checksum is not the manifest's. Install again.
    """
