"""When a source is synced without being asked."""

import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.schedule import FALLBACK_S, LONGEST_S, QUIET_S, RETRY_S, TICK_S, Agenda, Scheduler, Timetable
from ingest.watch import FolderWatch, file_system_of
from retrieval.errors import DatabaseUnavailable

WITHIN_S = 20.0  # two busy cores
QUIET = 0.3  # instead of 2 s


def test_every_source_is_due_at_the_start_and_then_by_its_minutes() -> None:
    """What changed while the house was closed is found; then the clock runs from order to order."""
    agenda = Agenda([Timetable("slow", 600), Timetable("fast", 60)], now=1000)
    assert agenda.due(now=1000) == ("slow", "fast")
    agenda.ordered("slow", now=1000)
    agenda.ordered("fast", now=1010)
    assert agenda.next_at() == 1070
    assert agenda.due(now=1069) == ()
    assert agenda.due(now=1070) == ("fast",)
    assert agenda.due(now=1600) == ("slow", "fast")


def test_watched_source_without_minutes_is_due_only_when_stirred() -> None:
    """After its first sync it rests until something changes."""
    agenda = Agenda([Timetable("a", watched=Path("/srv"))], now=0)
    agenda.ordered("a", now=0)
    assert agenda.next_at() == math.inf
    agenda.stir("a", now=50)
    assert agenda.due(now=50 + QUIET_S - 0.1) == ()
    assert agenda.due(now=50 + QUIET_S) == ("a",)
    agenda.ordered("a", now=53)
    assert agenda.due(now=10_000) == ()


def test_folder_that_never_rests_is_synced_all_the_same() -> None:
    """A change a second would otherwise put the sync off for ever."""
    agenda = Agenda([Timetable("a", watched=Path("/srv"))], now=0)
    agenda.ordered("a", now=0)
    for second in range(100, 100 + int(LONGEST_S)):
        agenda.stir("a", now=second)
        assert agenda.due(now=second) == ()
    assert agenda.due(now=100 + LONGEST_S) == ("a",)


def test_order_that_failed_is_due_again_a_minute_later() -> None:
    """A database that is away for a moment does not cost a whole interval."""
    agenda = Agenda([Timetable("a", 3600)], now=0)
    agenda.ordered("a", now=0)
    agenda.postpone("a", now=0)
    assert agenda.next_at() == RETRY_S
    agenda.ordered("a", now=RETRY_S)
    assert agenda.next_at() == RETRY_S + 3600


def test_folder_that_cannot_be_watched_gets_a_schedule_and_keeps_its_own() -> None:
    """Without one it would never be synced again."""
    agenda = Agenda([Timetable("none", watched=Path("/srv")), Timetable("own", 60)], now=0)
    for source in ("none", "own"):
        agenda.ordered(source, now=0)
        agenda.fall_back(source, now=0)
    assert agenda.due(now=60) == ("own",)
    assert agenda.due(now=FALLBACK_S) == ("none", "own")


@given(
    changes=st.lists(st.floats(0, 500), min_size=1, max_size=40).map(sorted),
    every_s=st.sampled_from([0.0, 60.0, 300.0]),
)
def test_every_change_is_followed_by_an_order_in_time(changes: list[float], every_s: float) -> None:
    """Whatever comes when: no change waits longer than the longest debounce, and nothing is ordered without cause."""
    agenda = Agenda([Timetable("a", every_s)], now=0)
    orders, now = [], 0.0
    agenda.ordered("a", now=0)
    waiting = list(changes)
    while waiting or agenda.next_at() <= 600:
        if waiting and waiting[0] < agenda.next_at():
            now = waiting.pop(0)
            agenda.stir("a", now=now)
        else:
            now = max(now, agenda.next_at())
            agenda.ordered("a", now=now)
            orders.append(now)
    for change in changes:
        assert any(change <= order <= change + LONGEST_S + 1e-6 for order in orders)
    if not every_s:
        assert len(orders) <= len(changes)


@contextmanager
def running(*timetables: Timetable, order: Callable[[str], None]) -> Iterator[None]:
    """Run a real scheduler in a thread, and see it end at once when told to."""
    stop = threading.Event()
    thread = threading.Thread(target=Scheduler(timetables, order=order, quiet_s=QUIET).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(WITHIN_S)
        assert not thread.is_alive()


def test_file_dropped_into_a_watched_folder_is_one_order(tmp_path: Path) -> None:
    """Many events make one sync; what a sync itself does, reading, and hidden files make none."""
    orders: Queue[str] = Queue()
    with running(Timetable("a", watched=tmp_path), order=orders.put):
        assert orders.get(timeout=WITHIN_S) == "a"  # that of the start
        sub = tmp_path / "sub"
        sub.mkdir()
        with (sub / "one.md").open("w", encoding="utf-8") as stream:
            for line in range(50):
                stream.write(f"{line}\n")
                stream.flush()
        assert orders.get(timeout=WITHIN_S) == "a"
        (sub / "one.md").read_text(encoding="utf-8")
        (tmp_path / ".one.md.swp").write_text("x", encoding="utf-8")
        with pytest.raises(Empty):
            orders.get(timeout=QUIET + 1.5)
        (sub / "one.md").unlink()
        assert orders.get(timeout=WITHIN_S) == "a"
        with pytest.raises(Empty):
            orders.get(timeout=QUIET + 1.0)


def test_folder_that_is_replaced_is_no_longer_taken_for_watched(tmp_path: Path) -> None:
    """A share that is mounted anew is another folder under the same name; it is watched again."""
    heard: Queue[str] = Queue()
    folder = tmp_path / "folder"
    folder.mkdir()
    with FolderWatch(heard.put) as watch:
        watch.add("a", folder)
        assert watch.has("a")
        folder.rename(tmp_path / "aside")
        assert not watch.has("a")
        folder.mkdir()
        watch.add("a", folder)
        assert watch.has("a")
        while not heard.empty():
            heard.get_nowait()
        (folder / "one.md").write_text("x", encoding="utf-8")
        assert heard.get(timeout=WITHIN_S) == "a"


def test_link_to_a_folder_is_watched_where_it_leads(tmp_path: Path) -> None:
    """The settings may name a link."""
    heard: Queue[str] = Queue()
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    with FolderWatch(heard.put) as watch:
        watch.add("a", tmp_path / "link")
        (tmp_path / "real" / "one.md").write_text("x", encoding="utf-8")
        assert heard.get(timeout=WITHIN_S) == "a"


def test_missing_folder_falls_back_to_the_schedule(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is said once with its reason, and the source is still ordered."""
    orders: Queue[str] = Queue()
    with running(Timetable("a", watched=tmp_path / "unmounted"), order=orders.put):
        assert orders.get(timeout=WITHIN_S) == "a"
    assert [record.message for record in caplog.records] == ["source_not_watched"]


def test_order_that_raises_ends_neither_the_thread_nor_the_others(caplog: pytest.LogCaptureFixture) -> None:
    """A failing source is put off and logged; the next one is ordered."""
    orders: Queue[str] = Queue()

    def order(source: str) -> None:
        if source == "down":
            raise DatabaseUnavailable("down", remedy="none")
        if source == "odd":
            raise ZeroDivisionError
        orders.put(source)

    with running(Timetable("down", 60), Timetable("odd", 60), Timetable("fine", 60), order=order):
        assert orders.get(timeout=WITHIN_S) == "fine"
    assert [record.message for record in caplog.records] == [
        "sync_not_ordered",
        "order_broke",
        "sync_not_ordered",
    ]


class ThreePauses(threading.Event):
    """Note how long each pause is to be, without pausing, and stop at the third."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Note the pause."""
        self.pauses.append(timeout)
        if len(self.pauses) == 3:
            self.set()
        return self.is_set()


def test_idle_scheduler_pauses_for_a_whole_tick(tmp_path: Path) -> None:
    """It asks its agenda twice a second and no more often; the source is ordered once."""
    orders: list[str] = []
    stop = ThreePauses()

    Scheduler([Timetable("a", watched=tmp_path)], order=orders.append, clock=lambda: 0.0).run(stop)

    assert (orders, stop.pauses) == (["a"], [TICK_S] * 3)


MOUNTINFO = """\
22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
30 22 0:40 / /srv rw - nfs4 server:/srv rw
31 30 0:41 / /srv/my\\040files rw shared:3 - fuse.sshfs me@there:/ rw
32 22 0:42 / /mnt rw - cifs //server/share rw
33 22 0:43 / /mnt rw - ext4 /dev/vdb rw
"""


@pytest.mark.parametrize(
    ("folder", "system"),
    [
        ("/home/x", "ext4"),
        ("/srv", "nfs4"),
        ("/srv/policies", "nfs4"),
        ("/srv/my files/a", "fuse.sshfs"),
        ("/srv2", "ext4"),
        ("/mnt/x", "ext4"),
    ],
)
def test_file_system_is_that_of_the_nearest_mount(folder: str, system: str) -> None:
    """The deepest mount decides, of two on one place the later; blanks in its path are written in octal."""
    assert file_system_of(Path(folder), MOUNTINFO) == system
