"""The real command, as a process, on the example and on what users get wrong."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest
from lxml import etree

from tests.support.command import allocator, rows

EXAMPLES = Path(__file__).parents[2] / "data" / "examples"
LINKS, STOCK = EXAMPLES / "links.csv", EXAMPLES / "stock.csv"

ASSIGNMENTS = "link_id,full_voxnumber,method,postcode,outcode,area_code,distance_km,fallback"
UNASSIGNED = "link_id,postcode,reason,message"


def plan(output: Path, *options: object, links: object = LINKS, stock: object = STOCK, stdin: str | None = None):  # type: ignore[no-untyped-def]
    return allocator("plan", "--links", links, "--stock", stock, "--output", output, *options, stdin=stdin)


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("example") / "plan"
    done = plan(folder, "--fallback-km", 20)
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    assert "Plan of 298 links" in done.stdout
    return folder


def test_the_files_have_the_columns_that_are_promised(example: Path) -> None:
    assert sorted(path.name for path in example.iterdir()) == [
        "already.csv",
        "assignments.csv",
        "decisions.csv",
        "rejected.csv",
        "requests",
        "stock.csv",
        "summary.json",
        "unassigned.csv",
    ]
    assert (example / "assignments.csv").read_text(encoding="utf-8").splitlines()[0] == ASSIGNMENTS
    assert (example / "unassigned.csv").read_text(encoding="utf-8").splitlines()[0].startswith(UNASSIGNED)


def test_every_kind_of_outcome_shows_in_the_example(example: Path) -> None:
    assert {row["fallback"] for row in rows(example / "assignments.csv")} == {
        "none",
        "distance",
        "city",
        "region",
        "country",
    }
    from allocator import Reason

    assert {row["reason"] for row in rows(example / "unassigned.csv")} == {str(reason) for reason in Reason}
    assert {row["table"] for row in rows(example / "rejected.csv")} == {"links", "stock"}


def test_every_link_of_the_example_is_somewhere_once(example: Path) -> None:
    tables = ("assignments", "already", "unassigned")
    found = [row["link_id"] for name in tables for row in rows(example / f"{name}.csv")]
    rejected = [row for row in rows(example / "rejected.csv") if row["table"] == "links"]
    assert len(found) == len(set(found))
    assert len(found) + len(rejected) == len(rows(LINKS))


def test_the_summary_counts_what_the_tables_hold(example: Path) -> None:
    summary = json.loads((example / "summary.json").read_text(encoding="utf-8"))
    assigned = rows(example / "assignments.csv")
    assert summary["links"]["assigned"] == len(assigned)
    assert summary["links"]["unassigned"] == len(rows(example / "unassigned.csv"))
    digest = hashlib.sha256((example / "assignments.csv").read_bytes()).hexdigest()
    assert summary["result"]["assignments_sha256"] == digest
    assert summary["inputs"]["links"]["sha256"] == hashlib.sha256(LINKS.read_bytes()).hexdigest()


def test_the_requests_carry_the_assignments(example: Path) -> None:
    sent = []
    for path in sorted((example / "requests").iterdir()):
        for link in etree.parse(path).getroot():
            assert link.findtext("method") == "BY VOXNUMBER"
            sent.append((link.findtext("link_id"), link.findtext("full_voxnumber")))
    assert sent == [(row["link_id"], row["full_voxnumber"]) for row in rows(example / "assignments.csv")]


def test_batches_are_as_large_as_asked_for(tmp_path: Path) -> None:
    plan(tmp_path / "plan", "--batch-size", 50)
    folder = tmp_path / "plan" / "requests"
    counts = [len(etree.parse(path).getroot()) for path in sorted(folder.iterdir())]
    assert counts[:-1] == [50] * (len(counts) - 1)
    assert (folder / "requests-00001.xml").is_file()


def test_the_same_input_gives_the_same_bytes(example: Path, tmp_path: Path) -> None:
    plan(tmp_path / "plan", "--fallback-km", 20)
    for path in sorted(example.rglob("*")):
        if path.is_file():
            assert (tmp_path / "plan" / path.relative_to(example)).read_bytes() == path.read_bytes()


def test_exit_code_0_when_every_link_is_assigned(tmp_path: Path) -> None:
    links, stock = tmp_path / "links.csv", tmp_path / "stock.csv"
    links.write_text("link_id,postcode\n555,SW1A 0AA\n", encoding="utf-8")
    stock.write_text("full_voxnumber\n442079460000\n", encoding="utf-8")
    assert plan(tmp_path / "plan", links=links, stock=stock).returncode == 0


def test_standard_input_and_parquet(example: Path, tmp_path: Path) -> None:
    parquet = tmp_path / "stock.parquet"
    pl.read_csv(STOCK, infer_schema=False).write_parquet(parquet)
    done = plan(
        tmp_path / "plan", "--fallback-km", 20, links="-", stock=parquet, stdin=LINKS.read_text(encoding="utf-8")
    )
    assert done.returncode == 1, done.stderr
    assert (tmp_path / "plan" / "assignments.csv").read_bytes() == (example / "assignments.csv").read_bytes()


def test_an_existing_folder_is_refused_unless_forced(example: Path, tmp_path: Path) -> None:
    folder = tmp_path / "plan"
    assert plan(folder).returncode == 1
    before = (folder / "assignments.csv").read_bytes()
    refused = plan(folder, "--fallback-km", 20)
    assert refused.returncode == 2
    assert "exists already" in refused.stderr
    assert "--force" in refused.stderr
    assert (folder / "assignments.csv").read_bytes() == before
    assert plan(folder, "--fallback-km", 20, "--force").returncode == 1
    assert (folder / "assignments.csv").read_bytes() == (example / "assignments.csv").read_bytes()
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]


def test_what_is_no_plan_is_not_replaced_even_when_forced(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "to-mother.txt").write_text("Dear", encoding="utf-8")
    refused = plan(tmp_path / "letters", "--force")
    assert refused.returncode == 2
    assert (tmp_path / "letters" / "to-mother.txt").read_text(encoding="utf-8") == "Dear"


def test_an_output_that_can_not_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    refused = plan(tmp_path / "file" / "plan")
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert "can't be written" in refused.stderr


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("link_id,postcod", "looks like 'postcode' misspelt"),
        ("link_id,postcode,postcode", "postcode"),
        ("postcode", "link_id"),
        ("link_id,postcode,fallback_area_distanc", "fallback_area_distance"),
    ],
)
def test_wrong_columns_are_named(tmp_path: Path, header: str, said: str) -> None:
    links = tmp_path / "links.csv"
    links.write_text(f"{header}\n" + ",".join("1" * len(header.split(","))) + "\n", encoding="utf-8")
    refused = plan(tmp_path / "plan", links=links)
    assert refused.returncode == 2
    assert "links.csv" in refused.stderr
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "plan").exists()


@pytest.mark.parametrize(
    "options", [("--fallback-km", "-1"), ("--fallback-km", "nan"), ("--batch-size", "0"), ("--grouping", "apart")]
)
def test_options_outside_their_range_are_refused(tmp_path: Path, options: tuple[str, str]) -> None:
    refused = plan(tmp_path / "plan", *options)
    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "plan").exists()


def many_links(count: int = 300_000) -> str:
    postcode = rows(LINKS)[0]["postcode"]
    return "link_id,postcode\n" + "".join(f"{number},{postcode}\n" for number in range(count))


def started(tmp_path: Path, links: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "allocator", "plan", "--links", links, "--stock", str(STOCK)]
    command += ["--output", str(tmp_path / "plan")]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=subprocess.DEVNULL, stderr=pipe, text=True)


def test_an_interrupt_while_reading_leaves_nothing_and_says_so(tmp_path: Path) -> None:
    process = started(tmp_path, "-")
    assert process.stdin is not None
    process.stdin.write(many_links())  # more than a pipe holds, so that the process is reading when this is done
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.splitlines()[-1] == "allocator: interrupted, nothing was written"
    assert "Traceback" not in stderr
    assert list(tmp_path.iterdir()) == []


def test_a_request_to_end_leaves_nothing_either(tmp_path: Path) -> None:
    process = started(tmp_path, "-")
    assert process.stdin is not None
    process.stdin.write(many_links())
    process.stdin.flush()
    process.send_signal(signal.SIGTERM)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGTERM
    assert stderr.splitlines()[-1] == "allocator: interrupted, nothing was written"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_plan_that_is_cut_off_while_it_is_written_leaves_no_plan(tmp_path: Path, sent: signal.Signals) -> None:
    (tmp_path / "links.csv").write_text(many_links(), encoding="utf-8")
    process = started(tmp_path, str(tmp_path / "links.csv"))
    while process.poll() is None and not list(tmp_path.glob(".plan-*")):
        time.sleep(0.001)
    process.send_signal(sent)
    _, stderr = process.communicate(timeout=60)
    # It may have been finished just before: then it is whole.
    assert (tmp_path / "plan" / "summary.json").is_file() or not (tmp_path / "plan").exists()
    assert "Traceback" not in stderr
    if sent != signal.SIGKILL:
        assert not list(tmp_path.glob(".plan-*"))


def test_lookup_says_what_is_known_and_what_is_wrong() -> None:
    done = allocator("lookup", "sw1a0aa", "M1", "M1 9ZZ", "GIR 0AA", "bad")
    assert done.returncode == 2
    assert "020 London" in done.stdout
    assert "0161 Manchester" in done.stdout
    assert "no, but its outcode does" in done.stdout
    assert "not geographic" in done.stdout
    assert "bad" in done.stderr
    assert allocator("lookup", "M1").returncode == 0
    assert allocator("lookup", "M1 9ZZ").returncode == 1


def test_nearest_lists_area_codes_and_outcodes() -> None:
    done = allocator("nearest", "W11", "--within", 16)
    assert done.returncode == 0
    assert "020" in done.stdout
    assert "01895" in done.stdout
    assert "W10" in done.stdout
    assert allocator("nearest", "GIR", "--within", 16).returncode == 2


def test_explain_says_what_was_tried(example: Path) -> None:
    assignments = rows(example / "assignments.csv")
    fallen_back = next(row for row in assignments if row["fallback"] == "distance")
    done = allocator("explain", example, fallen_back["link_id"])
    assert done.returncode == 0
    assert fallen_back["full_voxnumber"] in done.stdout
    assert "too few" in done.stdout
    assert "serves the group" in done.stdout
    assert allocator("explain", example, "nobody").returncode == 2
    assert allocator("explain", example / "requests", "nobody").returncode == 2


@pytest.mark.parametrize("command", [(), ("plan",), ("lookup",), ("nearest",), ("explain",)])
def test_every_command_helps(command: tuple[str, ...]) -> None:
    done = allocator(*command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout or not command


def in_shell(arguments: str) -> subprocess.CompletedProcess[str]:
    command = f"{shlex.quote(sys.executable)} -m allocator {arguments}"
    return subprocess.run(command, shell=True, capture_output=True, text=True, check=False, timeout=60)  # noqa: S602


@pytest.mark.parametrize(
    ("arguments", "exit_code"), [("nearest W11 --within 90", 0), ("lookup MK99", 1), ("lookup !", 2)]
)
def test_a_reader_that_leaves_changes_nothing(arguments: str, exit_code: int) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    command = [sys.executable, "-m", "allocator", *arguments.split()]
    with os.fdopen(write_end, "w") as nobody:
        done = subprocess.run(command, stdout=nobody, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    assert done.returncode == exit_code
    assert "BrokenPipe" not in done.stderr


def test_closed_streams_are_no_fault() -> None:
    assert in_shell("lookup M1 >&-").returncode == 0
    assert in_shell("lookup MK99 2>&-").returncode == 1
    empty = in_shell("plan --links - --stock - --output nowhere <&-")
    assert empty.returncode == 2
    assert empty.stderr.startswith("allocator: standard input: the file is empty")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", ["lookup M1", "nearest W11 --within 1", "--version"])
def test_an_output_that_is_full_is_a_sentence(arguments: str) -> None:
    done = in_shell(f"{arguments} > /dev/full")
    assert done.returncode == 2
    assert done.stderr.startswith("allocator: standard output: it can't be written")
    assert len(done.stderr.splitlines()) == 1


def test_any_letter_can_be_printed_anywhere(tmp_path: Path) -> None:
    links, stock = tmp_path / "links.csv", tmp_path / "stock.csv"
    links.write_text("link_id,postcode\ncafé 東京,SW1A 0AA\n", encoding="utf-8")
    stock.write_text("full_voxnumber\n442079460000\n", encoding="utf-8")
    assert plan(tmp_path / "plan", links=links, stock=stock).returncode == 0
    command = [sys.executable, "-m", "allocator", "explain", str(tmp_path / "plan"), "café 東京"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(r"caf\xe9 \u6771\u4eac gets 442079460000.")


def test_what_is_printed_elsewhere_than_on_a_terminal_is_plain() -> None:
    texts = "lookup M1", "lookup !", "lookup", "nearest W11 --within 1", "plan --grouping apart", "--help"
    for done in map(in_shell, texts):
        assert (done.stdout + done.stderr).isascii()
        assert "\x1b" not in done.stdout + done.stderr


def test_rich_is_not_loaded_where_nothing_needs_it() -> None:
    ask = "import sys; sys.argv = ['allocator', 'lookup', 'M1']; from allocator.cli import main\n"
    ask += "try: main()\nfinally: print(sorted({'lxml', 'pyproj', 'rich', 'scipy', 'shapely'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("name", "content"),
    [("summary.json", "{"), ("assignments.csv", "x\n"), ("unassigned.csv", ""), ("decisions.csv", None)],
)
def test_a_plan_that_was_altered_is_refused(example: Path, tmp_path: Path, name: str, content: str | None) -> None:
    shutil.copytree(example, tmp_path / "plan")
    (tmp_path / "plan" / name).unlink()
    if content is not None:
        (tmp_path / "plan" / name).write_text(content, encoding="utf-8")
    done = allocator("explain", tmp_path / "plan", "head-office")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "can't be read" in done.stderr


def test_any_folder_name_will_do_that_the_system_takes(tmp_path: Path) -> None:
    links, stock = tmp_path / "links.csv", tmp_path / "stock.csv"
    links.write_text("link_id,postcode\n555,SW1A 0AA\n", encoding="utf-8")
    stock.write_text("full_voxnumber\n442079460000\n", encoding="utf-8")
    assert plan(tmp_path / "a [b] *", links=links, stock=stock).returncode == 0
    assert allocator("explain", tmp_path / "a [b] *", "555").returncode == 0
    refused = plan(tmp_path / ("x" * 300), links=links, stock=stock)
    assert refused.returncode == 2
    assert "can't be written" in refused.stderr


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("allocator pl", "plan"),
        ("allocator whatif fr", "frontier"),
        ("allocator plan --fallb", "--fallback-km"),
        ("allocator plan --grouping to", "together"),
    ],
)
def test_a_shell_completes(words: str, wanted: str) -> None:
    command = [sys.executable, "-m", "allocator"]
    # As the function of the script asks.
    asked = {"COMP_WORDS": words, "COMP_CWORD": str(len(words.split()) - 1), "_ALLOCATOR_COMPLETE": "complete_bash"}
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | asked, check=False, timeout=60)
    assert wanted in done.stdout.split()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_a_shell_asks_for_the_command_by_its_name(shell: str) -> None:
    # Which shell it is would else be found out from the processes around the tests.
    environment = os.environ | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    command = [sys.executable, "-m", "allocator", "--show-completion", shell]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=60)
    assert f"_ALLOCATOR_COMPLETE=complete_{shell}" in done.stdout
    assert "python" not in done.stdout.lower()


@pytest.mark.parametrize("text", ["EC1", "W111"])
def test_nearest_asks_what_was_meant(text: str) -> None:
    done = allocator("nearest", text, "--within", 3)
    assert done.returncode == 2
    assert "Did you mean " in done.stderr


@pytest.mark.parametrize(
    ("words", "heeds"), [(["allocator"], False), (["/usr/bin/allocator", "plan"], False), (["notebook"], True)]
)
def test_an_interrupt_while_the_command_loads_ends_it_without_a_word(words: list[str], heeds: bool) -> None:
    program = f"import sys, signal; sys.argv = {words!r}; import allocator.cli; print(signal.getsignal(signal.SIGINT))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ("default_int_handler" in done.stdout) is heeds


def test_an_interrupt_before_a_command_begins_is_a_sentence() -> None:
    program = """
import allocator.cli.app as command
def interrupted(**_): raise KeyboardInterrupt
command.app = interrupted
command.main()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (128 + signal.SIGINT, "allocator: interrupted\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", ["--help", "plan --help", "whatif --help"])
def test_help_that_finds_no_room(arguments: str) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        command = [sys.executable, "-m", "allocator", *arguments.split()]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("allocator: standard output: it can't be written")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("text", ["{}", "null", "[]", '{"links": [], "options": 3, "result": {}}'])
@pytest.mark.parametrize("command", ["explain {} 1", "diff {} {}", "report {}", "send {} --url http://127.0.0.1:9"])
def test_a_damaged_summary_is_refused(text: str, command: str, tmp_path: Path) -> None:
    plan(tmp_path / "plan")
    (tmp_path / "plan" / "summary.json").write_text(text, encoding="utf-8")
    done = allocator(*command.replace("{}", str(tmp_path / "plan")).split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.search("altered (since|after) it was written|neither a plan nor a what-if", done.stderr)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--grouping togethr", "'togethr' is not one of 'together', 'split'. Did you mean 'together'?"),
        ("--strategy best", "'best' is not one of 'rule', 'optimal'."),
    ],
)
def test_a_value_that_is_none_of_an_options(options: str, said: str) -> None:
    done = allocator("plan", "--links", LINKS, "--stock", STOCK, "--output", "nowhere", *options.split())
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith(f": {said}")
