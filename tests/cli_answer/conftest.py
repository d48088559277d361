"""Give the house whose answers are accounted for, and its model."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.two_documents import ANSWER, LEAVE, SALARY

if TYPE_CHECKING:
    from tests.fakes import ScriptedModel
    from tests.house import House


@pytest.fixture
def model() -> "ScriptedModel":
    """Give a model that knows the answer."""
    # Here, as in tests/conftest.py: a run of this package alone reads this file before the process is sealed.
    from tests.fakes import ScriptedModel

    return ScriptedModel(ANSWER)


@pytest.fixture
def house(tmp_path: Path, model: "ScriptedModel") -> Iterator["House"]:
    """Give a house with one document for all and one for HR."""
    from tests.house import open_house

    opened = open_house(tmp_path / "data", model)
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    opened.bring_in(tmp_path / "b", "hr", salary=SALARY)
    yield opened
    opened.services.close()
