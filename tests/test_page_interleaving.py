"""Two people on one page process: over the connections they share, each gets what is theirs, every time."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.api.lending import lent
from tests.house import House
from ui.client import Api, Gone, connect

ROUNDS = 1_000
AT_ONCE = 4
WORDS = {"anna": "Zwetschge", "ben": "Mirabelle"}


@pytest.mark.slow
def test_a_thousand_rounds_never_cross(house: House) -> None:
    """1,000 interleaved rounds of two people over one pool and the real API: 0 things of the other one's."""
    conversations, sessions = {}, {}
    for name, word in WORDS.items():
        conversations[name] = house.services.history.start(name).id
        house.services.history.rename(conversations[name], name, word)
        sessions[name] = house.token(name)["Authorization"].removeprefix("Bearer ")
    turns = [name for _ in range(ROUNDS // 2) for name in random.Random(1).sample(sorted(WORDS), 2)]

    with lent(house.services) as url, connect(url) as pool, ThreadPoolExecutor(AT_ONCE) as threads:

        def look(name: str) -> tuple[str, object]:
            api = Api(pool, sessions[name])
            other = next(one for one in WORDS if one != name)
            try:
                api.conversation(conversations[other])
                crossed = True
            except Gone:
                crossed = False
            seen = (
                api.me().id,
                tuple(one.title for one in api.conversations()),
                crossed,
            )
            return name, seen

        seen = list(threads.map(look, turns))

    own = {name: (name, (word,), False) for name, word in WORDS.items()}
    assert len(seen) == ROUNDS
    assert [found for name, found in seen if found != own[name]] == []
