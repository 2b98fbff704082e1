"""Documents are read in a process with limits, which is replaced when one of them ends it."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import hungry_readers
import pytest
from document_files import make_all

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import DocumentError
from memgpt_autogen.memory.documents.attach import AttachProgress
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.readers.chats.open import open_chat
from memgpt_autogen.readers.open import open_bytes, open_file
from memgpt_autogen.readers.reading_process import ReadingProcess
from memgpt_autogen.settings import Settings

hungry = partial(ReadingProcess, program=hungry_readers.PROGRAM)


@pytest.fixture
def memory(tmp_path: Path) -> MemoryHierarchy:
    return open_memory("sam", settings=Settings.load(home=tmp_path / "home"))


def of(what: str, folder: Path, name: str = "a.pdf") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"%PDF- {what}", "utf-8")
    return path


def pids(texts: list[str]) -> set[str]:
    return {text.rpartition(" ")[2] for text in texts}


def test_what_a_child_reads_is_what_the_process_itself_reads(tmp_path: Path) -> None:
    make_all(tmp_path)
    page = open_bytes(b"<!doctype html><h1>Prices</h1><p>A lamp costs 40 euros \xff", "page.html")

    with ReadingProcess() as process:
        for document in (open_file(tmp_path / "letter.docx"), page):
            apart = process.reads(document)
            assert list(apart.sections()) == list(document.sections())
            assert apart.notes == document.notes


def test_what_libraries_look_at_is_opened_in_the_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cyrillic = "Лампа стоит 480 рублей, а чайник стоит вдвое больше.".encode("cp1251")
    contents = {"a.txt": cyrillic, "b.zip": zipped("chat.txt", chat("tea")), "c.html": b"<html><p>tea"}
    expected = {}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
        expected[name] = open_file(tmp_path / name)

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("the process itself has looked at it")

    monkeypatch.setattr("memgpt_autogen.readers.open.in_archive", fail)
    monkeypatch.setattr("memgpt_autogen.readers.open.recognise_encoding", fail)
    with ReadingProcess() as process:
        for name, content in contents.items():
            opened = process.open_file(tmp_path / name), process.open_bytes(content, name)
            for document in opened:
                assert (document.kind, document.digest, document.encoding, document.remark) == (
                    expected[name].kind,
                    expected[name].digest,
                    expected[name].encoding,
                    expected[name].remark,
                )
            assert opened[0].origin == expected[name].origin
            assert list(opened[0].sections())


def test_our_own_kinds_need_no_child(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The ferry leaves at nine.", "utf-8")

    with ReadingProcess(program="no program") as process:
        (section,) = process.open_file(tmp_path / "a.txt").sections()

    assert section.text == "The ferry leaves at nine."


def chat(*lines: str) -> str:
    return "".join(f"[03/05/2024, 10:0{at}:00] Ann: {line}\n" for at, line in enumerate(lines))


def zipped(name: str, text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        packed.writestr(name, text)
    return made.getvalue()


def test_an_export_of_chats_is_read_in_the_child(memory: MemoryHierarchy, tmp_path: Path) -> None:
    (tmp_path / "chat.txt").write_text(chat("Hello", "who"), "utf-8")
    memory.reading = hungry

    done = memory.import_chat(tmp_path / "chat.txt", date_order="dmy", zone="Europe/Lisbon")

    assert (done.system, done.chats, done.turns) == ("WhatsApp", 1, 2)
    said = [entry.message for entry in memory.log.everything() if entry.message.name == "Ann"]
    assert [message.text.partition(" ")[0] for message in said] == ["Hello", "who"]
    assert said[0].time.isoformat() == "2024-05-03T09:00:00+00:00"
    assert int(said[1].text.partition(" ")[2]) != os.getpid()


def test_an_export_is_the_same_in_the_child(tmp_path: Path) -> None:
    (tmp_path / "chat.txt").write_text(chat("Hello", "<Media omitted>", "Bye"), "utf-8")
    here = open_chat(tmp_path / "chat.txt", date_order="dmy")

    with ReadingProcess() as process:
        there = process.open_chat(tmp_path / "chat.txt", date_order="dmy")
        for _ in range(2):
            assert list(there.turns()) == list(here.turns())
            assert there.notes == here.notes
        assert (there.name, there.system) == (here.name, here.system)
        (tmp_path / "no.txt").write_text("Hello", "utf-8")
        with pytest.raises(DocumentError, match="no export of chats that is known"):
            process.open_chat(tmp_path / "no.txt")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "why"), [("time", "takes more than 1 s"), ("end", "exit code 7"), ("panic", "PanicError")]
)
def test_a_bad_export_is_named_and_nothing_of_it_is_imported(
    what: str, why: str, memory: MemoryHierarchy, tmp_path: Path
) -> None:
    (tmp_path / "chat.txt").write_text(chat("Hello", what), "utf-8")
    memory.reading = partial(hungry, seconds=1)
    before = memory.log.last_seq()

    with pytest.raises(DocumentError, match=rf"chat\.txt was not read.*{why}"):
        memory.import_chat(tmp_path / "chat.txt", date_order="dmy")

    assert memory.log.last_seq() == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="memory is not limited on Windows")
@pytest.mark.parametrize("what", ["memory", "large"])
def test_a_document_that_takes_all_memory_is_refused(what: str, tmp_path: Path) -> None:
    path = of(what, tmp_path)

    with hungry(megabytes=300) as process, pytest.raises(DocumentError) as error:
        list(process.reads(open_file(path)).sections())

    assert str(error.value) == (
        "a.pdf was not read: it takes more than 300 MB of memory, the limit for a file of its size. Set "
        "document_megabytes to more than 300, or convert the file, for example to plain text."
    )


@pytest.mark.slow
@pytest.mark.parametrize("what", ["time", "busy"])
def test_a_document_that_takes_too_long_is_refused(what: str, tmp_path: Path) -> None:
    path = of(what, tmp_path)

    with hungry(seconds=1) as process, pytest.raises(DocumentError) as error:
        list(process.reads(open_file(path)).sections())

    assert str(error.value) == (
        "a.pdf was not read: it takes more than 1 s, the limit for a file of its size. Set "
        "document_seconds to more than 1, or convert the file, for example to plain text."
    )


@pytest.mark.slow
def test_one_bad_file_never_ends_the_load_of_a_folder(memory: MemoryHierarchy, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    bad = ["end", "abort", "panic", "deep", "time"]
    bad += [] if sys.platform == "win32" else ["memory"]
    for number, what in enumerate(bad):
        of(what, folder, f"{number}-{what}.pdf")
        of("work", folder, f"{number}-works.pdf")
    (folder / "note.md").write_text("Our own code reads this.", "utf-8")
    memory.reading = partial(hungry, seconds=1.5, megabytes=300)
    told: list[AttachProgress] = []

    attached = memory.attach(folder, told=told.append)

    works = [f"{number}-works.pdf" for number in range(len(bad))]
    assert [source.name for source in attached.came] == sorted([*works, "note.md"])
    assert [Path(path).stem.partition("-")[2] for path, _ in attached.failed] == bad
    errors = dict(zip(bad, [error for _, error in attached.failed], strict=True))
    assert "ended the process that reads documents (exit code 7)" in errors["end"]
    assert "PanicError: index out of range" in errors["panic"]
    assert "too deep" in errors["deep"]
    assert "more than 2 s" in errors["time"]
    assert [memory.archival.count(sources=[f"{n}-{what}.pdf"]) for n, what in enumerate(bad)] == [0] * len(
        bad
    )
    assert told[-1].document == told[-1].documents == 2 * len(bad) + 1


def test_a_folder_is_read_by_one_process(memory: MemoryHierarchy, tmp_path: Path) -> None:
    for number in range(5):
        of("print", tmp_path / "files", f"{number}.pdf")
    memory.reading = hungry

    memory.attach(tmp_path / "files")

    found = [passage.text for passage in memory.archival.list().items]
    assert len(found) == 5
    assert len(pids(found)) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(int(pids(found).pop().rstrip(".")), 0)


def test_a_document_that_nobody_reads_to_the_end_does_not_disturb_the_next(tmp_path: Path) -> None:
    path = of("long", tmp_path)

    with hungry() as process:
        begun = process.reads(open_file(path)).sections()
        first = next(begun)
        begun.close()
        whole = [section.page for section in process.reads(open_file(path)).sections()]

    assert first.page == 1
    assert whole[0] == 1
    assert whole[-1] == 499


def test_a_file_that_is_refused_does_not_need_another_process(tmp_path: Path) -> None:
    broken, page = open_bytes(b"PK\3\4 word/", "a.docx"), open_bytes(b"<html><p>tea", "a.html")

    with ReadingProcess() as process:
        with pytest.raises(DocumentError, match=r"a\.docx"):
            list(process.reads(broken).sections())
        child = process._child
        assert [section.text for section in process.reads(page).sections()] == ["tea"]
        assert process._child is child


def test_an_interpreter_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocessing.spawn.get_executable", lambda: "/nowhere/python")

    with (
        ReadingProcess() as process,
        pytest.raises(DocumentError, match=r"/nowhere/python, cannot start: No"),
    ):
        list(process.reads(open_bytes(b"<html><p>tea", "a.html")).sections())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a busy child ends a little later")
@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_the_child_ends_with_its_parent(stop: signal.Signals, tmp_path: Path) -> None:
    path = of("busy", tmp_path)
    program = (
        "import signal, sys, hungry_readers\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job has none\n"
        "from memgpt_autogen.readers.open import open_file\n"
        "from memgpt_autogen.readers.reading_process import ReadingProcess, _asked_for\n"
        "from pathlib import Path\n"
        "with ReadingProcess(program=hungry_readers.PROGRAM) as process:\n"
        "    document = process.reads(open_file(Path(sys.argv[1])))\n"
        "    found = document.sections()\n"
        "    process._ask(_asked_for(document), 2000)\n"
        "    print(process._child.pid, flush=True)\n"
        "    process._answer(60)\n"
        "    process._answer(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen(
        [sys.executable, "-c", program, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.5)

    parent.send_signal(stop)
    parent.communicate(timeout=20)

    assert _soon(lambda: not _runs(child))


def _runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def _soon(is_so: Callable[[], bool]) -> bool:
    end = time.monotonic() + 10
    while not (found := is_so()) and time.monotonic() < end:
        time.sleep(0.05)
    return found
