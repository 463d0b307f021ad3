"""What if: what to buy, what each number is worth, and what happens when things change.

Everything is asked about the best plan (`strategy="optimal"` of `allocator.plan`) unless it says otherwise; what is not
exact has its bound beside it.
"""

from allocator.whatif.buying import Purchase, buy, frontier

__all__ = ["Purchase", "buy", "frontier"]
