"""What if: what to buy, what each number is worth, and what happens when things change.

Everything is asked about the best plan (`strategy="optimal"` of `allocator.plan`) unless it says otherwise; what is not
exact has its bound beside it.
"""

from allocator.whatif.buying import Frontier, Purchase, buy, frontier
from allocator.whatif.curves import OrderRisk, RadiusCurve, order, radius
from allocator.whatif.folder import write
from allocator.whatif.scenario import ScenarioError
from allocator.whatif.sweep import Comparison, run
from allocator.whatif.why import WhyNot, why_not
from allocator.whatif.worth import Shortage, Worth, shortage, worth

__all__ = [
    "Comparison",
    "Frontier",
    "OrderRisk",
    "Purchase",
    "RadiusCurve",
    "ScenarioError",
    "Shortage",
    "WhyNot",
    "Worth",
    "buy",
    "frontier",
    "order",
    "radius",
    "run",
    "shortage",
    "why_not",
    "worth",
    "write",
]
