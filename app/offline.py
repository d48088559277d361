"""Switch off every library's telemetry and run-time downloads, before any of them is imported.

The same table is carried by every service of `deploy/compose.yaml`; a test compares the two.
"""

import os
from collections.abc import Mapping, MutableMapping
from typing import NamedTuple


class Switch(NamedTuple):
    """Name an environment variable, the value that closes it, and what leaves the house where it stands open."""

    variable: str
    value: str
    reason: str


SWITCHES = (
    Switch("DO_NOT_TRACK", "1", "vLLM and unstructured report home without it; vLLM compares with exactly 1"),
    Switch(
        "SCARF_NO_ANALYTICS", "1", "unstructured asks its maker's server at import and at every partition()"
    ),
    Switch("UNSTRUCTURED_DISABLE_NOTICE", "1", "unstructured prints a notice about that telemetry"),
    Switch("HF_HUB_OFFLINE", "1", "the model hub is asked whenever a model is loaded"),
    Switch("TRANSFORMERS_OFFLINE", "1", "older code paths of transformers read this name instead"),
    Switch("HF_HUB_DISABLE_TELEMETRY", "1", "the hub client reports which library loads what"),
    Switch(
        "HF_HUB_DISABLE_IMPLICIT_TOKEN", "1", "the hub client would send a person's token it finds on disk"
    ),
    Switch("HF_HUB_DISABLE_UPDATE_CHECK", "1", "the hub client looks for a newer version of itself"),
    Switch("VLLM_NO_USAGE_STATS", "1", "vLLM posts its configuration at start and every ten minutes"),
    Switch("RAY_USAGE_STATS_ENABLED", "0", "Ray, which takes bulk loads, posts cluster statistics"),
    Switch(
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS", "false", "the reader's browser reports to Streamlit's maker"
    ),
    Switch("QDRANT__TELEMETRY_DISABLED", "true", "the Qdrant server posts statistics hourly, and its panics"),
    Switch("LANGSMITH_TRACING", "false", "LangChain sends prompts and answers to a tracing service where on"),
    Switch("LANGSMITH_TRACING_V2", "false", "the same switch under its second name"),
    Switch("LANGCHAIN_TRACING", "false", "the same switch under its third name"),
    Switch("LANGCHAIN_TRACING_V2", "false", "the same switch under its fourth name"),
    Switch(
        "LITELLM_LOCAL_MODEL_COST_MAP",
        "True",
        "litellm, should a user's chain bring it, fetches prices at import",
    ),
    Switch(
        "TOKENIZERS_PARALLELISM",
        "false",
        "no traffic: tokenizer threads and a forked parser can lock each other",
    ),
)

WITHDRAWN = ("LANGSMITH_API_KEY", "LANGCHAIN_API_KEY")  # a key that is not there cannot be used by accident


def seal(environ: MutableMapping[str, str] | None = None) -> None:
    """Set every switch and withdraw the keys, in `environ` or in this process where none is given.

    A value that stands there already is overwritten: that nothing leaves the house is no preference.
    Children inherit it. Call it before the first heavy import, because the libraries read it on import.
    """
    target = os.environ if environ is None else environ
    for switch in SWITCHES:
        target[switch.variable] = switch.value
    for variable in WITHDRAWN:
        target.pop(variable, None)


def openings(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables of `environ` that leave a way out, in the order of the table; empty when sealed."""
    unset = [switch.variable for switch in SWITCHES if environ.get(switch.variable) != switch.value]
    return (*unset, *(variable for variable in WITHDRAWN if variable in environ))
