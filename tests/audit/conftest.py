"""Give what keeps the audit trail, alone and in a house with an auditor."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

from tests.two_documents import ANSWER, LEAVE, SALARY

if TYPE_CHECKING:
    from app.audit.recorder import Recorder
    from tests.house import House


@pytest.fixture
def recorder(database: Engine, tmp_path: Path) -> "Recorder":
    """Give the recorder of an empty house, its key beside the database in a folder of its own."""
    # Here, as in tests/conftest.py: a run of this package alone reads this file before the process is sealed.
    from app.audit.recorder import open_recorder
    from app.audit.trail import Trail
    from app.settings import Settings

    settings = Settings.model_validate(
        {"site": {"data_dir": tmp_path / "data"}, "audit": {"key_dir": tmp_path / "keys"}}
    )
    return open_recorder(settings, partial(Trail, database))


@pytest.fixture
def house(tmp_path: Path) -> Iterator["House"]:
    """Give a house with one document for all and one for HR, and an auditor."""
    from app.identity import Person
    from tests.fakes import ScriptedModel
    from tests.house import PASSWORD, open_house

    opened = open_house(tmp_path / "data", ScriptedModel(ANSWER))
    opened.services.accounts.save(Person("vera", "Vera", "Auditor", "auditor", ("hr",)), password=PASSWORD)
    opened.bring_in(tmp_path / "a", "handbook", leave=LEAVE)
    opened.bring_in(tmp_path / "b", "hr", salary=SALARY)
    with opened.client:
        yield opened
