"""Hold the check of citations against people who judged answers for faithfulness: `intramuros eval citations`. Pure."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import correlation
from typing import Any, Final

from app.citations import check
from app.claims import Similarity
from app.types import Verdict
from retrieval.calibration import auroc
from retrieval.errors import InvalidRequest
from retrieval.evaluate import Step
from retrieval.metrics import mean
from retrieval.types import Passage

FULLY: Final = 4.0  # of 1 to 4, given by everyone who judged
DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Judged:
    """Hold an answer, the passages it was written from, and what people gave it for faithfulness, 1 to 4."""

    language: str
    question: str
    answer: str
    shown: tuple[Passage, ...]
    faithfulness: float  # mean of those who judged


@dataclass(frozen=True, slots=True)
class Agreement:
    """Hold how far the share of sentences that the check finds supported goes with what people said."""

    set: str
    answers: int
    skipped: int  # nobody judged them, or they claim nothing
    fully_faithful: int
    spearman: float
    auroc: float  # of telling fully faithful answers from the others
    supported: float  # share of sentences, mean of all answers
    supported_faithful: float  # the same of the fully faithful


def read_judged(folder: Path) -> Iterator[Judged | None]:
    """Yield the answers in `tasks.jsonl`, None for one that nobody judged. Raises InvalidRequest for a bad line."""
    lines = (folder / "tasks.jsonl").read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        try:
            yield from _answers(json.loads(line))
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise InvalidRequest(
                f"tasks.jsonl, line {number} is not a judged task: {type(error).__name__} {error}",
                remedy="a line holds conversation, contexts and judged_responses with human.faithfulness",
            ) from error


def agreement(
    name: str, judged: Sequence[Judged | None], similarity: Similarity | None, step: Step
) -> Agreement | None:
    """Return how the check agrees with people, None where there is nothing to tell apart."""
    pairs: list[tuple[float, float]] = []
    for place, one in enumerate(judged):
        step(name, place / len(judged))
        share = None if one is None else supported_share(one, similarity)
        if one is not None and share is not None:
            pairs.append((share, one.faithfulness))
    faithful = [share for share, given in pairs if given >= FULLY]
    others = [share for share, given in pairs if given < FULLY]
    area = auroc(faithful, others)
    if area is None:
        return None
    return Agreement(
        name,
        len(pairs),
        len(judged) - len(pairs),
        len(faithful),
        round(spearman([share for share, _ in pairs], [given for _, given in pairs]), DIGITS),
        round(area, DIGITS),
        round(mean([share for share, _ in pairs]), DIGITS),
        round(mean(faithful), DIGITS),
    )


def supported_share(judged: Judged, similarity: Similarity | None) -> float | None:
    """Return the share of the answer's claims that any of its passages supports, None where it claims nothing."""
    checked = check(
        judged.answer,
        dict(enumerate(judged.shown, 1)),
        language=judged.language,
        question=judged.question,
        similarity=similarity,
    )
    claims = [one.verdict for one in checked if one.verdict is not Verdict.NOT_A_CLAIM]
    return sum(verdict is not Verdict.UNSUPPORTED for verdict in claims) / len(claims) if claims else None


def spearman(left: Sequence[float], right: Sequence[float]) -> float:
    """Return the correlation of the ranks, ties sharing the middle one; 0 where either side is all the same."""
    first, second = _ranks(left), _ranks(right)
    if len(set(first)) < 2 or len(set(second)) < 2:
        return 0.0
    return correlation(first, second)


def _ranks(values: Sequence[float]) -> list[float]:
    ordered = sorted(values)
    first = {value: place for place, value in reversed(list(enumerate(ordered)))}
    last = {value: place for place, value in enumerate(ordered)}
    return [(first[value] + last[value]) / 2 for value in values]


def _answers(task: dict[str, Any]) -> Iterator[Judged | None]:
    shown = tuple(_passage(one, str(task["lang"])) for one in _list(task["contexts"]))
    question = str(_list(task["conversation"])[-1]["text"])
    for response in _list(task["judged_responses"]):
        given = [float(one) for one in response["human"].get("faithfulness", ())]
        yield (
            Judged(str(task["lang"]), question, str(response["response"]), shown, mean(given))
            if given
            else None
        )


def _list(value: object) -> list[dict[str, Any]]:
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def _passage(context: dict[str, Any], language: str) -> Passage:
    name = str(context["id"])
    return Passage(
        chunk_id=name,
        document_id=name,
        version_id=name,
        collection_id="judged",
        title=str(context.get("title") or ""),
        file_name=name,
        media_type="text/plain",
        language=language,
        heading_path=(),
        text=str(context["text"]),
        position=0,
        page=None,
        boxes=(),
        dated="",
    )
