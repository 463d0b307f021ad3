"""One entry for every habit: `nox --list` shows the sessions, `nox -s lint` runs one.

Most sessions run in the environment that nox itself is installed in, so `.venv/bin/nox` needs nothing but the `dev`
group. `lowest` and `pythons` make environments of their own. Arguments after `--` are handed on:
`nox -s tests -- tests/unit`.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import nox

ROOT = Path(__file__).parent
HERE = Path(sys.executable).parent
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
# The versions of Python that CI runs: all tests with the first, the quick ones with the others.
PYTHONS = ("3.11", "3.12", "3.13")
# The tests in `lowest` and `pythons`: those of the builders need the pinned releases of the `data` group, and those of
# the documentation and the architecture do not depend on a release.
IGNORED = ("builders", "test_architecture.py", "test_docs.py", "test_docstrings.py")
QUICK = ("--quiet", "--no-header", "-m", "not slow", *(f"--ignore=tests/unit/{name}" for name in IGNORED))

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["lint", "types", "tests", "docs"]


def tool(session: nox.Session, name: str, *arguments: str, **environment: str) -> None:
    """Run a program of the environment that nox runs in."""
    session.run(str(HERE / name), *arguments, env=environment or None, external=True)


@nox.session
def tests(session: nox.Session) -> None:
    """All tests, or those named."""
    tool(session, "python", "-m", "pytest", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """All tests on two cores, with the coverage of the package; fails below the floor of pyproject.toml."""
    tool(
        session,
        "python",
        "-m",
        "pytest",
        "-n",
        "2",
        "--dist",
        "loadgroup",
        "--cov",
        "--cov-report=term",
        *session.posargs,
    )


@nox.session(venv_backend="venv", python=PYTHONS[0])
def lowest(session: nox.Session) -> None:
    """The quick tests, or those named, with the lowest releases that pyproject.toml allows (their last patch)."""
    project = PROJECT["project"]
    extras = [line for name, lines in project["optional-dependencies"].items() if name != "all" for line in lines]
    # Of the tools, only those without which no quick test runs: the lowest releases of all together would not resolve.
    tools = [line for line in nox.project.dependency_groups(PROJECT, "test") if line.startswith("hypothesis")]
    asked = [*project["dependencies"], *extras, *nox.project.dependency_groups(PROJECT, "bench"), *tools]
    pins = dict.fromkeys(re.sub(r"\[.*?\]", "", line).replace(">=", "==") + ".*" for line in asked)
    session.install(*pins)
    session.install("--no-deps", "--editable", ".")
    # Old releases warn of what newer ones have changed, so warnings are no errors here.
    relaxed = ("--disable-warnings", "-o", "filterwarnings=")
    folders = session.posargs or ("tests/unit", "tests/oracle", "tests/property")
    session.run("python", "-m", "pytest", *QUICK, *relaxed, *folders, env={"HYPOTHESIS_PROFILE": "quick"})


@nox.session(venv_backend="venv", python=PYTHONS[1:])
def pythons(session: nox.Session) -> None:
    """The quick tests, or those named, with the other versions of Python."""
    session.install("--editable", ".[all]", *nox.project.dependency_groups(PROJECT, "bench", "test"))
    session.run("python", "-m", "pytest", *QUICK, *(session.posargs or ("tests/unit",)))


@nox.session
def lint(session: nox.Session) -> None:
    """Style, and which room imports which."""
    tool(session, "ruff", "check", ".")
    tool(session, "ruff", "format", "--check", ".")
    tool(session, "lint-imports")


@nox.session
def types(session: nox.Session) -> None:
    """Types, strictly."""
    tool(session, "mypy", *session.posargs)


@nox.session
def docstrings(session: nox.Session) -> None:
    """The docstrings of the public reference."""
    tool(session, "python", "-m", "pytest", "--quiet", "tests/unit/test_docstrings.py", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation as a website, in build/site."""
    tool(session, "mkdocs", "build", "--strict", "--quiet", "--config-file", "docs/mkdocs.yml", NO_MKDOCS_2_WARNING="1")


@nox.session
def pages(session: nox.Session) -> None:
    """Write anew what the pages show: outputs of commands, tables, the picture in the README."""
    tool(session, "python", "docs/examples.py", "--write")
    tool(session, "python", "docs/tables.py")
    tool(session, "python", "docs/screenshot.py")


@nox.session
def data(session: nox.Session) -> None:
    """Build the bundled data from its sources again, in data/."""
    tool(session, "python", "data/builders", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Run all benchmarks on a quiet machine, and write benchmarks/README.md."""
    tool(session, "python", "benchmarks/run.py", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """Build the source distribution and the wheel, in dist/, and check their metadata."""
    shutil.rmtree(ROOT / "dist", ignore_errors=True)
    tool(session, "python", "-m", "build", "--outdir", "dist", ".")
    tool(session, "twine", "check", "--strict", *(str(path) for path in sorted((ROOT / "dist").iterdir())))


@nox.session
def endurance(session: nox.Session) -> None:
    """Kill the stand-in 100 times, and send 100,000 damaged requests; print the counts, and fail if any check failed.

    `-- quick` does a twentieth of it.
    """
    rounds, count = ("5", "5000") if "quick" in session.posargs else ("100", "100000")
    tool(session, "python", "-m", "tests.endurance.standin_kill", "--rounds", rounds)
    tool(session, "python", "-m", "tests.endurance.mutated_requests", "--count", count)
