"""Offline allocation engine for the iovox API method attachVoxnumberToLink.

>>> import allocator
>>> allocator.lookup("W11").area_code
20
"""

from allocator.allocation import Reason
from allocator.engine import Nearby, Place, lookup, nearest, plan
from allocator.errors import AllocatorError
from allocator.plan import Explanation, Plan, read_plan

__all__ = [
    "AllocatorError",
    "Explanation",
    "Nearby",
    "Place",
    "Plan",
    "Reason",
    "lookup",
    "nearest",
    "plan",
    "read_plan",
]
