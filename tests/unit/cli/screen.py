"""A screen, and the command run in this process."""

from __future__ import annotations

import io

from typer.testing import CliRunner, Result

from allocator.cli.app import app


class Screen(io.StringIO):
    """An output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def run(*arguments: object) -> Result:
    """Run the command; an error of ours is the result's exception."""
    return CliRunner().invoke(app, list(map(str, arguments)))
