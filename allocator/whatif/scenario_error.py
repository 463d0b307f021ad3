"""The error of a scenario."""

from __future__ import annotations

from allocator.errors import InputError


class ScenarioError(InputError):
    """A scenario that can't be read, or that does not fit the links and the stock.

    Parameters
    ----------
    message
        What is wrong, without a full stop.
    file
        The file of the scenarios.
    scenario
        The name of the scenario, or its place in the file where it has none.
    key
        The key at fault, with dots between nested keys.
    value
        The offending value.
    remedy
        What to do about it: a sentence with its full stop or question mark.

    Examples
    --------
    >>> print(ScenarioError("that is not a distance", file="scenarios.toml", scenario="'north'", key="fallback_km",
    ...                     value="far", remedy="Give 0 or more kilometres."))
    scenarios.toml, scenario 'north', key fallback_km: 'far': that is not a distance. Give 0 or more kilometres.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        scenario: str | None = None,
        key: str | None = None,
        value: object = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message, file=file, value=value, remedy=remedy)
        self.scenario = scenario
        self.key = key

    def _place(self) -> list[str]:
        place = super()._place()
        if self.scenario is not None:
            place.append(f"scenario {self.scenario}")
        if self.key is not None:
            place.append(f"key {self.key}")
        return place
