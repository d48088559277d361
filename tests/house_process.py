"""Be `intramuros serve` over a small house and a model elsewhere: for tests that stop it.

Arguments: data directory, address of the model, port, seconds that answers in flight may take to end.
"""

import sys
from functools import partial
from pathlib import Path

from app import logs
from app.api.server import build
from app.llm import VllmModel
from app.serving import listen, serve_until_told
from app.vllm_protocol import Timeouts
from app.winding_down import wind_down
from tests.house import open_house


def main(data_dir: Path, base_url: str, port: int, finish_s: float) -> None:
    """Serve until told to stop."""
    logs.configure(sys.stderr)
    listener = listen("127.0.0.1", port, setting="api.port")
    model = VllmModel(
        base_url=base_url, name="fake", api_key="", context_tokens=8192, timeouts=Timeouts(first_token_s=60)
    )
    app = build(open_house(data_dir, model).services)
    serve_until_told(app, listener, wind_down=partial(wind_down, app, finish_s=finish_s))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
