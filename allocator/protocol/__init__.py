"""The wire: what attachVoxnumberToLink takes and gives."""

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
