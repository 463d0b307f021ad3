"""The page fetches nothing, says where it is from, and nothing in it can act up."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.metadata import version
from pathlib import Path

import polars as pl

import allocator
from allocator import report
from tests.support.reports import data_of, table_of

HOSTILE = ("</script><script>alert(1)</script>", "<!--<script>", '"><img src=x onerror=alert(1)>', "a\u2028b & 'c'")


def test_the_page_names_nothing_to_fetch(example: Path) -> None:
    text = report.page(example).content.decode("utf-8")
    markup = re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert set(re.findall(r'(?:src|href)="([^"#][^"]*)"', markup)) <= {"data:,"}
    assert "url(" not in markup
    assert "@import" not in markup
    policy = html.unescape(re.findall(r'Content-Security-Policy" content="([^"]*)"', text)[0])
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy


def test_versions_and_digests_are_at_the_foot(example: Path) -> None:
    text = report.page(example).content.decode("utf-8")
    foot = text[text.index("<footer") : text.index("</footer>")]
    summary = json.loads((example / "summary.json").read_text(encoding="utf-8"))
    for part in (
        summary["engine"]["version"],
        summary["data"]["manifest_sha256"],
        summary["inputs"]["links"]["sha256"],
        summary["inputs"]["stock"]["sha256"],
        summary["result"]["assignments_sha256"],
        "Crown copyright",
    ):
        assert part in foot


def test_what_users_wrote_stays_text(tmp_path: Path) -> None:
    folder = tmp_path / "<b>plan&"
    links = pl.DataFrame(
        {"link_id": [*HOSTILE, "gone<b>"], "postcode": ["W11 3EP"] * len(HOSTILE) + ["</script><b>x</b>"]}
    )
    allocator.plan(links, pl.DataFrame({"full_voxnumber": ["442079460000"]}), output=folder)
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    summary["inputs"]["links"]["source"] = "<img src=x onerror=alert(1)>.csv"
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    made = report.page(folder)
    text = made.content.decode("utf-8")
    assert text.count("<script") == text.count("</script>") == 1 + len(("vega", "page"))
    assert "<img" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert "<b>" not in re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL)
    assert "&lt;b&gt;plan&amp;" in text
    assert {row["link_id"] for row in table_of(data_of(made), "unassigned")} == set(HOSTILE)


def test_the_foot_names_what_draws_and_its_digest(example: Path) -> None:
    text = report.page(example).content.decode("utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 2
    digest = hashlib.sha256(scripts[0].encode("utf-8")).hexdigest()
    foot = text[text.index('<footer id="versions">') :]
    for part in ("Vega-Lite", version("vl-convert-python"), digest, "BSD-3-Clause"):
        assert part in foot, part
    for one in scripts:
        allowed = base64.b64encode(hashlib.sha256(one.encode("utf-8")).digest()).decode("ascii")
        assert f"'sha256-{allowed}'" in text[: text.index("</head>")]
