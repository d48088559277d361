"""Run in vLLM's own environment: read argument lists as JSON, print what vLLM's parser makes of each, or its error."""

import contextlib
import io
import json
import sys
from typing import Any


def parsed(lists: list[list[str]]) -> list[dict[str, Any]]:
    """Return for each list the chosen values, or under "error" what the parser says."""
    from vllm.entrypoints.launchers.cli_args import make_arg_parser
    from vllm.model_executor.layers.quantization import QUANTIZATION_METHODS
    from vllm.utils.argparse_utils import FlexibleArgumentParser

    parser = make_arg_parser(FlexibleArgumentParser())
    results: list[dict[str, Any]] = []
    for words in lists:
        said = io.StringIO()
        try:
            with contextlib.redirect_stderr(said):
                found = vars(parser.parse_args(words))
        except SystemExit:
            results.append({"error": said.getvalue()[-300:]})
        else:
            wanted = found["quantization"]
            is_known = wanted is None or wanted in QUANTIZATION_METHODS
            results.append(
                {key: value for key, value in found.items() if isinstance(value, str | int | float | list)}
                if is_known
                else {"error": f"quantization {wanted}"}
            )
    return results


if __name__ == "__main__":
    answer = parsed(json.load(sys.stdin))
    sys.stdout.write("\n" + json.dumps(answer, default=str) + "\n")
