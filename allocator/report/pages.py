"""From folders, or plans in memory, to a page."""

from __future__ import annotations

from pathlib import Path

from allocator.errors import InputError
from allocator.plans import Plan, write_file
from allocator.report.content import Content
from allocator.report.diff_page import comparison_content
from allocator.report.folders import Answered, Planned, read_folder
from allocator.report.html_page import render_page
from allocator.report.plan_page import plan_content
from allocator.report.whatif_page import answer_content

Reported = Plan | str | Path


def page(one: Reported, other: Reported | None = None) -> bytes:
    """Report a plan, two plans side by side, or the answer to a what-if, as one HTML file.

    Parameters
    ----------
    one
        A plan, or the folder of a plan or of a what-if.
    other
        Another plan to compare it with; or what `allocator whatif buy` answered, to show with the plan what to buy.

    Returns
    -------
    bytes
        HTML in UTF-8 that opens without a network; the same for the same folders.

    Raises
    ------
    InputError
        A folder holds neither a plan nor a what-if, or the two don't go together.

    Notes
    -----
    At most 6 MB: figures are told by area code and outcode, links in full as far as there is room, those that go
    without first; the page says what it leaves out and which file has it.

    Examples
    --------
    >>> import allocator, polars as pl
    >>> links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> page(plan).startswith(b"<!DOCTYPE html>")
    True
    """
    return render_page(content_of(_read(one), None if other is None else _read(other)))


def content_of(first: Planned | Answered, second: Planned | Answered | None = None) -> Content:
    """What the report of one or two folders says.

    Parameters
    ----------
    first, second
        See `page`.

    Raises
    ------
    InputError
        The two don't go together.
    """
    match first, second:
        case Planned(), None:
            title = f"Plan “{first.name}”" if first.name else "Plan"
            return plan_content(first.plan, title=title)
        case Answered(), None:
            return answer_content(first)
        case Planned(), Planned():
            names = (first.name or "one plan", second.name or "another plan")
            return comparison_content(first.plan, second.plan, names)
        case Planned(), Answered(question="buy"):
            return _with_purchase(first, second)
        case _:
            raise InputError(
                "these two can't be reported together",
                value=f"{first.name} {second.name if second else ''}".strip(),
                remedy="Name one folder, two plans, or a plan and what `allocator whatif buy` wrote for it.",
            )


def _with_purchase(planned: Planned, answer: Answered) -> Content:
    bought = answer.tables.get("shopping")
    if bought is None or not {"area_code", "numbers"} <= set(bought.columns):
        raise InputError(
            "it has no shopping list",
            file=str(answer.folder / "shopping.csv"),
            remedy="Ask `allocator whatif buy` again.",
        )
    content = plan_content(planned.plan, title=f"Plan “{planned.name}”, and what to buy", bought=bought)
    asked = answer_content(answer)
    content.tables = asked.tables + content.tables
    content.sources += asked.sources
    return content


def _read(one: Reported) -> Planned | Answered:
    return Planned("", one) if isinstance(one, Plan) else read_folder(one)


def write_report(one: Reported, other: Reported | None = None, *, output: str | Path, force: bool = False) -> Path:
    """Write a report to a file, whole or not at all.

    Parameters
    ----------
    one, other
        See `page`.
    output
        The file to make.
    force
        Replace what is there.

    Raises
    ------
    InputError
        See `page`.
    OutputError
        Something is there already, or the file can't be written.
    """
    path = Path(output)
    write_file(path, page(one, other), force=force)
    return path
