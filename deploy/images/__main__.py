"""Run one of the steps that make the images.

    python3 -m deploy.images lock              resolve the packages again and write deploy/locks/
    python3 -m deploy.images wheels [TARGET …] bring the locked packages into the cache
    python3 -m deploy.images build [TARGET …]  build images and write their bills of materials; all without a name
    python3 -m deploy.images models            write the bill of materials of the models
    python3 -m deploy.images stand-in          make images of Debian's packages, for tests without a registry

`build --stand-in` builds on those. Exit codes: 0 done, 2 wrong use, 3 this machine is not as needed.
"""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from deploy.images import build, locks, sbom, standin, wheels
from deploy.images.parts import IMAGES, PROJECT, Image
from retrieval.errors import IntramurosError

STEPS = ("lock", "wheels", "build", "models", "stand-in")
STAND_IN = "--stand-in"


def main(words: Sequence[str]) -> int:
    """Do what `words` say; return the exit code. Failures are one line each, with a remedy."""
    step, *rest = words or [""]
    on_stand_in = STAND_IN in rest
    names = [word for word in rest if word != STAND_IN]
    if step not in STEPS or set(names) - {image.target for image in IMAGES}:
        say(str(__doc__).partition("\n\n")[2])
        return 2
    chosen = [image for image in IMAGES if not names or image.target in names]
    try:
        _do(step, chosen, on_stand_in=on_stand_in)
    except IntramurosError as problem:
        say(f"✗ {problem.message}\n  → {problem.remedy}")
        return 3
    return 0


def _do(step: str, chosen: Sequence[Image], *, on_stand_in: bool) -> None:
    now = datetime.now(UTC)
    if step == "lock":
        say("\n".join(f"✓ deploy/{path}" for path in locks.write_locks()))
    elif step == "wheels":
        for image in chosen:
            say(f"✓ {image.target}: {len(wheels.fetch(image.target))} wheels in {wheels.FOLDER}")
    elif step == "stand-in":
        say("\n".join(f"{name}={image}" for name, image in standin.make_all(say=say).items()))
    elif step == "models":
        say(f"✓ {sbom.write_models(now=now).relative_to(PROJECT)}")
    else:
        made = standin.make_base(say=say) if on_stand_in else build.base_image(os.environ)
        results = [build.build(image, base=made, now=now, say=say) for image in chosen]
        sbom.write_models(now=now)
        say(build.table(results))


def say(line: str) -> None:
    """Show one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
