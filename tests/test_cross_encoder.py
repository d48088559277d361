"""Hold the reading of passages beside the question: with a real, tiny cross-encoder, and with one that is away."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.readiness import Readiness, reranker_probe
from retrieval.cross_encoder import CrossEncoderReranker
from retrieval.errors import RerankerUnavailable
from retrieval.fuse import Fused
from retrieval.rank import Candidate, rerank
from retrieval.types import FloatVector, Passage

WORDS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "leave", "hotel", "days", "paid", "of", "the", "how", "many")
PASSAGE = Passage(
    "c", "d", "v", "handbook", "", "a.txt", "text/plain", "en", (), "paid", 0, None, (), "2026-01-01"
)


@pytest.fixture(scope="module", params=[1, 2], ids=["one score", "two classes"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Write a cross-encoder of one layer with seeded weights; a second one tells two classes apart."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from tokenizers.processors import TemplateProcessing
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny")
    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.post_processor = TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", vocabulary["[CLS]"]), ("[SEP]", vocabulary["[SEP]"])],
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]", model_max_length=64,
    )  # fmt: skip
    fast.save_pretrained(folder)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=64, num_labels=request.param, initializer_range=1.0,
    )  # fmt: skip
    BertForSequenceClassification(config).eval().save_pretrained(folder)
    return folder, int(request.param)


def test_scores_are_the_models(model: tuple[Path, int]) -> None:
    """Each pair's score is what the network itself gives, in the order of the texts, however many threads ask."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    folder, labels = model
    reranker = CrossEncoderReranker(folder, name="tiny")
    question, texts = (
        "how many days of leave",
        ["the hotel", "leave days", "days days days of the leave", "paid"],
    )
    if labels == 2:
        with pytest.raises(RerankerUnavailable, match="no single score"):
            reranker.scores(question, texts)
        return
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = AutoModelForSequenceClassification.from_pretrained(folder, local_files_only=True).eval()
    with torch.inference_mode():
        inputs = tokenizer([question] * len(texts), texts, padding=True, return_tensors="pt")
        expected = network(**inputs).logits[:, 0].numpy()
    with ThreadPoolExecutor(4) as pool:
        for found in pool.map(lambda _: reranker.scores(question, texts), range(8)):
            np.testing.assert_allclose(found, expected, atol=1e-4)
    assert np.ptp(expected) > 1
    assert reranker.scores(question, []).shape == (0,)


def test_damaged_model_is_unavailable(tmp_path: Path) -> None:
    """A folder without a model says what to do; nothing is fetched instead."""
    with pytest.raises(RerankerUnavailable) as refused:
        CrossEncoderReranker(tmp_path, name="bge").scores("leave", ["days"])
    assert "models verify bge" in refused.value.remedy


class ByLength:
    """A Reranker that prefers short texts."""

    def scores(self, question: str, texts: Sequence[str]) -> FloatVector:
        """Return the negative lengths."""
        del question
        return np.array([-len(text) for text in texts], np.float32)


def scored(*pairs: tuple[str, float]) -> list[tuple[Candidate, float]]:
    """Return candidates of these texts, which are their ids too, with their scores."""
    return [
        (Candidate(Fused(text, 0.0, None, None), replace(PASSAGE, chunk_id=text, text=text)), score)
        for text, score in pairs
    ]


def test_first_candidates_are_put_in_the_rerankers_order() -> None:
    """Those it reads get its order and keep the mean of their scores; the others keep their own."""
    before = scored(("aaaa", 4.0), ("aaa", 3.0), ("aa", 2.0), ("a", 0.0))
    after = rerank("?", before, ByLength(), 3)
    assert [one.fused.chunk_id for one, _ in after] == ["aa", "aaa", "aaaa", "a"]
    assert np.mean([score for _, score in after[:3]]) == pytest.approx(3.0)
    assert np.std([score for _, score in after[:3]]) == pytest.approx(np.std([4, 3, 2]))
    assert after[3][1] == 0.0


@pytest.mark.parametrize("count", [0, 1])
def test_little_to_order_stays_as_it_is(count: int) -> None:
    """None or one has no order."""
    before = scored(("a", 1.0))[:count]
    assert rerank("?", before, ByLength(), 20) == before


def test_readiness_says_that_it_is_away_and_not_where_it_lies(tmp_path: Path) -> None:
    """Whoever probes reads that passages are not judged; the folder stays in the log."""
    away = Readiness({"reranker": reranker_probe(CrossEncoderReranker(tmp_path, name="bge"))})
    assert list(away.faults()) == ["reranker"]
    assert str(tmp_path) not in away.faults()["reranker"]
    assert Readiness({"reranker": reranker_probe(ByLength())}).faults() == {}
