"""How attachVoxnumberToLink is called: where, with what, and the nodes of its links."""

from __future__ import annotations

HTTP_METHOD = "PUT"
PATH = "/Links"
API_VERSION = "3"
"""The value of the parameter `v`."""
API_METHOD = "attachVoxnumberToLink"
"""The value of the parameter `method`."""

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
