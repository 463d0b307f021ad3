"""The documentation: what it shows is what happens."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
import typer

import allocator
from allocator import errors
from allocator.cli.app import app
from allocator.tables import links as intake
from allocator.tables import stock
from allocator.tables.schema import TableSchema

CHECKOUT = Path(__file__).parents[2]
PAGES = CHECKOUT / "docs" / "pages"


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_{name}", CHECKOUT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


examples, tables = module("examples"), module("tables")


@pytest.mark.parametrize("page", examples.pages(), ids=lambda page: page.stem)
def test_commands_print_what_the_page_shows(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    assert examples.broken(page, examples.prepared(tmp_path)) == []


def test_an_example_that_is_not_so_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```console\n$ echo one; echo two\n...\ntwo\n$ echo three\nfour\n```\n", encoding="utf-8")
    assert examples.broken(page, tmp_path) == ["$ echo three\nthree"]
    assert "$ echo three\nthree\n```" in examples.rewritten(page, tmp_path)


def test_a_window_stays_open_to_the_end_of_the_page(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    window = '```console title="In another window"\n$ echo $$ > pid; echo up; exec sleep 600\nup\n```\n'
    page.write_text(f"{window}\n```console\n$ kill -0 $(cat pid) && echo alive\nalive\n```\n", encoding="utf-8")
    assert examples.broken(page, tmp_path) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
    page.write_text('```console title="In another window"\n$ echo down\nup\n```\n', encoding="utf-8")
    assert examples.broken(page, tmp_path) == ["$ echo down\ndown"]


def test_python_prints_what_the_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(examples.prepared(tmp_path))
    tried = 0
    for page in sorted(PAGES.rglob("*.md")):
        found = doctest.testfile(str(page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
        assert found.failed == 0, page
        tried += found.attempted
    assert tried > 10


@pytest.mark.parametrize("name", list(tables.TABLES))
def test_tables_are_those_of_the_package(name: str) -> None:
    file, _ = tables.TABLES[name]
    assert (PAGES / file).read_text(encoding="utf-8") == tables.written(name)


def worked_examples() -> list[tuple[str, list[pl.DataFrame]]]:
    text = (PAGES / "rules.md").read_text(encoding="utf-8")
    found = []
    for section in text.split("\n## ")[1:]:
        parts = [table(block) for block in re.findall(r"(?:^\|.*\n)+", section, re.MULTILINE)]
        if len(parts) == 3:
            found.append((section.split("\n")[0], parts))
    return found


def table(block: str) -> pl.DataFrame:
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in block.strip().split("\n")]
    head, _, *body = rows
    return pl.DataFrame(body, schema=dict.fromkeys(head, pl.String), orient="row").with_columns(
        pl.when(pl.all() == "").then(None).otherwise(pl.all()).name.keep()
    )


def test_there_are_worked_examples() -> None:
    assert len(worked_examples()) >= 5


@pytest.mark.parametrize("example", worked_examples(), ids=lambda example: example[0])
def test_the_rules_do_what_their_examples_say(example: tuple[str, list[pl.DataFrame]]) -> None:
    _, (links, stock, expected) = example
    plan = allocator.plan(links, stock)
    assert plan.rejected.is_empty()
    given = dict(plan.assignments.select("link_id", "full_voxnumber").iter_rows())
    assert {link_id: given.get(link_id) for link_id in links["link_id"]} == dict(
        expected.select("link_id", "full_voxnumber").iter_rows()
    )


def columns_of(section: str) -> set[str]:
    (text,) = re.findall(
        rf"\n## {section}\n(.*?)(?=\n## |\Z)", (PAGES / "command.md").read_text(encoding="utf-8"), re.DOTALL
    )
    first = [line.split("|")[1] for line in text.splitlines() if line.startswith("|")]
    return {name for cell in first for name in re.findall(r"`([\w.]+)`", cell)}


@pytest.mark.parametrize(("section", "schema"), [("Links", intake.SCHEMA), ("Stock", stock.SCHEMA)])
def test_the_columns_of_a_table_are_listed(section: str, schema: TableSchema) -> None:
    assert columns_of(section) == {*schema.required, *schema.one_of, *schema.optional}


def test_the_files_of_a_plan_are_listed(tmp_path: Path) -> None:
    examples.prepared(tmp_path)
    allocator.plan(tmp_path / "links.csv", tmp_path / "stock.csv", output=tmp_path / "plan")
    written = {path.name for path in (tmp_path / "plan").iterdir() if path.is_file()}
    assert written <= columns_of("The plan's folder")
    text = (PAGES / "command.md").read_text(encoding="utf-8")
    for name in ("assignments", "unassigned"):
        head = (tmp_path / "plan" / f"{name}.csv").read_text(encoding="utf-8").split("\n")[0]
        assert f"| `{name}.csv` | `{head.replace(',', ', ')}` |" in text


def test_every_command_is_listed() -> None:
    text = (PAGES / "command.md").read_text(encoding="utf-8")
    commands: dict[str, Any] = vars(typer.main.get_command(app))["commands"]
    for name in commands:
        assert f"| `{name} " in text, name
    assert columns_of("What if") == set(vars(commands["whatif"])["commands"])


def commands(one: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, one
    for part, inner in vars(one).get("commands", {}).items():
        yield from commands(inner, f"{name} {part}")


ALL_COMMANDS = dict(commands(typer.main.get_command(app), "allocator"))


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_the_help_of_each_command_has_an_example(name: str) -> None:
    command = ALL_COMMANDS[name]
    example = re.search(r"Example: (.*?)(?:\n\n|$)", f"{command.help}\n\n{command.epilog or ''}", re.DOTALL)
    assert example is not None
    assert " ".join(example[1].split()).startswith(f"{name} ")


def test_the_map_of_the_code_has_the_order_of_the_contract() -> None:
    text = (PAGES / "code.md").read_text(encoding="utf-8")
    (tree,) = re.findall(r"```text\nallocator/\n(.*?)```", text, re.DOTALL)
    assert re.findall(r"^  (\w+)(?:/|\.py) ", tree, re.MULTILINE) == tables.layers()
    assert re.findall(r"^### (\w+)$", text, re.MULTILINE) == [name for name in tables.layers() if name != "errors"]


def test_the_map_of_the_code_names_files_that_exist() -> None:
    text = (PAGES / "code.md").read_text(encoding="utf-8")
    section = text[text.index("## Where do I change") : text.index("## The modules")]
    named = re.findall(r"`(\w+/\w+\.pyi?)`", section)
    assert len(named) > 15
    assert [name for name in named if not (CHECKOUT / "allocator" / name).is_file()] == []


def test_the_reference_has_every_public_name_once() -> None:
    text = (PAGES / "python.md").read_text(encoding="utf-8")
    listed = re.findall(r"^::: allocator\.(.*)$", text, re.MULTILINE)
    rooms = ("report", "whatif")
    public = {name for name in dir(allocator) if name not in rooms and not hasattr(errors, name)}
    public |= {f"{room}.{name}" for room in rooms for name in dir(getattr(allocator, room))}
    assert sorted(listed) == sorted(public | {"errors"})


def test_every_page_is_in_the_navigation() -> None:
    navigation = (CHECKOUT / "docs" / "mkdocs.yml").read_text(encoding="utf-8")
    assert [page for page in PAGES.rglob("*.md") if f": {page.relative_to(PAGES).as_posix()}\n" not in navigation] == []


def test_the_glossary_defines_each_term_once() -> None:
    text = (PAGES / "glossary.md").read_text(encoding="utf-8")
    for section in text.split("\n## ")[1:]:
        terms = re.findall(r"^\*\*(.+?)\*\*: ", section, re.MULTILINE)
        assert terms == sorted(terms, key=str.lower), section
    terms = re.findall(r"^\*\*(.+?)\*\*: ", text, re.MULTILINE)
    assert len(terms) == len(set(terms)) > 50


@pytest.mark.parametrize("page", [CHECKOUT / "README.md", *sorted(PAGES.rglob("*.md"))], ids=lambda page: page.stem)
def test_no_page_installs_somebody_elses_package(page: Path) -> None:
    for line in re.findall(r"pip install.*", page.read_text(encoding="utf-8")):
        assert re.search(r"pip install (?:--\S+ )*(?:'?\.|pip\b|dist/)", line), line
