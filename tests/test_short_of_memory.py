"""Check that a worker short of memory goes on."""

import subprocess
import sys
from pathlib import Path

from ingest.types import State

SHORT_OF_MEMORY = """
import resource, sys
from dataclasses import dataclass, replace
from pathlib import Path
import numpy as np
from ingest.database import utc_now
from tests.fakes import HashEmbedder, ScriptedModel
from tests.house import open_house
from tests.test_disk_full import order

class Hungry(HashEmbedder):
    def embed_passages(self, texts):
        np.ones((len(texts) << 25) // 8)  # 32 MB a text, for as long as it takes
        return super().embed_passages(texts)

house = open_house(Path(sys.argv[1]) / "data", ScriptedModel())
indexer = replace(house.services.pipeline.indexer, embedder=Hungry())
pipeline = replace(house.services.pipeline, indexer=indexer)
object.__setattr__(house, "services", replace(house.services, pipeline=pipeline))
work = lambda name, count, chars: (
    house.services.jobs.place(order(Path(sys.argv[1]) / name, count, chars=chars), now=utc_now()), house.work()
)
work("warm", 1, 400)
size = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize")) << 10
resource.setrlimit(resource.RLIMIT_AS, (size + (192 << 20), resource.RLIM_INFINITY))
work("large", 1, 60_000)
work("small", 3, 400)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
def tell():
    for document in house.services.catalog.listed():
        print(document.source.rpartition("/")[2], document.state, document.reason or "", sep="|")
tell()
from app.ordering import order_retries
order_retries(house.services, [d for d in house.services.catalog.listed() if d.reason], created_by="root")
house.work()
print("again")
tell()
house.services.close()
"""


def test_a_worker_short_of_memory_goes_on(tmp_path: Path) -> None:
    """A document that no memory is left for is tried again, then set aside for that reason; the others come in.

    With memory it is read at the next retry.
    """
    done = subprocess.run(
        [sys.executable, "-c", SHORT_OF_MEMORY, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        cwd=Path(__file__).parents[1],
    )
    assert done.returncode == 0, done.stderr[-2000:]
    short, again = done.stdout.split("again\n")
    told = sorted(line.split("|")[:2] for line in short.splitlines())
    aside, visible = State.QUARANTINED.value, State.VISIBLE.value
    assert told == [["large", aside], *[["small", visible]] * 3, ["warm", visible]]
    assert "this machine had no memory left for it" in short
    assert {line.split("|")[1] for line in again.splitlines()} == {visible}
