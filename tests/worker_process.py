"""Be `intramuros work` with a plain parser and an embedder of hashes, slow where told so: for tests that kill it.

Arguments: settings as JSON, seconds an embedding takes, seconds a document in hand is waited for.
"""

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from app import logs
from app.adapters import open_index
from app.front import Front
from app.records import open_records
from app.serving import listen, serve_until_told
from app.settings import Settings
from app.wiring import Neighbours, plug
from app.work import Workplace, build, ended, wind_down
from retrieval.types import FloatMatrix
from tests.fakes import HashEmbedder, ScriptedModel
from tests.house import PlainParser


@dataclass(frozen=True, slots=True)
class SlowEmbedder(HashEmbedder):
    """Take `pause_s` for each text."""

    pause_s: float = 0.0

    def embed_passages(self, texts: Sequence[str]) -> FloatMatrix:
        """Return one unit vector a text, in time."""
        time.sleep(self.pause_s * len(texts))
        return HashEmbedder.embed_passages(self, texts)


def main(settings: Settings, pause_s: float, within_s: float) -> None:
    """Work until told to stop."""
    logs.configure(sys.stderr)
    listener = listen("127.0.0.1", settings.ingest.port, setting="ingest.port")
    embedder = SlowEmbedder(pause_s=pause_s)

    def opened() -> Workplace:
        index = open_index(settings, dimension=embedder.dimension)
        return Workplace(
            plug(open_records(settings), Neighbours(embedder, index, ScriptedModel(""), PlainParser()))
        )

    app = Front(lambda: build(opened()), first_pause_s=0.2)
    serve_until_told(
        app, listener, wind_down=partial(wind_down, app, within_s=within_s), ended=partial(ended, app)
    )


if __name__ == "__main__":
    main(Settings.model_validate(json.loads(sys.argv[1])), float(sys.argv[2]), float(sys.argv[3]))
