"""Each ability of a served model is asked for, and each that is missing is a finding with a remedy."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.bench.paced_vllm import Pace
from app.doctor import Check, Severity
from app.endpoint import Expected, examine
from app.endpoint_asking import Asking
from app.llm import VllmModel
from app.vllm_protocol import Timeouts
from tests.fake_endpoint import ABILITIES, FakeEndpoint

EXPECTED = Expected("fake", context_tokens=4096, answer_tokens=300, takes_system=True, trained_tokens=32_768)
WITHIN_S = 20.0  # longer than any reply takes on a busy machine; servers that hang get HASTY_S
HASTY_S = 0.4


def examined(
    server: FakeEndpoint, expected: Expected = EXPECTED, *, within_s: float = WITHIN_S
) -> dict[str, Check]:
    """Return the findings by name, without the word "model" that each begins with."""
    with (
        server,
        Asking(base_url=server.base_url, name=expected.name, api_key="k", within_s=within_s) as asking,
    ):
        findings = examine(asking, expected)
    for check in findings:
        assert bool(check.remedy) is (check.severity is not Severity.OK), check
    return {check.name.removeprefix("model "): check for check in findings}


def bad(findings: dict[str, Check]) -> dict[str, Severity]:
    """Return what is not well."""
    return {name: check.severity for name, check in findings.items() if check.severity is not Severity.OK}


def test_a_server_that_can_everything_is_well() -> None:
    """Ten abilities are asked for in order, and all are found; the lengths are those of server and settings."""
    findings = examined(FakeEndpoint())
    assert bad(findings) == {}
    assert list(findings) == [
        "server", "name", "answer", "context", "stream", "system role", "guidance", "probabilities", "tokenizer",
        "cache salt",
    ]  # fmt: skip
    assert findings["context"].details == {
        "served_tokens": 4096,
        "set_tokens": 4096,
        "trained_tokens": 32_768,
    }


@pytest.mark.parametrize(
    ("missing", "name", "severity"),
    [
        ("context", "context", Severity.WARNING),
        ("stream", "stream", Severity.ERROR),
        ("system", "system role", Severity.ERROR),
        ("guided", "guidance", Severity.WARNING),
        ("logprobs", "probabilities", Severity.WARNING),
        ("tokenize", "tokenizer", Severity.WARNING),
        ("salt", "cache salt", Severity.ERROR),
    ],
)
def test_each_missing_ability_is_one_finding(missing: str, name: str, severity: Severity) -> None:
    """What the house cannot do without is an error, the rest a warning; nothing else is blamed."""
    assert bad(examined(FakeEndpoint(abilities=ABILITIES - {missing}))) == {name: severity}


def test_a_template_with_a_system_text_of_its_own_takes_ours() -> None:
    """It puts its own in where a prompt has none, so a prompt with ours is no longer than one without."""
    found = examined(FakeEndpoint(own_system_words=30))["system role"]
    assert found.severity is Severity.OK


def test_a_template_that_drops_system_text_is_found() -> None:
    """HTTP 200 says nothing: the prompt is no longer than without the instructions, so they never reach the model."""
    found = examined(FakeEndpoint(drops_system=True))["system role"]
    assert found.severity is Severity.ERROR
    assert "in silence" in found.message


@pytest.mark.parametrize(
    "server", [FakeEndpoint(abilities=ABILITIES - {"system"}), FakeEndpoint(drops_system=True)]
)
def test_no_system_role_is_well_where_none_is_sent(server: FakeEndpoint) -> None:
    """Mixtral has none, the catalogue knows, and instructions go with the question."""
    without = Expected("fake", context_tokens=4096, answer_tokens=300, takes_system=False)
    found = examined(server, without)["system role"]
    assert found.severity is Severity.OK
    assert found.details == {"takes_system": 0, "sends_system": 0}


def test_a_server_that_states_no_usage_is_believed() -> None:
    """Without the prompt's tokens only a refusal can be seen."""
    assert bad(examined(FakeEndpoint(abilities=ABILITIES - {"usage"}))) == {}


@pytest.mark.parametrize(
    ("served", "trained", "severity", "words"),
    [
        (2048, 32_768, Severity.WARNING, "--max-model-len 4096"),
        (512, 32_768, Severity.ERROR, "--max-model-len 4096"),
        (32_768, 32_768, Severity.OK, ""),
        (65_536, 32_768, Severity.WARNING, "--max-model-len 32768"),
        (65_536, 0, Severity.OK, ""),
    ],
)
def test_the_context_is_compared(served: int, trained: int, severity: Severity, words: str) -> None:
    """Shorter than set is told with both numbers, too short for an answer is an error, longer than trained is told."""
    expected = Expected("fake", 4096, answer_tokens=300, takes_system=True, trained_tokens=trained)
    found = examined(FakeEndpoint(pace=Pace(0.0, 0.0, context_tokens=served)), expected)["context"]
    assert found.severity is severity
    assert words in found.remedy


def test_another_name_ends_the_examination() -> None:
    """What is served is named, and a model that is not there is asked nothing."""
    server = FakeEndpoint(name="mixtral")
    findings = examined(server)
    assert bad(findings) == {"name": Severity.ERROR}
    assert "'mixtral'" in findings["name"].remedy
    assert server.generations == []


def test_nothing_listens(free_port: int) -> None:
    """The address is named, and nothing further is asked."""
    with Asking(base_url=f"http://127.0.0.1:{free_port}/v1", name="fake", api_key=None, within_s=5) as asking:
        (only,) = examine(asking, EXPECTED)
    assert only.severity is Severity.ERROR
    assert str(free_port) in only.message
    assert "model.base_url" in only.remedy


@pytest.mark.parametrize(
    ("make", "last"),
    [
        (lambda: FakeEndpoint(hangs_at="/v1/models"), "server"),
        (lambda: FakeEndpoint(hangs_at="/v1/chat/completions"), "answer"),
        (lambda: FakeEndpoint(hangs_at="/tokenize"), "tokenizer"),
        (lambda: FakeEndpoint(drips=True), "server"),
        (lambda: FakeEndpoint(garbled_at="/v1/models"), "server"),
        (lambda: FakeEndpoint(garbled_at="/v1/chat/completions"), "answer"),
        (lambda: FakeEndpoint(refuses={"/v1/models": 401}), "server"),
        (lambda: FakeEndpoint(refuses={"/v1/models": 404}), "server"),
        (lambda: FakeEndpoint(refuses={"/v1/models": 500}), "server"),
        (lambda: FakeEndpoint(refuses={"/v1/chat/completions": 500}), "answer"),
    ],
)
def test_a_sick_server_ends_the_examination(make: Callable[[], FakeEndpoint], last: str) -> None:
    """Where the model is not there, hangs, drips or talks nonsense, that is the last and only fault told."""
    server = make()
    slow = server.hangs_at or server.drips
    findings = examined(server, within_s=HASTY_S if slow else WITHIN_S)
    assert bad(findings) == {last: Severity.ERROR}
    assert list(findings)[-1] == last


def test_the_key_is_sent_and_never_shown() -> None:
    """A refused key is told by its setting."""
    server = FakeEndpoint(refuses={"/v1/models": 401})
    found = examined(server)["server"]
    assert server.requests[0].headers["authorization"] == "Bearer k"
    assert "api_key_file" in found.remedy


def test_a_broken_stream_is_told() -> None:
    """Events that are no JSON are an error of the stream alone."""

    def drivel(_: Any) -> str:
        return ""

    assert bad(examined(FakeEndpoint(say=drivel))) == {"stream": Severity.ERROR}


def test_the_house_asks_what_was_examined() -> None:
    """Every field of a real question was among those of the examination, so a green verdict holds for it."""
    server = FakeEndpoint()
    examined(server)
    tried = {key for request in server.generations for key in request.body}
    with FakeEndpoint() as real:
        model = VllmModel(
            base_url=real.base_url, name="fake", api_key=None, context_tokens=4096, timeouts=Timeouts()
        )
        model.probe()
        model.close()
    assert {key for request in real.generations for key in request.body} <= tried


@pytest.mark.parametrize(("is_judge", "severity"), [(True, Severity.ERROR), (False, Severity.WARNING)])
def test_a_judge_must_tell_its_probabilities(*, is_judge: bool, severity: Severity) -> None:
    """Where the house quotes, no answer comes without them; where it writes, only what is asked to be quoted."""
    server = FakeEndpoint(abilities=ABILITIES - {"logprobs"})
    assert examined(server, replace(EXPECTED, is_judge=is_judge))["probabilities"].severity is severity
