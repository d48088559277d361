"""Be one browser tab of the page: its WebSocket, its widgets and its patience, without drawing anything.

A turn ends with the run of the page that drew the finished answer. Times are seconds of `time.perf_counter`.
"""

import asyncio
import time
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

if TYPE_CHECKING:
    from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
    from streamlit.proto.WidgetStates_pb2 import WidgetState

PATIENCE_S: Final = 180.0  # longer than three times the stall that counts as an error
STREAM_PATH: Final = "/_stcore/stream"
FINISHED, EARLY = 0, 2  # ForwardMsg.ScriptFinishedStatus: the run is over; another follows at once
CHECKED: Final = (
    "data-cite="  # in the HTML of an answer whose sentences were checked, and in nothing else of a dialogue
)
ANY: Final = "bench"  # the API that keeps pace takes any password
LARGEST: Final = 50 << 20  # bytes of a message, as the page's own limit


@dataclass(slots=True)
class Turn:
    """Hold what became of one thing the visitor did."""

    took_s: float = 0.0
    longest_gap_s: float = 0.0  # without any message
    messages: int = 0
    is_answered: bool = False  # whether a checked answer was drawn
    error: str = ""


class Visitor:
    """Hold the connection of one tab; use it in an `async with` block. `address` begins with http."""

    def __init__(self, address: str, name: str, *, password: str = ANY) -> None:
        self._address = address.replace("http", "ws", 1) + STREAM_PATH
        self._name = name
        self._password = password
        self._socket: ClientConnection | None = None
        self._ids: dict[str, str] = {}  # what a widget is for, to its id

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            self._address,
            subprotocols=[Subprotocol("streamlit")],
            max_size=LARGEST,
            open_timeout=PATIENCE_S,
            proxy=None,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def arrive(self) -> Turn:
        """Open the page."""
        return await self._run([])

    async def sign_in(self) -> Turn:
        """Fill in the form and send it; afterwards a question can be asked, or it is an error."""
        from streamlit.proto.WidgetStates_pb2 import WidgetState  # heavy: Streamlit comes with it

        if not {"user", "password", "submit"} <= set(self._ids):
            return Turn(error=f"no form to sign in: {sorted(self._ids)}")
        turn = await self._run(
            [
                WidgetState(id=self._ids["user"], string_value=self._name),
                WidgetState(id=self._ids["password"], string_value=self._password),
                WidgetState(id=self._ids["submit"], trigger_value=True),
            ]
        )
        if not turn.error and "question" not in self._ids:
            turn.error = "no field for a question after the sign-in"
        return turn

    async def ask(self, question: str) -> Turn:
        """Ask, and follow the answer to its end."""
        from streamlit.proto.Common_pb2 import ChatInputValue  # heavy: Streamlit comes with it
        from streamlit.proto.WidgetStates_pb2 import WidgetState  # heavy: as above

        if "question" not in self._ids:
            return Turn(error="no field for a question")
        value = ChatInputValue(data=question)
        turn = await self._run([WidgetState(id=self._ids["question"], chat_input_value=value)])
        if not turn.error and not turn.is_answered:
            turn.error = "the run ended without a checked answer"
        return turn

    async def _run(self, states: "list[WidgetState]") -> Turn:
        from streamlit.proto.BackMsg_pb2 import BackMsg  # heavy: Streamlit comes with it
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg  # heavy: as above

        message = BackMsg()
        message.rerun_script.widget_states.widgets.extend(states)
        assert self._socket is not None  # noqa: S101 - a visitor is used in its block
        turn, began = Turn(), time.perf_counter()
        before, is_over = began, False
        try:
            await self._socket.send(message.SerializeToString())
            while not is_over:
                async with asyncio.timeout(PATIENCE_S):
                    data = await self._socket.recv(decode=False)
                now = time.perf_counter()
                turn.longest_gap_s, before = max(turn.longest_gap_s, now - before), now
                turn.messages += 1
                is_over = self._take(ForwardMsg.FromString(data), turn)
        except (WebSocketException, OSError, TimeoutError) as error:
            turn.error = type(error).__name__
        turn.took_s = time.perf_counter() - began
        return turn

    def _take(self, message: "ForwardMsg", turn: Turn) -> bool:
        """Learn the widgets of a message; return whether the run is over."""
        kind = message.WhichOneof("type")
        if kind == "script_finished":
            if message.script_finished not in {FINISHED, EARLY}:
                turn.error = "the page's run failed"
            return message.script_finished != EARLY
        if kind != "delta" or message.delta.WhichOneof("type") != "new_element":
            return False
        element = message.delta.new_element
        what = element.WhichOneof("type")
        if what == "text_input":
            field = element.text_input
            self._ids["password" if field.type == field.PASSWORD else "user"] = field.id
        elif what == "button" and element.button.is_form_submitter:
            self._ids["submit"] = element.button.id
        elif what == "chat_input":
            self._ids["question"] = element.chat_input.id
        elif what == "html":
            turn.is_answered = turn.is_answered or CHECKED in element.html.body
        elif what == "exception":
            turn.error = "the page showed an exception"
        return False
