"""Build valuecheck.html, one file that checks a `Value` without a server: `tox -e page`.

All that it is made of comes from the package registries, with hashes: docs/package-lock.json for
npm, wheels.txt for the wheels. valuecheck itself is built from this checkout.
"""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
NPM = HERE.parent / "node_modules"
COURSE = HERE.parent / "course"
HARNESS = HERE.parents[1] / "strategies"
OUT = COURSE / "assets" / "valuecheck.html"

_PYTHON = ("--python-version", "3.14", "--implementation", "cp", "--abi", "cp314", "--abi", "none")
_PLATFORMS = ("--platform", "pyemscripten_2026_0_wasm32", "--platform", "any")
_PYODIDE = (
    *("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"),
    "pyodide-lock.json",
)
_ALL = '+ - * / ** neg exp log relu tanh "2 - x"'
_MISTAKE = ("self.grad += (1 - out.data**2)", "self.grad = (1 - out.data**2)")


def main() -> None:
    """Gather everything and write the page."""
    with tempfile.TemporaryDirectory() as folder:
        wheels = _wheels(Path(folder))
        parts = [
            *((name, (NPM / "pyodide" / name).read_bytes()) for name in _PYODIDE),
            *((wheel.name, wheel.read_bytes()) for wheel in wheels),
        ]
    page = (HERE / "page.html").read_text(encoding="utf-8")
    files = "\n".join(_embedded(name, content) for name, content in parts)
    for mark, text in (
        ("{{starters}}", json.dumps(starters()).replace("<", "\\u003c")),
        ("{{worker}}", (HERE / "worker.mjs").read_text(encoding="utf-8")),
        ("{{files}}", files),
        ("{{app}}", _bundled().replace("</script", "<\\/script")),
    ):
        page = page.replace(mark, text, 1)
    OUT.write_text(page, encoding="utf-8")
    print(f"{OUT}: {OUT.stat().st_size / 2**20:.1f} MiB")


def starters() -> dict[str, dict[str, str]]:
    """Return the files to start from, each with what is required of it."""
    solved = (COURSE / "solution/my_scalar.py").read_text(encoding="utf-8")
    assert _MISTAKE[0] in solved
    return {
        "broken": {"source": solved.replace(*_MISTAKE), "require": ""},
        "empty": {"source": (COURSE / "lab/my_scalar.py").read_text("utf-8"), "require": "+ *"},
        "skeleton": {
            "source": (COURSE / "solution/my_skeleton.py").read_text("utf-8"),
            "require": "+ *",
        },
        "solved": {"source": solved, "require": _ALL},
    }


def _wheels(folder: Path) -> list[Path]:
    pip = (sys.executable, "-m", "pip")
    subprocess.run(
        [
            *(*pip, "download", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"),
            *(*_PYTHON, *_PLATFORMS, "-d", str(folder), "-r", str(HERE / "wheels.txt")),
        ],
        check=True,
    )
    subprocess.run(
        [*pip, "wheel", "--quiet", "--no-deps", "-w", str(folder), str(HARNESS)], check=True
    )
    return sorted(folder.glob("*.whl"))


def _bundled() -> str:
    """Return the script of the page with all it imports."""
    command = [
        *(str(NPM / ".bin/esbuild"), str(HERE / "app.mjs")),
        *("--bundle", "--minify", "--format=esm", "--log-level=warning", "--charset=utf8"),
    ]
    done = subprocess.run(command, check=True, capture_output=True)
    return done.stdout.decode()


def _embedded(name: str, content: bytes) -> str:
    text = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
    return f'<script type="application/octet-stream" data-file="{name}">{text}</script>'


if __name__ == "__main__":
    main()
