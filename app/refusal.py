"""Keep the code by which a model says "no answer" from whoever reads the answer. Pure."""

import contextlib
from collections.abc import Callable, Generator

from app.prompt import NOT_IN_DOCUMENTS
from app.types import Token


def streamed(pieces: Generator[str, None, None], *, begun: Callable[[], None]) -> Generator[Token, None, str]:
    """Yield tokens, but not the code; return all that the model wrote. `begun` is called before the first piece."""
    text, held = "", ""
    with contextlib.closing(pieces) as stream:  # whoever stops listening frees the model
        for piece in stream:
            if not text:
                begun()
            text += piece
            held += piece
            if not _may_become_code(held):
                yield Token(held.replace(NOT_IN_DOCUMENTS, ""))
                held = ""
    if held and NOT_IN_DOCUMENTS not in held:
        yield Token(held)
    return text


def _may_become_code(text: str) -> bool:
    """Return whether the end of the text could be the start of the code, or is the code itself."""
    code = NOT_IN_DOCUMENTS
    tail = text.rstrip()[-len(code) :]
    return any(tail.endswith(code[:length]) for length in range(1, len(code) + 1)) or not tail


def without_refusal(text: str) -> str:
    """Return the text to check: nothing where the model began with "no answer", else all but that code."""
    if text.lstrip(" *`\"'\n").startswith(NOT_IN_DOCUMENTS):
        return ""
    return text.replace(NOT_IN_DOCUMENTS, "")
