"""Walk through the whole house with a real vLLM: upload, ingest, ask, a streamed answer that was checked."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.llm import VllmModel
from app.vllm_protocol import Timeouts
from retrieval.errors import ModelUnavailable
from tests.house import House, ask, open_house
from tests.serving import vllm_server

__all__ = ["vllm_server"]  # a fixture is found by its name in this module

pytestmark = [pytest.mark.vllm, pytest.mark.slow, pytest.mark.timeout(600)]

NOTE = b"# Parking\n\nThe car park of the Kassel site closes at 22:00. The barrier code is Q7-118.\n"
WARM_UPS = 6
QUESTION = "When does the car park of the Kassel site close?"


@pytest.fixture
def house(tmp_path: Path, vllm_server: str) -> Iterator[House]:
    """Give a house whose model is a real vLLM serving SmolLM2-135M."""
    model = VllmModel(
        base_url=vllm_server,
        name="smollm2-135m-instruct",
        api_key=None,
        context_tokens=2048,
        timeouts=Timeouts(first_token_s=120, total_s=300),
    )
    for _ in range(WARM_UPS):  # the first token after a boot may take longer than a probe waits
        with suppress(ModelUnavailable):
            model.probe()
            break
    opened = open_house(tmp_path / "data", model)
    with opened.client:
        yield opened


def test_upload_is_asked_about_and_cited(house: House) -> None:
    """The model's own words arrive as tokens; the answer shown holds only what the uploaded note supports."""
    anna = house.token("anna")
    upload = house.client.post(
        "/api/documents",
        headers=anna,
        files={"file": ("parking.md", NOTE)},
        data={"collection": "handbook", "readers": "me"},
    )
    house.work()
    job = house.client.get(f"/api/jobs/{upload.json()['job']}", headers=anna).json()
    assert job["documents"][0]["state"] == "visible"

    got = ask(house, "anna", QUESTION)

    assert got["sources"]["sources"][0]["file_name"] == "parking.md"
    assert got["tokens"] > 0
    assert got["answer"]["outcome"] in {
        "answered",
        "not_in_documents",
    }  # 135M parameters promise nothing more
    assert all(
        s["citations"] for s in got["answer"]["sentences"] if s["verdict"] in {"supported", "repaired"}
    )
    assert got["answer"]["timings_ms"]["first_token"] > 0
    assert "parking.md" not in str(ask(house, "ben", QUESTION)["sources"])


def test_readiness_is_a_real_token(house: House) -> None:
    """With the model serving, the probe is green."""
    assert house.client.get("/readyz").json() == {"status": "ready"}
