"""Take out of an environment what no process needs, and refuse code in it that runs by itself. Runs inside a build.

Usage: trim.py ENVIRONMENT. The standard library only.
"""

import re
import shutil
import sys
from pathlib import Path

KEPT_LOCALES = {"root", "en", "de", "es", "fr", "it"}  # languages of the page; ui/locale
KEPT_SERVICES = {"s3", "sts"}  # of the bucket servers' client: reading a bucket, and signing for it
UNUSED = (  # below site-packages
    "**/*.a",  # to link with; nothing is compiled here
    "**/*.pyx",
    "**/tests",  # of the packages themselves
    "torch/include",
    "torch/share",
    "torch/test",
    "pydeck/nbextension",  # maps inside notebooks
    "pyarrow/include",
    "pyarrow/src",
    "pyarrow/_flight.*",  # tables over the network
    "pyarrow/libarrow_flight*",
    "pyarrow/_s3fs.*",  # buckets, which the page never sees
    "pyarrow/libarrow_s3*",
    "numpy/_core/include",
    "streamlit/static/**/*.map",
    "distutils-precedence.pth",  # runs setuptools at each start of Python
)
NEEDED_TESTS = {"numpy/_core/tests", "jinja2/tests"}  # numpy.testing, which scipy imports, looks there
RUNS_BY_ITSELF = {"sitecustomize.py", "usercustomize.py"}


def trim(site: Path) -> int:
    """Remove what is not needed below `site`; return the bytes that it took."""
    doomed = {path for pattern in UNUSED for path in site.glob(pattern)}
    doomed -= {site / kept for kept in NEEDED_TESTS}
    locales = site / "babel" / "locale-data"
    doomed |= {path for path in locales.glob("*.dat") if re.split("[_.]", path.name)[0] not in KEPT_LOCALES}
    services = site / "botocore" / "data"
    doomed |= {path for path in services.glob("*") if path.is_dir() and path.name not in KEPT_SERVICES}
    programs = site / "torch" / "bin"  # its own tests, but for one that it starts
    doomed |= {path for path in programs.glob("*") if path.name != "torch_shm_manager"}
    freed = 0
    for path in sorted(doomed):
        if path.is_dir():
            freed += sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
            shutil.rmtree(path)
        elif path.exists():
            freed += path.stat().st_size
            path.unlink()
    return freed


def runs_by_itself(folder: Path) -> list[Path]:
    """Return the files below `folder` that Python runs at each start: the way malware came in elsewhere."""
    return sorted(path for path in folder.rglob("*") if path.suffix == ".pth" or path.name in RUNS_BY_ITSELF)


def main(folder: Path) -> int:
    """Trim each site-packages below `folder`; return 1 where something in it would run by itself."""
    for site in sorted(folder.glob("lib/python3*/site-packages")):
        sys.stdout.write(f"{trim(site) / 1e6:.0f} MB taken out of {site}\n")
    found = runs_by_itself(folder)
    for path in found:
        sys.stderr.write(f"{path} runs at each start of Python; none is expected\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
