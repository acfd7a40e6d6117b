"""The dashboard, read as a file and used in a real browser: sorted, filtered, opened."""

import html
import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sample_packs import INTERNAL_MARK
from sample_run import sample_run

from evaluator import data_dir
from evaluator.diagnostics import Failure
from evaluator.reports.context import context
from evaluator.reports.page import write_dashboard
from evaluator.reports.words import Context

HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>{{ 7*7 }}&<60%"
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--virtual-time-budget=4000", "--dump-dom"),
]

# Uses the page as a person does and writes what can be seen after each step.
PROBE = """
const seen = {};
const names = () => [...document.querySelectorAll("tr.row")].filter((row) => row.offsetParent).map((row) => row.cells[0].textContent);
const look = (step) => { seen[step] = names(); seen[step + "_told"] = document.getElementById("shown").textContent; };
const head = (column) => document.querySelectorAll("#table > thead button")[column].click();
const set = (id, value) => {
  const field = document.getElementById(id);
  if (field.type === "checkbox") field.checked = value; else field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
};
look("start");
head(7); look("score_up");
seen.sorted = [...document.querySelectorAll("#table > thead th")].map((th) => th.getAttribute("aria-sort"));
head(7); look("score_down");
head(4); look("stars_up");
head(1); look("name_up");
head(0); look("number_up");
set("text", "南湖"); look("text"); set("text", "０5"); look("wide"); set("text", "");
set("township", "西城街道"); look("township"); set("township", "");
set("stars", "0 星"); look("stars"); set("stars", "未检"); look("unvisited"); set("stars", "");
set("provisional", true); look("provisional"); set("provisional", false);
const open = document.querySelectorAll(".open")[1];
open.click();
const panel = document.querySelector(".panel");
seen.panel = panel.innerText; seen.follows = panel.previousElementSibling.cells[0].textContent;
head(7); seen.still = document.querySelector(".panel").previousElementSibling.cells[0].textContent;
seen.expanded = open.getAttribute("aria-expanded");
set("text", "nobody"); seen.hidden = document.querySelector(".panel").offsetParent === null; set("text", "");
open.click(); seen.closed = document.querySelectorAll(".panel").length;
seen.hacked = String(window.hacked); seen.images = document.images.length;
const probe = document.createElement("pre"); probe.id = "probe"; probe.textContent = JSON.stringify(seen); document.body.append(probe);
"""


def hostile_context() -> Context:
    """Return the sample with markup in a name and in facts."""
    ctx = context(sample_run(), "zh")
    second = ctx.branches[1]
    issues = tuple(replace(issue, facts=HOSTILE, problem=HOSTILE) for issue in second.issues)
    branches = (ctx.branches[0], replace(second, name=HOSTILE, issues=issues), *ctx.branches[2:])
    return replace(ctx, branches=branches)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dashboard") / "dashboard.html"
    write_dashboard(sample_run(), hostile_context(), path, None)
    return path


@pytest.fixture(scope="module")
def seen(page: Path) -> dict[str, Any]:
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("Chromium is needed to use the dashboard")
    copy = page.with_name("probe.html")
    copy.write_text(page.read_text(encoding="utf-8").replace("</body>", f"<script>{{{PROBE}}}</script></body>"), encoding="utf-8")
    command = [browser, *FLAGS, f"--user-data-dir={page.parent / 'profile'}", copy.as_uri()]
    dom = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout.decode("utf-8")
    found = re.search(r'<pre id="probe">(.*?)</pre>', dom, re.DOTALL)
    assert found, "the page's script or the probe did not run to its end"
    told: dict[str, Any] = json.loads(html.unescape(found[1]))
    return told


# --- as a file ------------------------------------------------------------------


def test_page_needs_no_network(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy}">' in text
    assert not re.search(r"https?://|<link|@import|url\(", text)
    assert '<html lang="zh-CN">' in text


def test_script_never_makes_markup_of_data() -> None:
    script = (data_dir("templates") / "dashboard" / "page.js").read_text(encoding="utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function\(", script)


def test_markup_in_names_and_facts_is_escaped(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "<script>window.hacked" not in text
    assert "<img" not in text
    assert text.count("<script") == 3
    assert "覆盖率&lt;60%" in text


def test_internal_results_are_not_on_the_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert INTERNAL_MARK not in text
    assert "建议列入" not in text


def test_banners_and_charts_stand_on_the_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert "征求意见稿" in text
    assert "参考试算,不作为考核依据" in text
    assert text.count("<svg") == 2
    assert "3 (42%)" in text
    assert "60 分 · 3/6" in text


def test_english_page(tmp_path: Path) -> None:
    run = sample_run()
    write_dashboard(run, context(run, "en"), tmp_path / "dashboard.html", None)
    text = (tmp_path / "dashboard.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in text
    assert "7 expected · 6 visited" in text


def test_same_run_gives_same_bytes(page: Path, tmp_path: Path) -> None:
    write_dashboard(sample_run(), hostile_context(), tmp_path / "again.html", None)
    assert (tmp_path / "again.html").read_bytes() == page.read_bytes()


def test_six_hundred_branches_stay_small(tmp_path: Path) -> None:
    run = sample_run()
    ctx = context(run, "zh")
    many = tuple(replace(branch, stem=f"{number}-{branch.stem}") for number in range(86) for branch in ctx.branches)
    write_dashboard(run, replace(ctx, branches=many), tmp_path / "dashboard.html", None)
    # Five criteria each here, up to 48 in the shipped packs.
    assert (tmp_path / "dashboard.html").stat().st_size < 1_500_000


# --- in a browser -----------------------------------------------------------------


def test_register_order_first(seen: dict[str, Any]) -> None:
    assert seen["start"] == ["01", "02", "03", "04", "05", "06", "07"]
    assert seen["start_told"] == "显示 7/7"


def test_sorting(seen: dict[str, Any]) -> None:
    assert seen["score_up"] == ["06", "05", "02", "04", "03", "07", "01"]
    assert seen["score_down"] == ["01", "03", "07", "04", "02", "05", "06"]
    assert seen["stars_up"][0] == "06"
    assert set(seen["stars_up"][1:3]) == {"02", "05"}
    assert seen["number_up"] == seen["start"]
    assert sorted(seen["name_up"]) == seen["start"] != seen["name_up"]
    assert seen["sorted"] == [None] * 7 + ["ascending", None, None]


def test_filtering(seen: dict[str, Any]) -> None:
    assert seen["text"] == seen["wide"] == ["05"]
    assert seen["text_told"] == "显示 1/7"
    assert seen["township"] == ["04", "05", "06"]
    assert seen["stars"] == ["02", "05"]
    assert seen["unvisited"] == ["06"]
    assert seen["provisional"] == ["03", "05"]


def test_panel_opens_under_its_row_and_stays_with_it(seen: dict[str, Any]) -> None:
    assert seen["follows"] == seen["still"] == "02"
    assert seen["expanded"] == "true"
    assert seen["hidden"] is True
    assert seen["closed"] == 0
    for told in ("支部过硬星 12/20", "关键项为零", "DZB-01 主题党日按月开展", "自下月起按月开展主题党日", "不晚于 2023-06-20 ⚠ 逾期 10 天"):
        assert told in seen["panel"]


def test_markup_stays_text_in_the_browser(seen: dict[str, Any]) -> None:
    assert HOSTILE in seen["panel"]
    assert seen["hacked"] == "undefined"
    assert seen["images"] == 0


# --- templates of the user ----------------------------------------------------------


def test_users_style_goes_before_the_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "dashboard").mkdir()
    (tmp_path / "dashboard" / "page.css").write_text("body { color: navy; }", encoding="utf-8")
    run = sample_run()
    write_dashboard(run, context(run, "zh"), tmp_path / "dashboard.html", tmp_path)
    text = (tmp_path / "dashboard.html").read_text(encoding="utf-8")
    assert "body { color: navy; }" in text
    assert "--gold" not in text
    assert "青山社区党支部" in text


@pytest.mark.parametrize(
    ("template", "key"),
    [
        ("{{ nobody }}", "E906"),
        ("{% if %}", "E903"),
        ("{{ ctx.__class__ }}", "E905"),
        ("{{ ctx.__class__.__mro__ }}", "E905"),
        ("{{ piece('../feedback/feedback.docx') }}", "E907"),
        ("{% include 'nowhere.html' %}", "E907"),
        (b"\xff\xfe\x00", "E909"),
    ],
)
def test_broken_template_is_one_sentence(tmp_path: Path, template: str | bytes, key: str) -> None:
    (tmp_path / "dashboard").mkdir()
    (tmp_path / "dashboard" / "page.html").write_bytes(template if isinstance(template, bytes) else template.encode())
    run = sample_run()
    with pytest.raises(Failure) as caught:
        write_dashboard(run, context(run, "zh"), tmp_path / "dashboard.html", tmp_path)
    assert [one.key for one in caught.value.findings] == [f"documents.{key}"]
    assert not (tmp_path / "dashboard.html").exists()
