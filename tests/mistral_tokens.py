"""Run in vLLM's own environment: encode conversations by each generation of Mistral's tokenizer, as vLLM does.

Read {"generation": [[{"role", "content"}, ...], ...]} as JSON; print for each conversation how many tokens it has, the
control tokens among them, and the text they stand for.
"""

import itertools
import json
import sys
from typing import Any

# v1 has no control tokens for turns: a turn is a word in brackets, and whatever reads as that word is one.
V1_WORD = (16289, 28793)  # "INST" and "]"
V1_BEFORE = ("[", "[/")  # as one token or two, with a blank before it or not


def encoded(generation: str, conversations: list[list[dict[str, str]]]) -> list[dict[str, Any]]:
    """Return tokens, control tokens by name in their order, and text of each conversation."""
    from mistral_common.protocol.instruct.request import ChatCompletionRequest
    from mistral_common.tokens.tokenizers.mistral import MistralTokenizer

    opened = {
        "v1": MistralTokenizer.v1,
        "v2": MistralTokenizer.v2,
        "v3": MistralTokenizer.v3,
        "v7": MistralTokenizer.v7,
        "tekken": lambda: MistralTokenizer.v3(is_tekken=True),
    }[generation]()
    tokenizer = opened.instruct_tokenizer.tokenizer
    results: list[dict[str, Any]] = []
    for messages in conversations:
        done = opened.encode_chat_completion(ChatCompletionRequest(messages=messages, model="any"))
        ids = list(done.tokens)
        control = [f"{tokenizer.id_to_piece(one)}:{one}" for one in ids if tokenizer.is_special(one)]
        if generation == "v1":
            control += v1_turns(ids, [tokenizer.id_to_piece(one) for one in ids])
        results.append({"tokens": len(ids), "control": control, "text": str(done.text)})
    return results


def v1_turns(ids: list[int], pieces: list[str]) -> list[str]:
    """Return the marks of turns among the tokens, by name."""
    found = []
    for place, pair in enumerate(itertools.pairwise(ids)):
        before = "".join(pieces[max(0, place - 2) : place]).replace("\u2581", "")
        found += [f"{mark}INST]:16289" for mark in V1_BEFORE if pair == V1_WORD and before.endswith(mark)]
    return found


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    answer = {generation: encoded(generation, conversations) for generation, conversations in asked.items()}
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
