"""Let each passage's vector lean towards that of its first line, which names its document and its headings.

A passage of 200 words drowns its title: "Which hotel may I book?" is nearer to the line "Travel Policy > Accommodation"
than to the paragraph below it. So the vector that the index holds is made of both; it is still one vector a passage.

nDCG@10 of the meaning alone, by the lead's weight beside the passage's own vector (a part of the questions, exact
search):

                  CNIL   help pages   to English   CACM   SciFact   product docs   northwind   asvs
    0             .699         .543         .185   .403      .678           .697        .425   .998
    .15           .725         .611         .273   .427      .657           .689        .421   .993
    .3            .739         .651         .340   .434      .688           .682        .424   .990   chosen
    .45           .745         .654         .369   .433      .660           .669        .418   .983
    .6            .747           -            -    .422      .652           .663        .437   .977

XQuAD's paragraphs have no titles and stay as they are. `retrieval/EXPERIMENTS.md` has the hybrid's figures.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np

from retrieval.types import Embedder, FloatMatrix, FloatVector

LEAD_WEIGHT: Final = 0.3


def leant(own: FloatVector, lead: FloatVector) -> FloatVector:
    """Return the (dim,) float32 unit vector of a passage whose own vector and whose lead's are given."""
    mixed = own + np.float32(LEAD_WEIGHT) * lead
    unit: FloatVector = (mixed / max(float(np.linalg.norm(mixed)), 1e-12)).astype(np.float32)
    return unit


class LedEmbedder:
    """An Embedder over another one; a text of one line keeps that one's vector."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        """Return the model's name, and that its vectors are led: those of the model alone are others."""
        return f"{self._inner.name}+lead{LEAD_WEIGHT:g}"

    @property
    def dimension(self) -> int:
        """Return the length of a vector."""
        return self._inner.dimension

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return (n, dim) float32 unit vectors in the order of `texts`; each distinct first line is embedded once."""
        leads = {text: lead for text in texts if (lead := _lead(text))}
        lines = sorted(set(leads.values()))
        both = self._inner.embed_passages([*texts, *lines])
        led = dict(zip(lines, both[len(texts) :], strict=True))
        vectors = both[: len(texts)].copy()
        for place, text in enumerate(texts):
            if text in leads:
                vectors[place] = leant(vectors[place], led[leads[text]])
        return vectors

    def embed_query(self, text: str) -> FloatVector:
        """Return the (dim,) float32 unit vector of a question."""
        return self._inner.embed_query(text)

    def count_tokens(self, text: str) -> int:
        """Return the model's count."""
        return self._inner.count_tokens(text)


def _lead(text: str) -> str:
    """Return the first line of a text that has more of them, "" of one that has not."""
    line, more, _ = text.partition("\n")
    return line if more and line.strip() else ""
