"""A pack to begin with: a small one that shows the commonest shapes, with cases, or an overlay of an installed one."""

import os
import re
import shutil
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from string import Template

from evaluator import data_dir
from evaluator.authoring.workbook.pasted import prefix
from evaluator.diagnostics import Diagnostic, Failure, Place, reason
from evaluator.filenames import safe_name
from evaluator.messages import language, say
from evaluator.packs.load import LoadedPack, find_packs, load_pack
from evaluator.packs.yaml_text import flow_text

__all__ = ["Begun", "new_pack"]

ID = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,39}")
LONGEST = 100  # characters of a title
PACK, CASES = "pack.yaml", "cases/example.yaml"


@dataclass(frozen=True)
class Begun:
    """The folder that was made and its files."""

    folder: Path
    files: tuple[Path, ...]


def new_pack(id_: str, *, title: str | None = None, base: str | None = None, out: Path = Path()) -> Begun:
    """Make the folder ``out/id_`` of a new pack, with cases; with ``base``, an installed pack or a path, that of an overlay.

    Raises:
        Failure: the id or title cannot be one, an installed pack has the id, ``base`` is none or is wrong, or the folder is there
            already or cannot be made. Nothing is left behind.
    """
    _refuse(id_, title, base)
    folder = out / id_
    if os.path.lexists(folder):
        raise Failure([Diagnostic("packnew.E304", Place(str(folder)))])
    files = _overlay(id_, title, load_pack(base), base, folder) if base else _first(id_, title)
    _write(folder, files)
    return Begun(folder, tuple(folder / name for name in files))


def _refuse(id_: str, title: str | None, base: str | None) -> None:
    installed = find_packs()
    findings = []
    if not ID.fullmatch(id_) or safe_name(id_) != id_:
        findings.append(Diagnostic("packnew.E301", Place(id_), {"found": id_, "better": _better(id_)}))
    elif id_.casefold() in (one.casefold() for one in installed):
        findings.append(Diagnostic("packnew.E302", Place(id_), {"found": id_}))
    if title is not None and (
        not title.strip() or len(title) > LONGEST or any(unicodedata.category(c)[0] in "CZ" and c != " " for c in title)
    ):
        findings.append(Diagnostic("packnew.E305", Place(id_), {"most": LONGEST}))
    if base is not None and base not in installed and not Path(base).exists():
        near = get_close_matches(base.lower(), installed, n=1, cutoff=0.5)
        findings.append(Diagnostic("packnew.E303", Place(base), {"found": base, "near": near[0] if near else "—"}))
    if findings:
        raise Failure(findings)


def _better(id_: str) -> str:
    """Return an id like the one that was refused."""
    plain = re.sub(r"[^A-Za-z0-9]+", "-", id_).strip("-").lower()[:40].rstrip("-")
    return plain if ID.fullmatch(plain) and safe_name(plain) == plain else "my-pack"


def _first(id_: str, title: str | None) -> dict[str, str]:
    """Return the files of a pack of its own."""
    titles = {"zh": title.strip()} if title else {lang: say("packnew.title", lang) for lang in ("zh", "en")}
    letters = _free(prefix(id_))
    values = {"pack": id_, "title": flow_text(titles), "prefix": letters, "column": f"{letters.lower()}_03"}
    return {PACK: _filled("pack", values), CASES: _filled("cases", values)}


def _free(letters: str) -> str:
    """Return letters with which no id of an installed pack begins, so that both packs can be in one run."""
    taken = set()
    for path in find_packs().values():
        taken |= set(re.findall(r"\bid: ([A-Za-z0-9]+)", path.read_text(encoding="utf-8")))
    number, found = 1, letters
    while found in taken:
        number += 1
        found = f"{letters}{number}"
    return found


def _overlay(id_: str, title: str | None, loaded: LoadedPack, named: str, folder: Path) -> dict[str, str]:
    """Return the file of an overlay that says nothing new yet."""
    base = loaded.pack
    extends = base.pack if named in find_packs() else _way(folder, Path(named))
    titles = {"zh": title.strip() if title else say("packnew.county", "zh", title=base.title.zh)}
    if base.title.en and not title:
        titles["en"] = say("packnew.county", "en", title=base.title.en)
    values = {
        "pack": id_,
        "title": flow_text(titles),
        "base": base.pack,
        "extends": flow_text(extends),
        "named": named,
        "from": base.effective.from_.isoformat(),
    }
    text = _filled("overlay", values)
    for name, setting in base.settings.items():
        if setting.value is not None:
            text += _filled("overlay-setting", {"setting": name, "value": f"{setting.value:f}"})
            break
    items = [criterion.id for group in base.groups for criterion in group.criteria] + [trigger.id for trigger in base.triggers]
    return {PACK: text + (_filled("overlay-item", {"item": items[-1]}) if items else "")}


def _way(folder: Path, to: Path) -> str:
    """Return the path from a folder to a pack, as ``extends`` names it."""
    try:
        return Path(os.path.relpath(to, folder)).as_posix()
    except ValueError:  # another drive
        return to.absolute().as_posix()


def _filled(name: str, values: dict[str, str]) -> str:
    template = data_dir("templates") / "pack" / f"{name}.{language()}.yaml"
    return Template(template.read_text(encoding="utf-8")).substitute(values)


def _write(folder: Path, files: dict[str, str]) -> None:
    """Make a folder with files under a passing name beside it, and rename it when all are there."""
    part = folder.with_name(f".{folder.name}.part")
    try:
        for name, text in files.items():
            path = part / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
        part.rename(folder)
    except OSError as error:
        with suppress(OSError):
            shutil.rmtree(part)
        raise Failure([Diagnostic("packnew.E306", Place(str(folder)), {"reason": reason(error)})]) from error
