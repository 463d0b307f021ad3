"""Planning on arrays: the problem, the API's rule, and what they hand out.

Nothing here knows a postcode, a polygon or a file. Groups, pools and links are row numbers, so that each piece can be
checked against a plain re-telling of the rules.
"""
