"""The packed embedder becomes an ordinary one that computes the same vectors."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.models.catalogue import TRIAL_EMBEDDER, entry
from app.models.e5 import dequantise, read_packed
from app.models.verify import is_installed
from retrieval.errors import ModelFileRejected

GOLDEN = Path(__file__).parent / "golden" / "e5_vectors.json"
MODELS_DIR = Path("~/.cache/intramuros/models").expanduser()


def test_q4_blocks_are_read_low_half_first() -> None:
    """Byte j holds weight j in its low and weight j + 16 in its high half; 8 is zero; the scale is an fp16."""
    packed = np.float16(0.5).tobytes() + bytes([0xF8, 0x08]) + bytes([0x88] * 14)
    weights = dequantise(packed, 32)
    assert weights[:2].tolist() == [0.0, 0.0]
    assert weights[16:18].tolist() == [3.5, -4.0]
    assert not weights[18:].any()


@pytest.mark.parametrize("content", [b"", b"E5S1", b"GGUF" + bytes(200)])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """Truncated or foreign bytes end as a refusal with a remedy, not as a traceback."""
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(content)
    with pytest.raises(ModelFileRejected, match="layout") as refused:
        read_packed(path)
    assert "models fetch" in refused.value.remedy


@pytest.mark.slow
def test_vectors_are_those_of_the_packed_engine() -> None:
    """Ten texts in five languages get the vectors (cosine over 0.999) and token counts of another implementation."""
    if not is_installed(entry(TRIAL_EMBEDDER), MODELS_DIR):
        pytest.skip("model: the trial embedder is not installed; `intramuros models fetch` installs it")
    from sentence_transformers import SentenceTransformer  # heavy: only this test loads a model

    cases = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
    model = SentenceTransformer(str(MODELS_DIR / TRIAL_EMBEDDER), device="cpu", local_files_only=True)
    texts = [("query: " if case["is_query"] else "passage: ") + case["text"] for case in cases]
    vectors = np.asarray(model.encode(texts))
    golden = np.array([case["vector"] for case in cases], dtype=np.float32)
    cosines = (
        (vectors * golden).sum(axis=1) / np.linalg.norm(vectors, axis=1) / np.linalg.norm(golden, axis=1)
    )
    assert cosines.min() > 0.999
    assert [len(model.tokenizer(text)["input_ids"]) for text in texts] == [case["tokens"] for case in cases]
