"""Run in vLLM's own environment: write a Mixtral of 60 MB with random weights and the real tokenizer of generation v1.

Its answers are noise. Architecture, tokenizer, template and options are those of the reference.
"""

import shutil
import sys
from pathlib import Path


def build(folder: Path) -> None:
    """Write the model into `folder`, which must not exist; it appears whole or not at all."""
    import mistral_common
    import torch
    from transformers import MixtralConfig, MixtralForCausalLM

    torch.manual_seed(7)
    config = MixtralConfig(
        vocab_size=32_000,
        hidden_size=256,
        intermediate_size=512,
        num_hidden_layers=4,
        num_attention_heads=8,
        num_key_value_heads=4,
        num_local_experts=8,
        num_experts_per_tok=2,
        max_position_embeddings=32_768,
        bos_token_id=1,
        eos_token_id=2,
    )
    beside = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(beside, ignore_errors=True)
    MixtralForCausalLM(config).to(torch.bfloat16).save_pretrained(beside)
    tokenizer = Path(mistral_common.__file__).parent / "data" / "tokenizer.model.v1"
    shutil.copy(tokenizer, beside / "tokenizer.model")  # the name it has in the reference's folder
    beside.rename(folder)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
