"""Read what the folder of an embedding model says of it, without loading the model: this needs no torch."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.errors import EmbedderUnavailable

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Where a model says how many tokens it reads, in the order in which sentence-transformers believes them.
_LIMITS = (
    ("sentence_bert_config.json", "max_seq_length"),
    ("tokenizer_config.json", "model_max_length"),
    ("config.json", "max_position_embeddings"),
)


def dimension_of(model_dir: Path, *, remedy: str) -> int:
    """Return the length of a vector, from the model's description. Raises EmbedderUnavailable."""
    try:
        return int(json.loads((model_dir / "config.json").read_text(encoding="utf-8"))["hidden_size"])
    except (OSError, ValueError, KeyError) as error:
        raise EmbedderUnavailable(f"no embedding model in {model_dir}: {error}", remedy=remedy) from error


def longest_of(model_dir: Path) -> int | None:
    """Return how many tokens the model reads, special ones among them; None where its folder does not say."""
    for name, key in _LIMITS:
        try:
            return int(json.loads((model_dir / name).read_text(encoding="utf-8"))[key])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # the next file may say it
    return None


def open_tokenizer(model_dir: Path, *, remedy: str) -> "Tokenizer":
    """Return the model's tokenizer, which neither cuts nor pads. Raises EmbedderUnavailable."""
    from tokenizers import Tokenizer  # heavy: a compiled library, keeps --help under 0.3 s

    try:
        tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
    except Exception as error:  # the vendor raises nothing more specific
        raise EmbedderUnavailable(f"no tokenizer in {model_dir}: {error}", remedy=remedy) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
