"""Evidence files: taken by content, kept whole under their SHA-256, missed and noticed when they are not what they were."""

import errno
import hashlib
import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_ledgers import OWNER, add, in_english, move, new_ledger, run

from evaluator.commands.attach import COMMANDS
from evaluator.commands.ledger import COMMANDS as LEDGER
from evaluator.diagnostics import Failure
from evaluator.ledger import attachments, filekinds
from evaluator.ledger.attachments import Incoming, attach, check_files, folder_of, incoming, path_of
from evaluator.ledger.entries import Issue
from evaluator.ledger.store import Store

DAY = date(2024, 2, 1)
JPG = b"\xff\xd8\xff\xe0" + b"picture" * 40
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def office(*parts: str, types: str = "<Types/>") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", types)
        for part in parts:
            archive.writestr(part, "<x/>")
    return made.getvalue()


def plain_zip(*parts: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    return made.getvalue()


def locked(data: bytes) -> bytes:
    """Return a zip whose directory says of each part that it is encrypted."""
    pieces = data.split(b"PK\x01\x02")
    return b"PK\x01\x02".join([pieces[0], *(one[:4] + b"\x01" + one[5:] for one in pieces[1:])])


def box(brand: bytes) -> bytes:
    return b"\x00\x00\x00\x18ftyp" + brand + b"\x00\x00\x00\x00" + brand + b"    " + b"film" * 20


def ole(*names: str) -> bytes:
    return OLE + b"".join(f"{name}\0".encode("utf-16-le") for name in names)


TAKEN = {
    "照片.jpg": (JPG, "照片.jpg"),
    "照片.JPEG": (JPG, "照片.jpeg"),
    "a.png": (PNG, "a.png"),
    "a.gif": (b"GIF89a" + bytes(20), "a.gif"),
    "a.webp": (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a.webp"),
    "a.heic": (box(b"heic"), "a.heic"),
    "a.pdf": (b"%PDF-1.7\n...", "a.pdf"),
    "文件.ofd": (plain_zip("OFD.xml", "Doc_0/Document.xml"), "文件.ofd"),
    "a.docx": (office("word/document.xml"), "a.docx"),
    "a.xlsx": (office("xl/workbook.xml"), "a.xlsx"),
    "a.pptx": (office("ppt/presentation.xml"), "a.pptx"),
    "a.wps": (ole("Root Entry", "WordDocument"), "a.wps"),
    "a.et": (ole("Root Entry", "Workbook"), "a.et"),
    "a.txt": ("会议记录\r\n".encode("gb18030"), "a.txt"),
    "a.csv": ("日期,人数\n2024-02-01,12\n".encode(), "a.csv"),
    "b.txt": ("记录".encode("utf-16"), "b.txt"),
    "MZ.csv": (b"MZ,MX\n1,2\n", "MZ.csv"),
    "a.mp4": (box(b"isom"), "a.mp4"),
    "a.mov": (box(b"qt  "), "a.mov"),
    # called something else than it is: the bytes decide
    "a.exe": (JPG, "a.exe.jpg"),
    "b.pdf": (PNG, "b.pdf.png"),
    "无后缀": (JPG, "无后缀.jpg"),
}  # fmt: skip
REFUSED = {
    "a.html": (b"<!DOCTYPE html><p>x</p>", "E807"),
    "html.txt": (b"  \n<html><body>x", "E807"),
    "late.txt": ("记录" * 3000 + "<script>x()</script>", "E807"),
    "a.svg": (b'<?xml version="1.0"?><svg/>', "E807"),
    "svg.jpg": (b"<svg xmlns='x'/>", "E807"),
    "a.mht": (b"MIME-Version: 1.0\n\nx", "E807"),
    "a.js": (b"alert(1)", "E814"),
    "a.bat": (b"del x", "E814"),
    "无后缀": (b"only text", "E814"),
    "a.exe": (b"MZ\x90\x00\x03\x00", "E809"),
    "exe.jpg": (b"MZ\x90\x00\x03\x00", "E809"),
    "elf": (b"\x7fELF\x02\x01", "E809"),
    "a.lnk": (b"L\x00\x00\x00\x01\x14\x02\x00x", "E809"),
    "a.sh": (b"#!/bin/sh\nx", "E809"),
    "sh.txt": (b"#!/bin/sh\nx", "E809"),
    "a.zip": (plain_zip("a.jpg"), "E808"),
    "zip.docx": (plain_zip("a.jpg"), "E808"),
    "a.rar": (b"Rar!\x1a\x07\x00", "E808"),
    "a.7z": (b"7z\xbc\xaf\x27\x1c\x00", "E808"),
    "a.gz": (b"\x1f\x8b\x08\x00", "E808"),
    "a.docm": (office("word/document.xml", "word/vbaProject.bin"), "E810"),
    "macro.docx": (office("word/document.xml", "word/vbaProject.bin"), "E810"),
    "enabled.xlsx": (office("xl/workbook.xml", types="<x ContentType='vnd.ms-excel.sheet.macroEnabled.main+xml'/>"), "E810"),
    "sheet.xlsx": (office("xl/workbook.xml", "xl/macrosheets/sheet1.xml"), "E810"),
    "macro.doc": (ole("WordDocument", "_VBA_PROJECT"), "E810"),
    "locked.docx": (ole("EncryptedPackage"), "E811"),
    "secret.xlsx": (locked(office("xl/workbook.xml")), "E811"),
    "both.docx": (office("word/document.xml", "xl/workbook.xml"), "E808"),
    "a.msi": (ole("Root Entry", "Else"), "E812"),
    "a.db": (b"SQLite format 3\x00" + bytes(30), "E812"),
    "a.avif": (box(b"avif"), "E812"),
    "cut.docx": (office("word/document.xml")[:60], "E813"),
    "a.rtf": (b"{\\rtf1 x}", "E814"),
    "empty.jpg": (b"", "E804"),
}  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_ledger(tmp_path / "ledger.db")
    yield made
    made.close()


def give(store: Store, issue: Issue, path: Path, stage: str = "after", on: date = DAY, **more: str) -> list[str]:
    """Attach one file and return the codes of the warnings."""
    with incoming(store.path, [path]) as taken, store.change(OWNER, DAY, "test") as change:
        return [one.code for one in attach(change, change.issue(issue.id), taken, stage, on, **more)]


def refused(store: Store, issue: Issue, *paths: Path, stage: str = "after", on: date = DAY, **more: str) -> list[str]:
    with (
        pytest.raises(Failure) as caught,
        incoming(store.path, paths) as taken,
        store.change(OWNER, DAY, "test") as change,
    ):
        attach(change, change.issue(issue.id), taken, stage, on, **more)
    return [one.code for one in caught.value.findings]


def written(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def kept_files(store: Store) -> list[Path]:
    return [path for path in folder_of(store.path).rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", TAKEN)
def test_a_file_is_kept_whole_under_its_hash(store: Store, tmp_path: Path, name: str) -> None:
    data, cleaned = TAKEN[name]
    issue = add(store)
    give(store, issue, written(tmp_path / name, data))
    entry = store.entry(issue.id)
    assert isinstance(entry, Issue)
    (one,) = entry.attachments
    sha = hashlib.sha256(data).hexdigest()
    assert (one.name, one.sha256, one.size, one.stage, one.taken_on, one.by) == (cleaned, sha, len(data), "after", DAY, "王平")
    (kept,) = kept_files(store)
    assert kept == path_of(store.path, one)
    assert kept.parent.name + kept.stem == sha
    assert kept.read_bytes() == data
    assert check_files(store) == (1, [])


@pytest.mark.parametrize("name", REFUSED)
def test_what_could_run_or_cannot_be_read_is_refused_by_its_content(store: Store, tmp_path: Path, name: str) -> None:
    data, code = REFUSED[name]
    issue = add(store)
    before = store.head()
    assert refused(store, issue, written(tmp_path / name, data)) == [code]
    assert store.head() == before
    assert not folder_of(store.path).exists()


def test_all_bad_files_are_named_in_one_pass_and_none_is_kept(store: Store, tmp_path: Path) -> None:
    issue = add(store)
    good = written(tmp_path / "good.jpg", JPG)
    bad = [written(tmp_path / name, REFUSED[name][0]) for name in ("a.html", "a.zip", "empty.jpg")]
    assert refused(store, issue, good, *bad, tmp_path / "none.jpg", tmp_path) == ["E802", "E807", "E808", "E804", "E801"]
    assert not folder_of(store.path).exists()


@pytest.mark.skipif(not hasattr(os, "symlink") or os.name == "nt", reason="links need a privilege on Windows")
def test_no_link_is_followed(store: Store, tmp_path: Path) -> None:
    issue = add(store)
    link = tmp_path / "link.jpg"
    link.symlink_to(written(tmp_path / "real.jpg", JPG))
    assert refused(store, issue, link) == ["E803"]
    (tmp_path / "elsewhere").mkdir()
    folder_of(store.path).symlink_to(tmp_path / "elsewhere")
    assert refused(store, issue, tmp_path / "real.jpg") == ["E816"]
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_pipe_does_not_hang_the_command(store: Store, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    assert refused(store, add(store), tmp_path / "pipe.jpg") == ["E802"]


def test_sizes_are_limited_films_more_widely(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filekinds, "LIMIT", 1000)
    for module in (filekinds, attachments):
        monkeypatch.setattr(module, "FILM_LIMIT", 3000)
    issue = add(store)
    assert refused(store, issue, written(tmp_path / "a.jpg", JPG + bytes(1000))) == ["E805"]
    assert refused(store, issue, written(tmp_path / "a.mp4", box(b"isom") + bytes(3000))) == ["E805"]
    give(store, issue, written(tmp_path / "b.mp4", box(b"isom") + bytes(1000)))
    give(store, issue, written(tmp_path / "b.jpg", JPG + bytes(1000 - len(JPG))))


def test_a_file_that_grows_while_it_is_read_is_cut_off(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "FILM_LIMIT", 3000)
    monkeypatch.setattr(attachments, "_opened", lambda file: os.open(file, os.O_RDONLY))
    assert refused(store, add(store), written(tmp_path / "a.mp4", box(b"isom") + bytes(3000))) == ["E805"]
    assert not folder_of(store.path).exists()


def test_an_issue_has_a_limited_number_of_files(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MOST", 2)
    issue = add(store)
    for n in range(2):
        give(store, issue, written(tmp_path / f"{n}.jpg", JPG + bytes([n])))
    assert refused(store, issue, written(tmp_path / "3.jpg", JPG)) == ["E822"]
    assert len(kept_files(store)) == 2


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("a\u202egpj.jpg", "a_gpj.jpg"),
        ("CON.jpg", "_CON.jpg"),
        (".jpg", "jpg.jpg"),
        ("a .jpg", "a.jpg"),
        ("长" * 80 + ".jpg", "长" * 50 + ".jpg"),
    ],
)
def test_names_are_cleaned(store: Store, tmp_path: Path, name: str, cleaned: str) -> None:
    issue = add(store)
    give(store, issue, written(tmp_path / name, JPG))
    entry = store.entry(issue.id)
    assert isinstance(entry, Issue)
    assert entry.attachments[0].name == cleaned


@given(name=st.text(min_size=1, max_size=60))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    one = Incoming("", f"{name}.jpg", "ab" * 32, 1, Path())
    assert path_of(Path("folder/ledger.db"), one) == Path("folder/ledger.db.files/ab") / ("ab" * 31 + ".jpg")
    assert path_of(Path("folder/ledger.db"), replace(one, name=name)).parent == Path("folder/ledger.db.files/ab")


def test_equal_bytes_are_noticed_said_and_recorded(store: Store, tmp_path: Path) -> None:
    first, second = add(store), add(store)
    picture = written(tmp_path / "a.jpg", JPG)
    assert give(store, first, picture, "before") == []
    assert give(store, first, written(tmp_path / "b.jpg", JPG), "after") == ["W831"]
    assert refused(store, first, picture, stage="after") == ["E820"]
    assert give(store, second, picture, "after") == ["W832"]
    assert len(kept_files(store)) == 1
    told = [event.data.get("same_as") for event in store.events() if event.action == "attach"]
    assert told[:2] == [None, [{"entry": first.id, "stage": "before"}]]
    assert told[2] == [{"entry": first.id, "stage": "before"}, {"entry": first.id, "stage": "after"}]
    # The same text handed in as .txt and as .csv is one file, too.
    assert give(store, first, written(tmp_path / "a.txt", "记录"), "during") == []
    assert give(store, second, written(tmp_path / "b.csv", "记录"), "during") == ["W832"]
    assert len(kept_files(store)) == 2


def test_the_same_file_twice_in_one_command_is_refused(store: Store, tmp_path: Path) -> None:
    assert refused(store, add(store), written(tmp_path / "a.jpg", JPG), written(tmp_path / "b.jpg", JPG)) == ["E820"]
    assert not folder_of(store.path).exists()


def test_days_make_sense(store: Store, tmp_path: Path) -> None:
    issue = add(store)
    picture = written(tmp_path / "a.jpg", JPG)
    assert refused(store, issue, picture, on=date(2024, 2, 2)) == ["E821"]
    assert give(store, issue, picture, on=date(2024, 1, 4)) == ["W833"]
    entry = store.entry(issue.id)
    assert isinstance(entry, Issue)
    assert not entry.proofs()
    assert give(store, issue, written(tmp_path / "b.jpg", JPG + b"x"), on=date(2024, 1, 5)) == []
    entry = store.entry(issue.id)
    assert isinstance(entry, Issue)
    assert [one.name for one in entry.proofs()] == ["b.jpg"]


def test_a_version_replaces_another_of_the_same_issue(store: Store, tmp_path: Path) -> None:
    issue = add(store)
    old = hashlib.sha256(JPG).hexdigest()
    give(store, issue, written(tmp_path / "a.jpg", JPG))
    new = written(tmp_path / "b.jpg", JPG + b"new")
    assert refused(store, issue, new, supersedes=old[:7]) == ["E825"]
    assert refused(store, add(store), new, supersedes=old) == ["E825"]
    assert give(store, issue, new, supersedes=old[:8].upper()) == []
    entry = store.entry(issue.id)
    assert isinstance(entry, Issue)
    assert [one.supersedes for one in entry.attachments] == ["", old]
    assert [one.name for one in entry.proofs()] == ["b.jpg"]  # what was replaced proves nothing any more
    assert refused(store, issue, written(tmp_path / "c.jpg", JPG + b"c"), supersedes=old) == ["E825"]


def test_what_the_lifecycle_refuses_leaves_no_file(store: Store, tmp_path: Path) -> None:
    issue = add(store, "transferred", closed=date(2024, 1, 20))
    assert refused(store, issue, written(tmp_path / "a.jpg", JPG), on=date(2024, 3, 1), stage="later") == ["E821", "E824", "E201"]
    assert not folder_of(store.path).exists()


def test_a_file_is_on_the_disk_before_it_has_its_name(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, replace_ = os.fsync, Path.replace
    monkeypatch.setattr(attachments.os, "fsync", lambda handle: steps.append("flushed") or fsync(handle))
    monkeypatch.setattr(Path, "replace", lambda self, target: steps.append("named") or replace_(self, target))
    give(store, add(store), written(tmp_path / "a.jpg", JPG))
    assert steps[:2] == ["flushed", "named"]
    assert steps[2:] == (["flushed", "flushed"] if os.name == "posix" else [])  # the folders


@pytest.mark.parametrize("broken", ["fsync", "write", "replace"])
def test_a_full_disk_leaves_nothing_half_done(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    issue = add(store)
    picture = written(tmp_path / "a.jpg", JPG)
    before = store.head()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        if broken == "fsync":
            patch.setattr(attachments.os, "fsync", full)
        elif broken == "write":
            patch.setattr(attachments.tempfile, "mkstemp", full)
        else:
            patch.setattr(Path, "replace", full)
        assert refused(store, issue, picture) == ["E815"]
    assert store.head() == before
    assert not kept_files(store)
    give(store, issue, picture)


def test_a_second_file_that_finds_no_place_takes_the_first_along(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issue = add(store)
    files = [written(tmp_path / f"{n}.jpg", JPG + bytes([n])) for n in range(2)]
    replace, calls = Path.replace, []

    def once(self: Path, target: Path) -> Path:
        calls.append(target)
        if len(calls) == 2:
            raise OSError(errno.EROFS, "Read-only file system")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", once)
    assert refused(store, issue, *files) == ["E815"]
    assert len(calls) == 2
    assert not kept_files(store)
    assert not store.holding(hashlib.sha256(files[0].read_bytes()).hexdigest())


def test_a_folder_that_cannot_be_made_is_one_sentence(store: Store, tmp_path: Path) -> None:
    folder_of(store.path).write_text("in the way")
    assert refused(store, add(store), written(tmp_path / "a.jpg", JPG)) == ["E815"]


def test_check_names_what_is_missing_changed_and_unknown(store: Store, tmp_path: Path) -> None:
    issue, other = add(store), add(store)
    for n in range(4):
        give(store, issue, written(tmp_path / f"{n}.jpg", JPG + bytes([n])))
    give(store, other, written(tmp_path / "other.jpg", JPG))
    entry = store.entry(issue.id)
    assert isinstance(entry, Issue)
    gone, longer, altered, _ = (path_of(store.path, one) for one in entry.attachments)
    gone.unlink()
    longer.write_bytes(longer.read_bytes() + b"x")
    altered.write_bytes(b"\xff\xd8\xfe" + altered.read_bytes()[3:])
    written(folder_of(store.path) / "stray.jpg", JPG)
    written(folder_of(store.path) / ".part-x", JPG)
    count, faults = check_files(store)
    assert count == 5
    assert [(one.why, one.name) for one in faults] == [
        ("missing", "0.jpg"), ("changed", "1.jpg"), ("changed", "2.jpg"), ("unfinished", ""), ("unreferenced", ""),
    ]  # fmt: skip
    assert all(one.issue == issue.number for one in faults[:3])
    assert [one.why for one in check_files(store, entry)[1]] == ["missing", "changed", "changed"]
    # Attaching the same bytes again, for another stage, mends the file.
    give(store, issue, written(tmp_path / "again.jpg", JPG + bytes([0])), "during")
    assert [one.why for one in check_files(store, entry)[1]] == ["changed", "changed"]


def test_a_kept_file_that_became_a_link_is_changed(store: Store, tmp_path: Path) -> None:
    issue = add(store)
    give(store, issue, written(tmp_path / "a.jpg", JPG))
    (kept,) = kept_files(store)
    kept.unlink()
    kept.symlink_to(tmp_path / "a.jpg")
    assert [one.why for one in check_files(store)[1]] == ["changed"]


def test_evidence_of_the_time_after_lets_an_issue_be_submitted(store: Store, tmp_path: Path) -> None:
    issue = add(store)
    with pytest.raises(Failure):
        move(store, issue, "submit", DAY, OWNER, done_on="2024-02-01", text="已补开")
    give(store, issue, written(tmp_path / "a.jpg", JPG))
    assert move(store, issue, "submit", DAY, OWNER, done_on="2024-02-01", text="已补开").state == "submitted"
    assert store.rebuild() == []


def test_a_look_back_photo_is_attached_to_what_is_closed(store: Store, tmp_path: Path) -> None:
    issue = add(store, "closed", closed=date(2024, 1, 20))
    assert give(store, issue, written(tmp_path / "a.jpg", JPG)) == []
    kept = store.entry(issue.id)
    assert isinstance(kept, Issue)
    assert (kept.state, [one.name for one in kept.attachments]) == ("closed", ["a.jpg"])
    for state in ("dismissed", "transferred", "merged"):
        ended = add(store, state, closed=date(2024, 1, 20))
        assert refused(store, ended, written(tmp_path / "b.jpg", JPG + b"b")) == ["E201"]


def test_a_backup_takes_the_files_along(store: Store, tmp_path: Path) -> None:
    give(store, add(store), written(tmp_path / "a.jpg", JPG))
    (tmp_path / "usb").mkdir()
    target = tmp_path / "usb" / "copy.db"
    told = ("--ledger", store.path, "--as-of", "2024-02-01")
    made = run(LEDGER, "backup", target, *told)
    assert made.exit_code == 0, made.output
    copy = Store.open(target)
    assert check_files(copy) == (1, [])
    assert [path.read_bytes() for path in kept_files(copy)] == [JPG]
    copy.close()
    bare = new_ledger(tmp_path / "bare.db")
    assert run(LEDGER, "backup", tmp_path / "bare-copy.db", "--ledger", bare.path, *told[2:]).exit_code == 0
    assert not folder_of(tmp_path / "bare-copy.db").exists()
    bare.close()
    left = folder_of(tmp_path / "other.db")
    left.mkdir()  # of a ledger that is not there any more
    assert "E815" in run(LEDGER, "backup", tmp_path / "other.db", *told).output


def test_the_commands_say_what_they_did(store: Store, tmp_path: Path) -> None:
    issue = add(store)
    picture = written(tmp_path / "会议[bold].jpg", JPG)
    who = ("--ledger", store.path, "--as-of", "2024-02-01", "--actor", "王平", "--unit", "青禾社区党支部", "--role", "owner")
    asked = ("attach", issue.number, picture, "--stage", "before", "--taken-on", "2024-01-06", "--text", "原貌", *who)
    result = run(COMMANDS, *asked)
    assert result.exit_code == 0, result.output
    assert f"{issue.number} 已附 1 个文件(整改前)" in result.output
    result = run(COMMANDS, *(word if word != "before" else "after" for word in asked))
    assert "W831" in result.output
    assert "--supersedes" not in result.output
    listed = run(COMMANDS, "files", issue.number, *who[:4])
    assert "会议[bold].jpg" in listed.output
    assert "原貌" in listed.output
    assert all(len(line.encode("gb18030")) <= 80 for line in listed.output.splitlines())
    assert run(COMMANDS, "files", "--check", *who[:4]).output == "1 个佐证文件全部完好\n"
    kept_files(store)[0].unlink()
    checked = run(COMMANDS, "files", "--check", *who[:4])
    assert checked.exit_code == 1
    assert "缺失" in checked.output
    assert run(COMMANDS, "files", *who[:4]).exit_code == 2
    assert run(COMMANDS, "files", "云台-2024-9999", *who[:4]).exit_code == 2
    with in_english():
        assert "missing" in run(COMMANDS, "files", issue.number, "--check", *who[:4]).output
