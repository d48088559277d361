"""Ask, so that there is an answer to account for."""

from tests.house import House, ask
from tests.two_documents import QUESTION


def asked(house: House, user: str, question: str = QUESTION) -> str:
    """Return the id of the answer to a question."""
    return str(ask(house, user, question)["answer"]["id"])
