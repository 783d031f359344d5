"""Files that the build takes from npm, and that pages load from the site itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File

_NPM = Path(__file__).parents[1] / "node_modules"

FILES = {
    "assets/temml.css": _NPM / "temml/dist/Temml-Local.css",
    "assets/Temml.woff2": _NPM / "temml/dist/Temml.woff2",
    "assets/iframe-worker.js": _NPM / "iframe-worker/shim/index.js",
}
"""By the place in the site, the file that goes there."""


def on_files(files: Any, config: Any, **_: Any) -> Any:
    """Add the files."""
    for place, file in FILES.items():
        files.append(File.generated(config, place, abs_src_path=str(file)))
    return files
