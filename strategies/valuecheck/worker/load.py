"""From a TARGET on the command line to classes: modules, files, folders and notebooks.

How what stands in a file is run is in `running`.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.machinery
import importlib.util
import inspect
import os
import re
import sys
from typing import TYPE_CHECKING, Any, Callable, Iterator, Sequence, Tuple

from .attributes import CannotBindError
from .running import Runner, needs, spell

if TYPE_CHECKING:
    import types

__all__ = ["CannotLoadError", "Loaded", "Module", "classes_of", "load", "modules_of"]

_Part = Tuple[str, ast.Module]
"""A file name for error messages, and what stands there."""

Cells = Sequence[Sequence[str]]
"""The code cells of a notebook: for each its name and its source."""

_LEFT_OUT = {"tests", "test", "venv", ".venv", "env", "node_modules", "build", "dist"}


class CannotLoadError(Exception):
    """A TARGET does not lead to a class; the text says why and what to do."""


class _IPython:
    """What `get_ipython()` returns while a notebook is loaded: its magics do nothing."""

    def __getattr__(self, _name: str) -> Any:
        """Return a function that does nothing."""
        return lambda *_, **__: None

    def getoutput(self, _command: str) -> list[str]:
        """Return what a shell line printed: nothing."""
        return []


class Module:
    """A module that was loaded.

    Attributes:
        module: the module.
        note: how it was loaded, where that was not a plain import.
        places: where its classes stand, for a notebook: there is no source to tell from.
    """

    def __init__(self, module: types.ModuleType, note: str = "") -> None:
        self.module = module
        self.note = note
        self.places: dict[str, tuple[str, int]] = {}


class Loaded:
    """A class that was found and bound, with where it stands.

    Attributes:
        engine: what `bind` made of the class.
        module: where it was found.
        file: the file it is defined in.
        line: the line where its class begins.
        search_path: the folder that must be on sys.path to import the class, if any.
        importable: whether Python can import the class; it cannot out of a notebook.
    """

    def __init__(self, engine: Any, found: Module) -> None:
        self.engine = engine
        self.module = found
        self.search_path: str | None = None
        self.importable: bool = not found.places
        cls = engine.cls
        origin = sys.modules.get(cls.__module__, found.module)
        self.file: str = (
            getattr(origin, "__file__", None) or getattr(found.module, "__file__", "") or ""
        )
        self.line: int = 1
        with contextlib.suppress(Exception):
            self.line = max(inspect.getsourcelines(cls)[1], 1)
        if found.places:
            self.file, self.line = found.places.get(cls.__name__, (self.file, self.line))
        elif self.file:
            root = os.path.abspath(self.file)
            levels = cls.__module__.count(".") + 1
            if os.path.basename(root) == "__init__.py":
                levels += 1
            for _ in range(levels):
                root = os.path.dirname(root)
            if "site-packages" not in root.split(os.sep):
                self.search_path = root


def modules_of(
    place: str, definitions_only: str, trying: Callable[[str], object], cells: Cells = ()
) -> list[Module]:
    """Return the modules that a target without its class leads to.

    Args:
        place: `module`, `path/to/file.py`, a folder, or a notebook.
        definitions_only: why not to run all of a file, "" to try that first.
        trying: hears of every file before it is run.
        cells: what the judge read of a notebook.

    Raises `CannotLoadError` when it is not there or cannot be read.
    """
    if not place:
        raise CannotLoadError("'' is not a target: give module:Class, or the path of a .py file")
    if os.path.isdir(place):
        return list(_in_folder(place, definitions_only, trying))
    if place.endswith((".py", ".ipynb")):
        if not os.path.isfile(place):
            raise CannotLoadError(f"{place}: no such file")
        return [_load_file(place, definitions_only, trying, cells)]
    if "/" in place or "\\" in place:
        raise CannotLoadError(f"{place}: no such file or folder")
    trying("loading")
    return [Module(_import_module(place))]


# Modules


def _import_module(name: str) -> types.ModuleType:
    _search(os.getcwd())
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        missing = error.name or name
        if name == missing or name.startswith(f"{missing}."):
            raise CannotLoadError(
                f"{name}: no module of that name; give module:Class, or the path of a .py file"
            ) from error
        raise CannotLoadError(f"{name} {needs(missing)}") from error
    except BaseException as error:
        raise CannotLoadError(f"importing {name} raised {spell(error)}") from error


def _search(folder: str) -> None:
    if folder not in sys.path:
        sys.path.insert(0, folder)


# Files


def _load_file(
    path: str, definitions_only: str, trying: Callable[[str], object], cells: Cells = ()
) -> Module:
    path = os.path.abspath(path)
    trying(f"loading {path}" if definitions_only else "loading")
    parts = _parse(path, cells)
    name, root = _dotted_name(path, parts)
    _search(root)
    found = _module_for(path, name, parts)
    if found is None:
        return Module(sys.modules[name])
    runner = Runner(found.module, definitions_only)
    for file, tree in parts:
        runner.run(file, tree)
    found.note = runner.note
    return found


def _parse(path: str, cells: Cells = ()) -> list[_Part]:
    """Return what a file consists of: itself, or the code cells of a notebook."""
    source = b""
    try:
        if path.endswith(".ipynb"):
            return [(name, ast.parse(text, filename=name)) for name, text in cells]
        with open(path, "rb") as file:
            source = file.read()
        return [(path, ast.parse(source, filename=path))]
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno is not None else ""
        text = f"{error.filename or path}{line}: {error.msg}"
        raise CannotLoadError(f"{text}{_newer_syntax(source, error)}") from error
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        raise CannotLoadError(f"{path} cannot be read: {error}") from error


_NEWER = (
    ((3, 14), r"^\s*except\s+\w+\s*,\s*\w+.*:|\bt[\"']"),
    ((3, 12), r"^\s*(class|def|async def)\s+\w+\s*\[|^\s*type\s+\w+.*="),
    ((3, 11), r"^\s*except\s*\*"),
    ((3, 10), r"^\s*match\s.+:\s*$|^\s*case\s.+:\s*$"),
)
"""What newer Pythons brought, by what a line of it looks like."""


def _newer_syntax(source: bytes, error: SyntaxError) -> str:
    """Return what to say where a line is the syntax of a newer Python than this."""
    lines = source.decode("utf-8", "replace").splitlines()
    line = lines[(error.lineno or 1) - 1] if 0 < (error.lineno or 0) <= len(lines) else ""
    here = sys.version_info[:2]
    nested = re.search(r"\bf([\"']).*\{[^}]*\1[^}]*\}", line) or "f-string" in str(error.msg)
    versions = [version for version, sign in _NEWER if re.search(sign, line)]
    versions += [(3, 12)] if nested else []
    newer = [version for version in versions if version > here]
    if not newer:
        return ""
    wanted = ".".join(map(str, min(newer)))
    return (
        f"; this is the syntax of Python {wanted} or newer, and it was read by "
        f"{here[0]}.{here[1]}: name the interpreter with --python"
    )


def _dotted_name(path: str, file_parts: list[_Part]) -> tuple[str, str]:
    """Return the name to import a file by, and the folder that makes the name work."""
    folder, stem = os.path.split(path)
    parts = [os.path.splitext(stem)[0]]
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    imports = [node for _, tree in file_parts for node in ast.walk(tree)]
    relative = any(isinstance(node, ast.ImportFrom) and node.level for node in imports)
    if len(parts) == 1 and relative:
        # It takes itself for part of a package, though nothing marks the folder as one.
        folder, package = os.path.split(folder)
        parts.insert(0, package)
    # A `src` layout: the file imports its neighbours by names that begin further up.
    tops = {name.partition(".")[0] for node in imports for name in _imported(node)}
    above, names = folder, list(parts)
    for _ in range(4):
        if any(_stands_in(above, top, path) for top in tops):
            _search(above)
            if names[0] in tops:
                folder, parts = above, names
            break
        above, package = os.path.split(above)
        names.insert(0, package)
    if parts[-1] == "__init__" and len(parts) > 1:
        parts.pop()
    return ".".join(parts), folder


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level and node.module:
        return [node.module]
    return []


def _stands_in(folder: str, top: str, path: str) -> bool:
    """Return whether a folder holds the module that is imported, other than the file itself."""
    place = os.path.join(folder, top)
    return os.path.isdir(place) or (os.path.isfile(f"{place}.py") and f"{place}.py" != path)


def _module_for(path: str, name: str, parts: list[_Part]) -> Module | None:
    """Return a new module for a file; None when its package has imported it already."""
    package = name.rpartition(".")[0]
    if package:
        with contextlib.suppress(Exception):
            importlib.import_module(package)
    known = sys.modules.get(name)
    if known is not None:
        file = getattr(known, "__file__", None)
        if file and os.path.abspath(file) == path:
            return None
        name = f"{name}_to_check"  # a module of the library has that name: leave it be
    loader = importlib.machinery.SourceFileLoader(name, path)
    is_package = os.path.basename(path) == "__init__.py"
    spec = importlib.util.spec_from_file_location(
        name,
        path,
        loader=loader,
        submodule_search_locations=[os.path.dirname(path)] if is_package else None,
    )
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    found = Module(module)
    if path.endswith(".ipynb"):
        module.__dict__["get_ipython"] = _IPython
        found.places = {
            node.name: (part, node.lineno)
            for part, tree in parts
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
        }
    return found


# Folders


def _in_folder(
    folder: str, definitions_only: str, trying: Callable[[str], object]
) -> Iterator[Module]:
    """Yield the modules of a folder that define a class with operators."""
    unread: list[str] = []
    seen_any = found_any = False
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(f for f in folders if f not in _LEFT_OUT and not f.startswith("."))
        for name in sorted(files):
            if not name.endswith(".py"):
                continue
            seen_any = True
            path = os.path.join(place, name)
            try:
                if any(_has_operators(n) for _, tree in _parse(path) for n in ast.walk(tree)):
                    yield _load_file(path, definitions_only, trying)
                    found_any = True
            except CannotLoadError as error:
                unread.append(str(error))
    if not seen_any:
        raise CannotLoadError(f"{folder}: no .py file in this folder")
    if not found_any:
        seen = "; ".join(unread) or "no class in it has + or *"
        raise CannotLoadError(f"{folder}: no class looks like a scalar autograd engine: {seen}")


def _has_operators(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        isinstance(n, ast.FunctionDef) and n.name in ("__add__", "__mul__") for n in node.body
    )


# Classes


def load(
    target: str,
    modules: Sequence[Module],
    class_name: str | None,
    bound: Callable[[type, Module], Any],
) -> Loaded:
    """Return the class that was named, or the only one that can be bound.

    Args:
        target: as given, for error messages.
        modules: where to look.
        class_name: the class that was named, if any.
        bound: binds a class; raises `CannotBindError`.

    Raises `CannotLoadError` with what spoke against each class, or when several qualify.
    """
    if class_name is not None:
        return _named(target, modules, class_name, bound)
    qualified: list[Loaded] = []
    reasons: list[str] = []
    for found in modules:
        for cls in classes_of(found.module).values():
            if not any(hasattr(cls, dunder) for dunder in ("__add__", "__mul__", "__radd__")):
                reasons.append(f"{cls.__name__} has no + or *")
                continue
            try:
                qualified.append(Loaded(bound(cls, found), found))
            except CannotBindError as error:
                reasons.append(str(error))
    qualified = _without_dependents(qualified)
    if len(qualified) == 1:
        return qualified[0]
    if qualified:
        choices = " or ".join(f"{loaded.file}:{loaded.engine.cls.__name__}" for loaded in qualified)
        raise CannotLoadError(f"{target}: several classes qualify; choose {choices}")
    seen = "; ".join(dict.fromkeys(reasons)) or "it defines no class"
    notes = "".join(f" ({found.note})" for found in modules if found.note)
    for told in (*reasons, notes):
        _must_not_miss(target, told)
    raise CannotLoadError(f"{target}: no class looks like a scalar autograd engine: {seen}{notes}")


def _must_not_miss(target: str, told: str) -> None:
    """Raise `CannotLoadError` where what is told is that a package is not installed."""
    if "which is not installed" in told:
        package = told.partition("needs ")[2].partition(",")[0]
        raise CannotLoadError(f"{target} {needs(package)}")


def _without_dependents(qualified: list[Loaded]) -> list[Loaded]:
    """Leave out classes whose results are nodes of another one: operations, and empty subclasses.

    A subclass that changes operators or the sweep is an engine of its own.
    """
    kept = []
    for loaded in qualified:
        cls = loaded.engine.cls
        bases = [
            o.engine.cls for o in qualified if o is not loaded and issubclass(cls, o.engine.cls)
        ]
        own = {name for name in vars(cls) if callable(vars(cls)[name]) and name != "__init__"}
        if not bases or own:
            kept.append(loaded)
    return kept


def _named(
    target: str,
    modules: Sequence[Module],
    class_name: str,
    bound: Callable[[type, Module], Any],
) -> Loaded:
    for found in modules:
        cls = getattr(found.module, class_name, None)
        if isinstance(cls, type):
            try:
                return Loaded(bound(cls, found), found)
            except CannotBindError as error:
                _must_not_miss(target, found.note)
                raise CannotLoadError(f"{target}: {error}") from error
    classes = ", ".join(name for m in modules for name in classes_of(m.module)) or "no class"
    raise CannotLoadError(f"{target}: no class {class_name}; there is {classes}")


def classes_of(module: types.ModuleType) -> dict[str, type]:
    """Return the classes that a module defines itself, or a package takes from its modules.

    A class with two names is one class.
    """
    found: dict[str, type] = {}
    for name, cls in list(vars(module).items()):
        if isinstance(cls, type) and cls not in found.values():
            inside = hasattr(module, "__path__") and cls.__module__.startswith(
                f"{module.__name__}."
            )
            if inside or cls.__module__ == module.__name__:
                found[name] = cls
    return found
