"""The nodes of a link in a request."""

from __future__ import annotations

__all__ = ["FIELDS"]

FIELDS = (
    "link_id",
    "method",
    "voxnumber_idd",
    "area_code",
    "fallback_city",
    "fallback_region",
    "fallback_country",
    "full_voxnumber",
    "voxnumber_country",
    "postcode",
    "fallback_area_distance",
)
"""The nodes that a link may have, in the order of the API's page."""
