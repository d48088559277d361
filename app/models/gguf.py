"""Turn a GGUF file into the directory of bfloat16 safetensors that vLLM reads.

Runs in the environment of vLLM:

    .venv-vllm/bin/python -m app.models.gguf FILE.gguf FOLDER

because only that environment has the packages `gguf` and `accelerate`. Peak memory is about twice the bfloat16
weights: 5.7 GB for 1.5 billion parameters, in 75 s on two cores.
"""

import json
import logging
import os
import sys
from pathlib import Path

from retrieval.errors import IntramurosError, ModelFileRejected


def write_language_model(source: Path, folder: Path) -> None:
    """Fill `folder` with weights, configuration, tokenizer and chat template. Raises ModelFileRejected."""
    import torch  # heavy, and absent from the application's environment, as are the next two
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    try:
        tokenizer = AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
        model = AutoModelForCausalLM.from_pretrained(
            source.parent,
            gguf_file=source.name,
            dtype=torch.bfloat16,
            quantization_config=GgufConfig(dequantize=True),
        )
    except (OSError, ValueError, KeyError) as problem:
        raise _unreadable(source, str(problem)) from problem
    if not tokenizer.chat_template:
        raise _unreadable(source, "it has no chat template, so nobody can converse with it")
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config  # the weights are no longer quantised
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    check_folder(folder)


def check_folder(folder: Path) -> None:
    """Raise ModelFileRejected unless `folder` holds all that vLLM needs to converse."""
    missing = [
        name
        for name in ("config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja")
        if not (folder / name).is_file()
    ]
    if not list(folder.glob("*.safetensors")):
        missing.append("weights")
    if missing:
        raise _unreadable(folder, f"{', '.join(missing)} missing after the conversion")
    architecture = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("architectures")
    if not architecture:
        raise _unreadable(folder, "its configuration names no architecture")


def _unreadable(source: Path, reason: str) -> ModelFileRejected:
    return ModelFileRejected(
        f"'{source.name}' cannot be turned into a model: {reason}",
        remedy="run `intramuros models fetch` again; `python3 -m app.bootstrap vllm` repairs vLLM's environment",
    )


def main() -> int:
    """Convert argv[1] into the folder argv[2]; on failure print one line of JSON with message and remedy."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    logging.disable(logging.WARNING)  # transformers warns about what is right here
    try:
        write_language_model(Path(sys.argv[1]), Path(sys.argv[2]))
    except IntramurosError as problem:
        sys.stdout.write(json.dumps({"message": problem.message, "remedy": problem.remedy}) + "\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
