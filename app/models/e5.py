"""Turn the packed 4-bit copy of multilingual-e5-small into an ordinary sentence-transformers directory.

The packed file is little-endian: a header, a unigram vocabulary with scores, a normalisation map of single
characters, then a directory of tensors. Matrices are Q4_0 (32 weights share an fp16 scale); the rest is float32.
"""

import json
import struct
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from retrieval.errors import ModelFileRejected

# Magic, version, shape, epsilon, block, tokenizer, length of the piece texts.
HEADER = struct.Struct("<4sI7ifi5iQ")
BLOCK = 32  # weights that share one scale in Q4_0
BLOCK_BYTES = 2 + BLOCK // 2  # an fp16 scale, then two weights a byte
MAX_TOKENS = 512  # positions the model was trained with

TOP_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}
LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


@dataclass(frozen=True, slots=True)
class Packed:
    """Hold what the packed file says: the model's shape, its vocabulary and its tensors under BERT's names."""

    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    pieces: tuple[tuple[str, float], ...]
    characters: dict[str, str]  # single characters that the tokenizer replaces before it looks up pieces
    tensors: dict[str, npt.NDArray[np.float32]]


def write_embedder(packed_file: Path, folder: Path) -> None:
    """Fill `folder` with a sentence-transformers model. Raises ModelFileRejected if the file is not of this layout."""
    packed = read_packed(packed_file)
    write_weights(packed, folder / "model.safetensors")
    write_tokenizer(packed, folder / "tokenizer.json")
    for name, content in _settings(packed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def read_packed(path: Path) -> Packed:
    """Return the content of a packed file. Raises ModelFileRejected if it is not of this layout."""
    data = path.read_bytes()
    try:
        return _parse(data)
    except (struct.error, ValueError, KeyError) as problem:
        raise ModelFileRejected(
            f"'{path.name}' does not have the layout of a packed 4-bit embedder: {problem}",
            remedy="delete the file and run `intramuros models fetch` again",
        ) from problem


def dequantise(packed: bytes, count: int) -> npt.NDArray[np.float32]:
    """Return `count` float32 weights from Q4_0 blocks; byte j of a block holds weight j (low) and j + 16 (high)."""
    blocks = np.frombuffer(packed, dtype=np.uint8, count=count // BLOCK * BLOCK_BYTES).reshape(
        -1, BLOCK_BYTES
    )
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    halves = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1)
    weights: npt.NDArray[np.float32] = (halves.astype(np.float32) - 8.0) * scales
    return weights.reshape(-1)


def _parse(data: bytes) -> Packed:
    header = HEADER.unpack_from(data)
    magic, _version, hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon, block = (
        header[:11]
    )
    piece_count, text_bytes = header[11], header[16]
    if magic != b"E5S1" or block != BLOCK:
        raise ValueError("it starts with other bytes")
    place = HEADER.size
    offsets = np.frombuffer(data, "<u4", piece_count + 1, place)
    place += 4 * (piece_count + 1)
    scores = np.frombuffer(data, "<f4", piece_count, place)
    place += 4 * piece_count
    texts = data[place : place + text_bytes]
    place += text_bytes
    pieces = tuple(
        (texts[offsets[i] : offsets[i + 1]].decode("utf-8"), float(scores[i])) for i in range(piece_count)
    )
    map_entries, map_bytes = struct.unpack_from("<iI", data, place)
    place += 8
    characters = _character_map(data[place : place + map_bytes], map_entries)
    shapes = {"word": (vocabulary, hidden), "pos": (positions, hidden), "type": (types, hidden)}
    shapes |= {"fi": (feed_forward, hidden), "fo": (hidden, feed_forward), "square": (hidden, hidden)}
    tensors = _tensors(data, place + map_bytes, shapes)
    shape = (hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon)
    return Packed(*shape, pieces=pieces, characters=characters, tensors=tensors)


def _character_map(data: bytes, entries: int) -> dict[str, str]:
    characters = {}
    place = 0
    for _ in range(entries):
        point, length = struct.unpack_from("<IB", data, place)
        characters[chr(point)] = "".join(map(chr, struct.unpack_from(f"<{length}I", data, place + 5)))
        place += 5 + 4 * length
    return characters


def _tensors(
    data: bytes, place: int, shapes: dict[str, tuple[int, int]]
) -> dict[str, npt.NDArray[np.float32]]:
    (count,) = struct.unpack_from("<i", data, place)
    place += 4
    tensors = {}
    for _ in range(count):
        (name_length,) = struct.unpack_from("<H", data, place)
        name = data[place + 2 : place + 2 + name_length].decode("ascii")
        place += 2 + name_length
        _type, length, start, size = struct.unpack_from("<BIQQ", data, place)
        place += struct.calcsize("<BIQQ")
        if start + size > len(data):
            raise ValueError(f"tensor {name} reaches beyond the end")
        raw = data[start : start + size]
        # The file numbers its types; the byte count tells them apart without trusting the number.
        flat = np.frombuffer(raw, "<f4", length) if size == 4 * length else dequantise(raw, length)
        tensors[_bert_name(name)] = flat.reshape(_shape(name, length, shapes))
    return tensors


def _bert_name(name: str) -> str:
    if name in TOP_NAMES:
        return TOP_NAMES[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{int(layer[1:])}.{LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _shape(name: str, length: int, shapes: dict[str, tuple[int, int]]) -> tuple[int, ...]:
    parts = name.split(".")
    if name in ("emb.word", "emb.pos", "emb.type"):
        return shapes[parts[1]]
    if parts[-1] == "b" or parts[1] in ("ln", "aln", "oln"):
        return (length,)
    return shapes.get(parts[1], shapes["square"])


def write_weights(packed: Packed, path: Path) -> None:
    """Write the tensors as safetensors."""
    from safetensors.numpy import save_file  # heavy: keeps --help under 0.3 s

    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in packed.tensors.items()}
    # The mean of all tokens is the embedding; BERT's pooler is never asked, but its absence is loudly reported.
    tensors["pooler.dense.weight"] = np.zeros((packed.hidden, packed.hidden), dtype=np.float32)
    tensors["pooler.dense.bias"] = np.zeros(packed.hidden, dtype=np.float32)
    save_file(tensors, path, metadata={"format": "pt"})


def write_tokenizer(packed: Packed, path: Path) -> None:
    """Write the unigram tokenizer: characters normalised, runs of spaces folded, `<s> text </s>`."""
    import tokenizers  # heavy: keeps --help under 0.3 s
    from tokenizers import Regex, normalizers

    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.Unigram([*packed.pieces], unk_id=3, byte_fallback=False)
    )
    steps: list[Any] = []
    for after, befores in sorted(_exceptions(packed.characters).items()):
        steps.append(
            normalizers.Replace(Regex("[" + "".join(f"\\x{{{ord(c):X}}}" for c in befores) + "]"), after)
        )
    steps += [normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.decoder = tokenizers.decoders.Metaspace(prepend_scheme="always", split=True)
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(path))


def _exceptions(characters: dict[str, str]) -> dict[str, list[str]]:
    """Return, by what replaces them, the characters that NFKC alone would not turn into that: controls, odd spaces."""
    exceptions: dict[str, list[str]] = {}
    for before, after in characters.items():
        if unicodedata.normalize("NFKC", before) != after:
            exceptions.setdefault(after, []).append(before)
    return exceptions


def _settings(packed: Packed) -> dict[str, Any]:
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>"}
    special |= {"cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}
    return {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "hidden_size": packed.hidden,
            "num_hidden_layers": packed.layers,
            "num_attention_heads": packed.heads,
            "intermediate_size": packed.feed_forward,
            "vocab_size": packed.vocabulary,
            "max_position_embeddings": packed.positions,
            "type_vocab_size": packed.types,
            "layer_norm_eps": packed.epsilon,
            "hidden_act": "gelu",
            "pad_token_id": 1,
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            "model_input_names": ["input_ids", "attention_mask"],
            **special,
        },
        "special_tokens_map.json": special,
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": packed.hidden,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False,
            "pooling_mode_max_tokens": False,
        },
    }
