"""Small packs for the tests of handbook and quiz: hostile texts, two ways to full marks, items that read alike."""

import textwrap
from pathlib import Path

__all__ = ["HOSTILE", "TINY", "write_pack"]

HOSTILE = "<script>alert(1)</script> {{ 7*7 }} {% raw %} & </w:t> <60% \"'"

TINY = """
pack: tiny
version: "1"
status: reference
title: TITLE
effective: {from: 2023-01-01}
sources: {s1: {title: 文件一}, s2: {title: 文件二}}
indicators:
  rate: {label: 办结率, type: percent, unit: "%", range: [0, 100], holder: 公安, proof: 系统截图}
  meetings: {label: 会议次数, type: integer, unit: 次, range: [0, 99], holder: branch, proof: 会议记录}
groups:
  - id: A
    title: 甲星
    earned_when: score >= 80
    criteria:
      - id: T-01
        text: 办结及时
        points: 10
        key: true
        parts:
          - bands: [{award: 10, when: rate >= 8}, {award: 10, when: rate >= 6}, {award: 5, when: rate >= 4}]
        deadline: d3
        owner: 村委会
        fixable_by: branch
        measure: 逐件办结
        basis: [s1]
      - id: T-02
        text: TEXT
        points: 8
        irreversible: true
        closes_on: 3
        parts: [{count_down: {full: 8, less: 2, per: 12 - meetings}}]
        deadline: d3
        owner: 支部书记
        fixable_by: branch
        measure: 按月召开
        basis: [s2]
        numbers: {"8": default}
  - id: B
    title: 乙星
    earned_when: score >= 80
    criteria:
      - id: T-03
        text: 办结及时
        points: 6
        parts: [{award: 6, when: rate >= 50%}]
        deadline: now
        owner: 公安局
        fixable_by: department
        measure: 请公安补齐
        basis: [s1]
      - id: T-04
        text: 两步走
        points: 6
        parts: [{award: 3, when: rate >= 55%}, {award: 3, when: rate >= 75%}]
        deadline: month
        owner: 公安局
        fixable_by: department
        measure: 请公安补齐
        basis: [s1]
rating:
  - {level: 1, label: 达标, when: score >= 60}
  - {level: 0, label: 未达标}
deadlines:
  d3: {label: 限期3天, days: 3}
  now: {label: 立行立改, days: 3}
  month: {label: 一个月, days: 30}
"""


def write_pack(folder: Path, *, title: str = "小包", text: str = "会议按月", more: str = "") -> Path:
    """Write the tiny pack with this title and this text of T-02; return its path."""
    path = folder / "tiny" / "pack.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)

    def quoted(value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    body = textwrap.dedent(TINY).replace("TITLE", quoted(title)).replace("TEXT", quoted(text))
    path.write_text(body + more, encoding="utf-8")
    return path
