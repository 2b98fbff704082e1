"""Names of models in folders."""

from __future__ import annotations

from pathlib import Path

from memgpt_autogen.llm.embedders.local import fingerprint


def test_a_folders_name_stays_when_it_moves_and_changes_when_the_model_does(tmp_path: Path) -> None:
    first, second = tmp_path / "one" / "model", tmp_path / "two" / "model"
    for folder in (first, second):
        folder.mkdir(parents=True)
        (folder / "model.onnx").write_bytes(b"x" * 1_000_000)
        (folder / "README.md").write_text(str(folder))

    assert fingerprint(first) == fingerprint(second)
    (second / "model.onnx").write_bytes(b"x" * 500_000 + b"y" * 500_000)
    assert fingerprint(first) != fingerprint(second)
