"""Try out, in a process that ends at once, how far this machine lets a document's process be confined.

Run as `python -m ingest.sandbox.probe`, it writes the answer as JSON.
"""

import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from ingest.sandbox.confine import Allowance, Confinement, confine

ALLOWANCE = Allowance(memory_bytes=256 * 1024 * 1024, cpu_s=10)  # the attempt itself takes milliseconds
UNCONFINED = Confinement(landlock=0, has_network_namespace=False, has_socket_filter=False, account="own")


def probe() -> bytes:
    """Return a Confinement as JSON, tried out in a process of its own."""
    read, write = os.pipe()
    with tempfile.TemporaryDirectory(prefix="intramuros-") as private:
        pid = os.fork()
        if pid == 0:
            try:
                found = confine(ALLOWANCE, private=Path(private), document=Path(os.devnull))
                os.write(write, json.dumps(asdict(found)).encode("ascii"))
            finally:
                os._exit(0)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            answer = pipe.read()
        os.waitpid(pid, 0)
    return answer or json.dumps(asdict(UNCONFINED)).encode("ascii")


def report_of(answer: bytes) -> Confinement:
    """Return the Confinement that `probe` told."""
    return Confinement(**json.loads(answer))


if __name__ == "__main__":
    sys.stdout.write(probe().decode("ascii"))
