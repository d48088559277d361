"""Check the client of vLLM against a server that really listens, and really fails."""

import threading
import time
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from app.bench.paced_vllm import Pace
from app.llm import VllmModel, estimate_tokens
from app.types import ChatMessage
from app.vllm_protocol import Timeouts
from retrieval.breaker import FAILURES
from retrieval.errors import ModelUnavailable
from tests.fake_vllm import FakeVllm, Fault

MESSAGES = (ChatMessage("user", "What is the limit?"),)
SALT = "a" * 32
SHORT = Timeouts(connect_s=1.0, first_token_s=0.3, between_tokens_s=0.3, total_s=5.0)

Connect = Callable[..., VllmModel]


@pytest.fixture
def vllm() -> Iterator[FakeVllm]:
    """Run a fake vLLM that answers at once."""
    with FakeVllm(say=lambda _: "Fifty-five euros [1].") as server:
        yield server


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Connect models to servers and close them afterwards."""
    opened: list[VllmModel] = []

    def connect(
        base_url: str,
        *,
        timeouts: Timeouts = SHORT,
        context_tokens: int = 8192,
        clock: Callable[[], float] = time.monotonic,
    ) -> VllmModel:
        model = VllmModel(
            base_url=base_url,
            name="fake",
            api_key="key-1",
            context_tokens=context_tokens,
            timeouts=timeouts,
            clock=clock,
        )
        opened.append(model)
        return model

    yield connect
    for model in opened:
        model.close()


def ask(model: VllmModel, stop: threading.Event | None = None) -> str:
    """Return the whole answer."""
    return "".join(model.stream(MESSAGES, max_tokens=50, cache_salt=SALT, stop=stop or threading.Event()))


def until(is_true: Callable[[], bool], limit_s: float = 2.0) -> bool:
    """Return whether it came true in time."""
    waiting, ends = threading.Event(), time.monotonic() + limit_s
    while not is_true() and time.monotonic() < ends:
        waiting.wait(0.01)
    return is_true()


def test_streams_the_answer(vllm: FakeVllm, connect: Connect) -> None:
    """The pieces come as they are sent and make up the answer."""
    model = connect(vllm.base_url)
    assert ask(model) == "Fifty-five euros [1]."
    assert ask(model) == "Fifty-five euros [1]."


def test_sends_exactly_the_allowed_keys(vllm: FakeVllm, connect: Connect) -> None:
    """A request holds no tools, templates or n: nothing but these keys, and the reader's salt."""
    ask(connect(vllm.base_url))
    sent = vllm.generations[0]
    allowed = {"model", "messages", "max_tokens", "temperature", "stream", "stream_options", "cache_salt"}
    assert set(sent.body) == allowed
    assert sent.body["stream_options"] == {"include_usage": True}
    assert sent.body["temperature"] == 0
    assert sent.body["cache_salt"] == SALT
    assert sent.headers["authorization"] == "Bearer key-1"


def test_leanings_are_told_in_the_order_of_the_prompts(vllm: FakeVllm, connect: Connect) -> None:
    """All are asked at once, for a token each; yes and no count in the form that is likeliest written."""
    vllm.lean = lambda request: float(request.body["messages"][0]["content"])
    prompts = [(ChatMessage("user", number),) for number in ("3.5", "-1.25", "0")]
    assert connect(vllm.base_url).leanings(prompts, cache_salt=SALT, stop=threading.Event()) == [
        3.5,
        -1.25,
        0.0,
    ]
    told = {"model", "messages", "max_tokens", "temperature", "cache_salt", "logprobs", "top_logprobs"}
    assert all(set(sent.body) == told and sent.body["max_tokens"] == 1 for sent in vllm.generations)
    assert {sent.body["cache_salt"] for sent in vllm.generations} == {SALT}


@pytest.mark.parametrize("fault", [Fault.STATUS_500, Fault.DIE, Fault.TRUNCATE])
def test_a_leaning_is_asked_for_once_more(vllm: FakeVllm, connect: Connect, fault: Fault) -> None:
    """What broke off may succeed at once; the others are not asked again."""
    vllm.faults = [fault]
    model = connect(vllm.base_url, timeouts=Timeouts())  # the pause before the second try takes up to .3 s
    assert model.leanings([MESSAGES, MESSAGES], cache_salt=SALT, stop=threading.Event()) == [2.0, 2.0]
    assert len(vllm.generations) == 3


@pytest.mark.parametrize("fault", [Fault.HANG, Fault.STATUS_500, Fault.STATUS_400, Fault.BAD_JSON])
def test_leanings_fail_as_model_unavailable(vllm: FakeVllm, connect: Connect, fault: Fault) -> None:
    """Whatever the server does, and where it tells no log-probabilities, within the time of a first token."""
    vllm.faults = [fault, fault]
    with pytest.raises(ModelUnavailable):
        connect(vllm.base_url).leanings([MESSAGES], cache_salt=SALT, stop=threading.Event())


@pytest.mark.parametrize("lie", [float("nan"), float("inf"), float("-inf"), -(10**400)])
def test_a_leaning_that_is_no_number_is_no_judgement(vllm: FakeVllm, connect: Connect, lie: float) -> None:
    """A server that lies about its probabilities does not choose what is quoted."""
    vllm.lean = lambda _: lie
    with pytest.raises(ModelUnavailable):
        connect(vllm.base_url).leanings([MESSAGES], cache_salt=SALT, stop=threading.Event())


def test_a_server_without_probabilities_still_writes(vllm: FakeVllm, connect: Connect) -> None:
    """It is asked once and not again, and the breaker stays closed: nothing is wrong with its writing."""
    vllm.tells_probabilities = False
    model = connect(vllm.base_url)
    for _ in range(FAILURES + 1):
        with pytest.raises(ModelUnavailable, match="told no log-probabilities"):
            model.leanings([MESSAGES], cache_salt=SALT, stop=threading.Event())
    assert len(vllm.generations) == FAILURES + 1
    assert ask(model) == "Fifty-five euros [1]."


def test_nothing_to_judge_asks_nobody(connect: Connect, free_port: int) -> None:
    """An empty list is judged without a server."""
    model = connect(f"http://127.0.0.1:{free_port}/v1")
    assert model.leanings([], cache_salt=SALT, stop=threading.Event()) == []


def test_closing_during_a_judgement_is_model_unavailable(connect: Connect) -> None:
    """The house goes down while somebody waits; the answer ends as any without the model."""
    with FakeVllm(pace=Pace(first_token_s=30.0)) as slow:
        model = connect(slow.base_url, timeouts=Timeouts())
        timer = threading.Timer(0.3, model.close)
        timer.start()
        with pytest.raises(ModelUnavailable):
            model.leanings([MESSAGES], cache_salt=SALT, stop=threading.Event())


def test_one_refusal_ends_all_judgements(connect: Connect) -> None:
    """The others are not left running for nobody."""
    with FakeVllm(pace=Pace(first_token_s=30.0), faults=[Fault.STATUS_400]) as slow:
        model = connect(slow.base_url, timeouts=Timeouts())
        with pytest.raises(ModelUnavailable):
            model.leanings([MESSAGES] * 3, cache_salt=SALT, stop=threading.Event())
        assert until(lambda: slow.abandoned == 2)


def test_stopping_frees_the_model_that_judges(connect: Connect) -> None:
    """Nobody waits for what nobody wants."""
    stop = threading.Event()
    with FakeVllm(pace=Pace(first_token_s=30.0)) as slow:
        timer = threading.Timer(0.3, stop.set)
        timer.start()
        assert (
            connect(slow.base_url, timeouts=Timeouts()).leanings([MESSAGES], cache_salt=SALT, stop=stop) == []
        )
        assert until(lambda: slow.abandoned == 1)


def test_written_tokens_are_the_server_s_own_count(vllm: FakeVllm, connect: Connect) -> None:
    """The count comes back with the end of the answer and never as text; a stopped answer has none."""

    def written(stop: threading.Event) -> int | None:
        stream = connect(vllm.base_url).stream(MESSAGES, max_tokens=50, cache_salt=SALT, stop=stop)
        try:
            while True:
                assert isinstance(next(stream), str)
        except StopIteration as end:
            count: int | None = end.value
            return count

    vllm.say = lambda _: "Fifty-five euros [1]."
    assert written(threading.Event()) == 3
    is_over = threading.Event()
    is_over.set()
    assert written(is_over) is None


def test_keeps_unusual_line_separators(vllm: FakeVllm, connect: Connect) -> None:
    """Text with U+2028, U+0085 or a form feed arrives whole: events end at line feeds only."""
    vllm.say = lambda _: "one\u2028two\u0085three\x0cfour"
    assert ask(connect(vllm.base_url)) == "one\u2028two\u0085three\x0cfour"


RETRIED = (Fault.STATUS_500, Fault.BAD_JSON, Fault.ERROR_EVENT, Fault.DIE_BEFORE_TOKEN)


@pytest.mark.parametrize("fault", RETRIED)
def test_retries_once_before_the_first_token(vllm: FakeVllm, connect: Connect, fault: Fault) -> None:
    """What breaks off before a token was seen is asked once more, and the asker notices nothing."""
    vllm.faults = [fault]
    assert ask(connect(vllm.base_url)) == "Fifty-five euros [1]."
    assert len(vllm.generations) == 2


@pytest.mark.parametrize("fault", list(Fault))
def test_every_fault_ends_in_model_unavailable(vllm: FakeVllm, connect: Connect, fault: Fault) -> None:
    """Whatever fails, twice in a row, the caller gets ModelUnavailable with a reason and no part of the prompt."""
    vllm.faults = [fault, fault]
    with pytest.raises(ModelUnavailable) as caught:
        ask(connect(vllm.base_url))
    assert caught.value.message
    assert caught.value.remedy
    assert "secret" not in caught.value.message
    assert until(lambda: vllm.open_streams == 0)


@pytest.mark.parametrize("fault", [Fault.STALL, Fault.TRUNCATE, Fault.DIE])
def test_does_not_retry_after_the_first_token(vllm: FakeVllm, connect: Connect, fault: Fault) -> None:
    """Half an answer is not begun again behind the reader's back."""
    vllm.faults = [fault]
    stream = connect(vllm.base_url).stream(MESSAGES, max_tokens=9, cache_salt=SALT, stop=threading.Event())
    assert [next(stream), next(stream)] == ["Two", " words"]
    with pytest.raises(ModelUnavailable):
        next(stream)
    assert len(vllm.generations) == 1


def test_total_time_is_limited(connect: Connect) -> None:
    """A server that keeps each token just in time is cut off at the total limit."""
    slow = Pace(first_token_s=0.0, between_tokens_s=0.1)
    with FakeVllm(pace=slow, say=lambda _: "word " * 200) as vllm:
        limits = Timeouts(first_token_s=1, between_tokens_s=1, total_s=0.5)
        with pytest.raises(ModelUnavailable, match="longer than"):
            ask(connect(vllm.base_url, timeouts=limits))
        assert until(lambda: vllm.open_streams == 0)


@pytest.mark.parametrize("fault", [None, Fault.HANG, Fault.HANG_BEFORE_TOKEN])
def test_stop_frees_the_model(connect: Connect, fault: Fault | None) -> None:
    """Setting `stop` ends the stream and closes the connection, also while nothing has come yet."""
    with FakeVllm(pace=Pace(0.0, 0.05), say=lambda _: "word " * 400, faults=[fault]) as vllm:
        stop = threading.Event()
        model = connect(vllm.base_url, timeouts=Timeouts())
        threading.Timer(0.2, stop.set).start()
        ask(model, stop)
        assert until(lambda: vllm.abandoned == 1)
        assert vllm.open_streams == 0


def test_closing_the_iterator_frees_the_model(connect: Connect) -> None:
    """Whoever stops listening closes the connection upstream."""
    with FakeVllm(pace=Pace(0.0, 0.05), say=lambda _: "word " * 400) as vllm:
        stream = connect(vllm.base_url).stream(
            MESSAGES, max_tokens=300, cache_salt=SALT, stop=threading.Event()
        )
        assert next(stream)
        stream.close()
        assert until(lambda: vllm.abandoned == 1 and vllm.open_streams == 0)


def test_refused_connection(connect: Connect, free_port: int) -> None:
    """Where nothing listens, the state is "loading" and a question is refused at once."""
    model = connect(f"http://127.0.0.1:{free_port}/v1")
    assert model.state() == "loading"
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        ask(model)
    with pytest.raises(ModelUnavailable):
        model.probe()


def test_state_follows_the_server(vllm: FakeVllm, connect: Connect) -> None:
    """Before it was ever healthy the model is loading; then ready; then, gone, it is down."""
    hours = count(step=3600)
    model = connect(vllm.base_url, clock=lambda: float(next(hours)))  # every look is a fresh check
    seen = []
    for is_healthy in (False, True, False, True):
        vllm.is_healthy = is_healthy
        seen.append(model.state())
    assert seen == ["loading", "ready", "down", "ready"]


def test_state_is_cached(vllm: FakeVllm, connect: Connect) -> None:
    """Within STATE_AGE_S the server is not asked again: a page that polls costs nothing."""
    model = connect(vllm.base_url, clock=lambda: 0.0)
    assert {model.state() for _ in range(50)} == {"ready"}
    assert len([request for request in vllm.requests if request.path == "/health"]) == 1


def test_context_is_the_smaller_of_setting_and_server(vllm: FakeVllm, connect: Connect) -> None:
    """The served model's length is asked once it is ready; a smaller setting stays."""
    large, small = connect(vllm.base_url, context_tokens=8192), connect(vllm.base_url, context_tokens=2048)
    assert (large.state(), small.state()) == ("ready", "ready")
    assert (large.context_tokens, small.context_tokens) == (4096, 2048)


def test_another_model_is_not_ready(vllm: FakeVllm, connect: Connect) -> None:
    """A healthy server that serves another model than ours does not count as ready."""
    vllm.name = "other"
    assert connect(vllm.base_url).state() == "loading"


def test_counts_with_the_servers_tokenizer(vllm: FakeVllm, connect: Connect) -> None:
    """The count is the server's, and the same prompt is not counted twice."""
    model = connect(vllm.base_url)
    assert model.count_tokens(MESSAGES) == 4 + len(MESSAGES[0].content) // 4
    assert model.count_tokens(MESSAGES) == 4 + len(MESSAGES[0].content) // 4
    assert len([request for request in vllm.requests if request.path == "/tokenize"]) == 1


def test_counts_high_without_the_server(vllm: FakeVllm, connect: Connect) -> None:
    """Where the server cannot count, the estimate is above what any tokenizer needs for European text."""
    vllm.can_tokenize = False
    assert connect(vllm.base_url).count_tokens(MESSAGES) == estimate_tokens(MESSAGES) >= 18


def test_probe_generates(vllm: FakeVllm, connect: Connect) -> None:
    """The probe asks for one real token; a server that hangs fails it."""
    model = connect(vllm.base_url)
    model.probe()
    assert vllm.generations[0].body["max_tokens"] == 1
    vllm.faults = [Fault.HANG]
    with pytest.raises(ModelUnavailable):
        model.probe()


def test_breaker_stops_asking(vllm: FakeVllm, connect: Connect) -> None:
    """After five failures the server is left alone, and the caller told without waiting."""
    vllm.faults = [Fault.STATUS_500] * (2 * FAILURES)
    model = connect(vllm.base_url)
    assert model.state() == "ready"
    for _ in range(FAILURES):
        with pytest.raises(ModelUnavailable):
            ask(model)
    asked = len(vllm.generations)
    with pytest.raises(ModelUnavailable, match="left alone"):
        ask(model)
    assert len(vllm.generations) == asked
    assert model.state() == "down"


def test_a_declined_request_does_not_open_the_breaker(vllm: FakeVllm, connect: Connect) -> None:
    """HTTP 400 is the request's fault: others still get through."""
    vllm.faults = [Fault.STATUS_400] * FAILURES
    model = connect(vllm.base_url)
    for _ in range(FAILURES):
        with pytest.raises(ModelUnavailable, match="declines"):
            ask(model)
    assert ask(model) == "Fifty-five euros [1]."


def test_closing_leaves_no_thread(vllm: FakeVllm, connect: Connect) -> None:
    """A closed model ends its thread; a stream that was open fails instead of waiting for ever."""
    vllm.faults = [Fault.STALL]
    model = connect(vllm.base_url, timeouts=Timeouts())
    stream = model.stream(MESSAGES, max_tokens=9, cache_salt=SALT, stop=threading.Event())
    assert next(stream) == "Two"
    model.close()
    assert list(_until_error(stream)) in ([], [" words"])
    assert not [thread for thread in threading.enumerate() if thread.name == "model-io"]


def _until_error(stream: Iterator[str]) -> Iterator[str]:
    with pytest.raises(ModelUnavailable):
        yield from stream
