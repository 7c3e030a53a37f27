"""The archives that would be published, made from the files that git has."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def tracked(*paths: str) -> list[str]:
    """The files that git has, from the root, with ``/`` between folders."""
    command = ["git", "ls-files", "-z", "--", *paths]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(name for name in listed.split("\0") if name)


def copy_of_the_sources(folder: Path) -> Path:
    """A checkout's files without git, and without what lies about in this folder."""
    for name in tracked():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def build(sources: Path, out: Path, readme_files: str = "") -> tuple[Path, Path]:
    """The wheel, made from the source archive, and the source archive."""
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(sources)],
        env=os.environ | {"README_FILES": readme_files},
        capture_output=True,
        check=True,
        timeout=120,
    )
    return next(out.glob("*.whl")), next(out.glob("*.tar.gz"))
