"""The page of a plan, of two plans, or of an answer to a what-if."""

from __future__ import annotations

from pathlib import Path

from allocator.errors import InputError
from allocator.plans import Plan
from allocator.report.content import Content
from allocator.report.diff_page import comparison_content
from allocator.report.document import Document
from allocator.report.folders import NamedPlan, StoredAnswer, read
from allocator.report.html_page import render_page
from allocator.report.plan_page import plan_content
from allocator.report.whatif_page import answer_content


def page(one: Plan | str | Path, other: Plan | str | Path | None = None) -> Document:
    """Report a plan, two plans side by side, or an answer to a what-if, as one HTML file.

    Parameters
    ----------
    one
        A plan, or the folder of a plan or of a what-if.
    other
        Another plan (or its folder) to compare with the first; or the folder that `allocator whatif buy` wrote for the
        plan, to show what to buy with it.

    Returns
    -------
    Document
        HTML in UTF-8 that opens without a network; `.write("report.html")` makes the file. The same folders give the
        same bytes.

    Raises
    ------
    InputError
        A folder holds neither a plan nor a what-if, or its files were altered; the two don't go together; or
        `vl-convert-python`, which brings the charts, is not installed (extra `report`).

    Notes
    -----
    The page has at most about 6 MB. It has all figures by area code and by outcode. It lists as many links as there is
    room for, those without a number first, says how many it leaves out, and names the file that has them all.

    Examples
    --------
    >>> import allocator, polars as pl
    >>> links = pl.DataFrame({"link_id": ["1"], "postcode": ["W11 3EP"]})
    >>> plan = allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}))
    >>> document = allocator.report.page(plan)
    >>> document.media_type, document.content[:15]
    ('text/html', b'<!DOCTYPE html>')
    """
    content = _content_of(read(one), None if other is None else read(other))
    return Document(render_page(content), "text/html")


def _content_of(first: NamedPlan | StoredAnswer, second: NamedPlan | StoredAnswer | None) -> Content:
    match first, second:
        case NamedPlan(), None:
            return plan_content(first.plan, title=f"Plan “{first.name}”" if first.name else "Plan")
        case StoredAnswer(), None:
            return answer_content(first)
        case NamedPlan(), NamedPlan():
            names = (first.name or "one plan", second.name or "another plan")
            return comparison_content(first.plan, second.plan, names)
        case NamedPlan(), StoredAnswer(question="buy"):
            return _with_purchase(first, second)
        case _:
            raise InputError(
                "a report can't show these two together",
                value=f"{first.name} {second.name if second else ''}".strip(),
                remedy="Name one folder, two plans, or a plan and what `allocator whatif buy` wrote for it.",
            )


def _with_purchase(planned: NamedPlan, answer: StoredAnswer) -> Content:
    bought = answer.tables.get("shopping")
    if bought is None or not {"area_code", "numbers"} <= set(bought.columns):
        raise InputError(
            "it has no shopping list",
            file=str(answer.folder / "shopping.csv"),
            remedy="Ask `allocator whatif buy` again.",
        )
    name = f"Plan “{planned.name}”" if planned.name else "Plan"
    content = plan_content(planned.plan, title=f"{name}, and what to buy", bought=bought)
    purchase = answer_content(answer)
    content.tables = purchase.tables + content.tables
    content.sources += purchase.sources
    return content
