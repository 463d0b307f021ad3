"""The tree of exceptions: its shape, how errors read, and that they can be pickled."""

from __future__ import annotations

import copy
import pickle

import pytest

from allocator import errors

ALL = [
    errors.AllocatorError("odd", file="a.csv", remedy="Mend it."),
    errors.InputError("odd", file="a.csv", row=3, column="postcode", value="x", remedy="Mend it."),
    errors.PostcodeError("SW1A OAA", (5, 6), "the incode 'OAA' starts with a letter O", "Did you mean SW1A 0AA?"),
    errors.NumberError("0800", (0, 1), "it starts with 0"),
    errors.TableError("odd", file="a.csv"),
    errors.MarkupError("odd", 7, 1, "request.xml"),
    errors.OptionError("odd", value=-1),
    errors.OutputError("odd", file="plan"),
    errors.DataError("odd", file="outcodes.csv"),
]


def test_every_public_name_is_in_the_docstring_tree() -> None:
    assert errors.__doc__ is not None
    exceptions = [name for name in errors.__all__ if name != "install_hint"]
    assert len(exceptions) == 9
    for name in exceptions:
        assert name in errors.__doc__
        assert issubclass(getattr(errors, name), errors.AllocatorError)


def test_an_extra_is_installed_from_the_clone() -> None:
    assert errors.install_hint("geo") == "Install it from the folder of the clone: pip install '.[geo]'."


def test_user_mistakes_are_value_errors_and_broken_data_is_not() -> None:
    for name in ("PostcodeError", "NumberError", "TableError", "MarkupError", "OptionError", "OutputError"):
        assert issubclass(getattr(errors, name), (errors.InputError, ValueError))
    assert not issubclass(errors.DataError, (ValueError, errors.InputError))


@pytest.mark.parametrize("error", ALL, ids=lambda e: type(e).__name__)
def test_errors_survive_pickling_and_copying(error: errors.AllocatorError) -> None:
    for other in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(other) is type(error)
        assert str(other) == str(error)
        assert vars(other) == vars(error)


def test_place_is_kept_through_pickling() -> None:
    error = errors.NumberError("0800", (0, 1), "it starts with 0").at(file="stock.csv", row=4, column="full_voxnumber")
    assert str(pickle.loads(pickle.dumps(error))) == "stock.csv, row 4, column full_voxnumber: '0800': it starts with 0"


def test_at_keeps_what_is_known() -> None:
    error = errors.InputError("odd", file="a.csv").at(row=0, column="link_id")
    assert (error.file, error.row, error.column) == ("a.csv", 0, "link_id")
    assert str(error) == "a.csv, row 0, column link_id: odd"


def test_value_is_not_repeated() -> None:
    assert str(errors.InputError("'x' is not a number", value="x")) == "'x' is not a number"


def test_long_values_are_cut() -> None:
    assert len(str(errors.InputError("odd", value="x" * 1000))) < 80


def test_empty_text_has_no_quotes() -> None:
    assert str(errors.PostcodeError("", (0, 0), "postcode is empty")) == "postcode is empty"


def test_culprit_is_the_span_of_the_text() -> None:
    assert errors.PostcodeError("M1 1AC", (5, 6), "odd").culprit == "C"
