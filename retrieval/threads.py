"""Have torch's threads sleep soon when they wait for work, instead of keeping a core busy. Call before torch is loaded.

GNU OpenMP lets a waiting thread spin for milliseconds. Beside a model server on the same two cores the threads of both
spun against each other: of a quoted answer's 3.0 s (p50 of 24 questions) .8 s went that way. Turns of the wait:
                                    the default   50,000   10,000   1,000   none
    a quoted answer, s                      3.0      3.0      2.6     2.4    2.2
    passages embedded a second, alone        82       84       85      83     71
"""

import os
import threading
from typing import Final

SPIN_TURNS: Final = "1000"


def let_waiting_threads_sleep() -> None:
    """Set how long a thread spins; what whoever runs the process has set already stays."""
    os.environ.setdefault("GOMP_SPINCOUNT", SPIN_TURNS)


_here = threading.local()


def spare_cores() -> None:
    """Have this thread embed on one core from now on: work that may take hours leaves the others to the questions."""
    _here.is_sparing = True


def is_sparing() -> bool:
    """Return whether this thread leaves the other cores alone."""
    return getattr(_here, "is_sparing", False)
