"""Write a BERT of two layers with random weights in the layout of sentence-transformers."""

import json
from pathlib import Path

from app.models.catalogue import entry
from app.models.verify import write_manifest

WORDS = [
    "how",
    "many",
    "days",
    "of",
    "leave",
    "travel",
    "expenses",
    "are",
    "paid",
    "parking",
    "garage",
    "query",
    "passage",
]
DIMENSION = 32


def write_model(folder: Path, *, dimension: int = DIMENSION, seed: int = 3) -> None:
    """Write it into an empty folder; it knows WORDS alone and reads 64 tokens."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", ":", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", model_max_length=64
    ).save_pretrained(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=dimension,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
    )
    BertModel(config).save_pretrained(folder)
    (folder / "modules.json").write_text(
        json.dumps(
            [
                {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
                {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            ]
        )
    )
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(
        json.dumps({"word_embedding_dimension": dimension, "pooling_mode_mean_tokens": True})
    )


def install(models_dir: Path, *models: str) -> None:
    """Install one under each of these names of the catalogue, each with other weights and longer vectors."""
    for number, model in enumerate(models):
        folder = models_dir / model
        folder.mkdir(parents=True)
        write_model(folder, dimension=DIMENSION * (1 + number), seed=3 + number)
        write_manifest(entry(model), folder)


def texts(count: int) -> list[str]:
    """Return texts of different lengths."""
    return [" ".join(WORDS[: 1 + number % len(WORDS)]) for number in range(count)]
