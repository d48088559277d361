"""Follow an answer on its way in a thread of its own, so that clicks and reruns of the page never break it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from threading import Condition, Thread
from threading import Event as Signal

from ui.client import Api, PageError
from ui.languages import of_reader, speaking
from ui.records import Answer, Asked, Event, Failure, Noticed, Source, SourcesFound, Waiting
from ui.words import WORDS

Events = Iterator[tuple[int, Event]]
PAUSES_S = (0.2, 1.0, 2.0, 5.0, 10.0, 10.0)  # bridges a restart of the API of half a minute


@dataclass(frozen=True, slots=True)
class Progress:
    """Hold what has come of an answer so far. `version` grows with every change."""

    version: int = 0
    answer_id: str = ""
    noticed: tuple[str, ...] = ()  # personal data in the question, by its kinds
    sources: tuple[Source, ...] | None = None  # None until the search is done
    position: int = 0  # in the line before the model; 0 where it does not wait
    text: str = ""
    answer: Answer | None = None
    failure: Failure | None = None

    @property
    def is_over(self) -> bool:
        """Return whether nothing more will come."""
        return self.answer is not None or self.failure is not None


class LiveAnswer:
    """Read the stream of one answer to its end; resume it by the last event's number where the connection breaks."""

    def __init__(
        self,
        api: Api,
        *,
        conversation_id: str,
        question: Asked,
        answer_id: str = "",
    ) -> None:
        self.conversation_id = conversation_id
        self.question = question
        self._api = api
        self._progress = Progress(answer_id=answer_id)
        self._changed = Condition()
        self._last_event = 0
        self._pause = Signal()
        first = (
            (lambda: api.resume(answer_id, after=0))
            if answer_id
            else (lambda: api.ask(conversation_id, question))
        )
        # A daemon: an unfinished answer must not keep the page's process from ending.
        Thread(target=self._follow, args=(first, of_reader()), name="live-answer", daemon=True).start()

    def progress(self) -> Progress:
        """Return what has come so far."""
        with self._changed:
            return self._progress

    def wait(self, version: int, *, timeout_s: float) -> Progress:
        """Return the progress once it is beyond `version`, or as it is after `timeout_s`."""
        with self._changed:
            self._changed.wait_for(lambda: self._progress.version > version, timeout_s)
            return self._progress

    def _follow(self, first: Callable[[], Events], language: str) -> None:
        with speaking(language):
            self._read_to_the_end(first)

    def _read_to_the_end(self, first: Callable[[], Events]) -> None:
        failure = self._read(first)
        for pause_s in PAUSES_S:
            if failure is None:
                return
            is_refused = failure.status not in (0, 502, 503, 504)
            if is_refused or not self.progress().answer_id:
                break
            self._pause.wait(pause_s)
            failure = self._read(self._resume)
        if failure is not None:
            self._change(failure=Failure(failure.message, failure.remedy))

    def _resume(self) -> Events:
        return self._api.resume(self.progress().answer_id, after=self._last_event)

    def _read(self, start: Callable[[], Events]) -> PageError | None:
        """Return None when the answer is complete, else why reading ended."""
        try:
            for number, event in start():
                self._last_event = max(self._last_event, number)
                self._take(event)
        except PageError as error:
            return error
        except ValueError:  # an event that is not what its name says
            return PageError(WORDS.odd_reply, remedy=WORDS.odd_reply_remedy, status=500)
        if self.progress().is_over:
            return None
        return PageError(WORDS.connection_lost, remedy=WORDS.connection_lost_remedy)

    def _take(self, event: Event) -> None:
        if isinstance(event, SourcesFound):
            self._change(answer_id=event.answer_id, sources=event.sources)
        elif isinstance(event, Noticed):
            self._change(noticed=event.kinds)
        elif isinstance(event, Answer):
            self._change(answer=event)
        elif isinstance(event, Waiting):
            self._change(position=event.position)
        elif isinstance(event, Failure):
            self._change(failure=event)
        else:
            self._change(text=self.progress().text + event.text)

    def _change(self, **changes: object) -> None:
        with self._changed:
            now = self._progress
            self._progress = replace(now, version=now.version + 1, **changes)  # type: ignore[arg-type]  # replace checks the names
            self._changed.notify_all()
