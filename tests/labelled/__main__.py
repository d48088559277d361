"""Write the set that the command line asks for: a folder and a seed."""

import sys
from pathlib import Path

from tests.labelled.files import write

folder, seed = sys.argv[1:]
write(Path(folder), int(seed))
