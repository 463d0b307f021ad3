"""Offline allocation engine for the iovox API method attachVoxnumberToLink.

>>> import allocator
>>> allocator.lookup("W11").area_code
20
"""

# First, as it is of the time that the others take to load.
from allocator import starting  # noqa: F401 # isort: skip
from allocator.allocation import Reason
from allocator.difference import Difference, diff
from allocator.engine import Checked, Converted, Nearby, Place, convert, lookup, nearest, plan, validate
from allocator.errors import AllocatorError
from allocator.plan import Explanation, Plan, read_plan

__all__ = [
    "AllocatorError",
    "Checked",
    "Converted",
    "Difference",
    "Explanation",
    "Nearby",
    "Place",
    "Plan",
    "Reason",
    "convert",
    "diff",
    "lookup",
    "nearest",
    "plan",
    "read_plan",
    "validate",
]
