"""Look through a question for what it hardly needs: numbers that name a person, and what Art. 9 GDPR protects."""

from typing import Final, Literal

from ingest.guard.scan import scan
from ingest.guard.types import DELICATE, Kind
from retrieval.errors import DelicateQuestion

OfQuestions = Literal["keep", "warn", "refuse"]
ANY_LANGUAGE: Final = "und"  # numbers and the words about a person are looked for in all of them


def delicate(question: str, policy: OfQuestions) -> tuple[Kind, ...]:
    """Return what a question holds of that, each kind once, in its order; nothing where nobody is to look.

    Raises DelicateQuestion where such a question is not taken.
    """
    if policy == "keep":
        return ()
    found = tuple(dict.fromkeys(one.kind for one in scan(question, ANY_LANGUAGE) if one.kind in DELICATE))
    if found and policy == "refuse":
        kinds = ", ".join(kind.value.replace("_", " ") for kind in found)
        raise DelicateQuestion(
            f"the question holds personal data: {kinds}; it was neither kept nor answered",
            remedy="ask without it: documents are found by what they are about",
        )
    return found
