"""From a TARGET on the command line to a class: modules, files, folders and notebooks.

A file is imported normally first. Where that fails or takes too long, because it trains, plots or
wants a library that is not there, only its definitions are run: imports, classes, functions, and
assignments of plain constants.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.util
import inspect
import sys
import types
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from valuecheck.check.settings import split_target
from valuecheck.engine import EngineError, put_builtins_back
from valuecheck.notebook import CannotReadNotebookError, IPython, cells_of
from valuecheck.overtime import TimeIsUp
from valuecheck.probing import CannotBindError, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from valuecheck.check.settings import Names
    from valuecheck.engine import Engine
    from valuecheck.probing import Trying

__all__ = ["CannotLoadError", "Loaded", "load"]

_Part = tuple[str, ast.Module]
"""A file name for error messages, and what stands there."""

_PLACES = "__valuecheck_places__"
_LEFT_OUT = {"tests", "test", "venv", ".venv", "env", "node_modules", "build", "dist"}


class CannotLoadError(Exception):
    """A TARGET does not lead to a class; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A class that was found, bound and ready.

    Attributes:
        engine: the bound engine.
        file: the file it is defined in.
        line: the line where its class begins.
        note: how it was loaded, when that was not a plain import.
    """

    engine: Engine
    file: str
    line: int
    note: str


def load(
    target: str,
    names: Names | None = None,
    *,
    definitions_only: str = "",
    trying: Trying | None = None,
) -> Loaded:
    """Load a target and bind its class.

    Args:
        target: `module:Class`, `path/to/file.py:Class`, `path/to/file.py`, a folder, or a
            notebook; without a class the one that qualifies is found.
        names: what the user said about the names in the class.
        definitions_only: why not to import it normally, "" to try that first.
        trying: as for `probing.bind`.

    Raises `CannotLoadError` when the target is not there or cannot be read, when no class
    qualifies, or when several do.
    """
    place, class_name = split_target(target)
    if not place:
        raise CannotLoadError("'' is no target: give module:Class, or the path of a .py file")
    unread: list[str] = []
    path = Path(place)
    if path.is_dir():
        found = list(_in_folder(path, unread, definitions_only=definitions_only))
    elif place.endswith((".py", ".ipynb")):
        if not path.is_file():
            raise CannotLoadError(f"{place}: no such file")
        found = [_load_file(path, definitions_only=definitions_only)]
    elif "/" in place or "\\" in place:
        raise CannotLoadError(f"{place}: no such file or folder")
    else:
        found = [(_import_module(place), _builtins_restored())]
    return _choose(target, found, class_name, lambda cls: bind(cls, names, trying), unread)


# Modules


def _import_module(name: str) -> types.ModuleType:
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        return importlib.import_module(name)
    except TimeIsUp:
        raise
    except ModuleNotFoundError as error:
        missing = error.name or name
        if name == missing or name.startswith(f"{missing}."):
            raise CannotLoadError(
                f"{name}: no module of that name; give module:Class, or the path of a .py file"
            ) from error
        raise CannotLoadError(f"{name} needs {missing}, which is not installed") from error
    except BaseException as error:
        raise CannotLoadError(f"importing {name} raised {_spell(error)}") from error


def _spell(error: BaseException) -> str:
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}"


# Files


def _load_file(path: Path, *, definitions_only: str) -> tuple[types.ModuleType, str]:
    path = path.resolve()
    parts = _parse(path)
    reason = definitions_only
    if not reason:
        try:
            module = _import_file(path, parts)
            return module, _builtins_restored()
        except TimeIsUp:
            reason = "importing it took too long"
        except BaseException as error:  # noqa: BLE001 - a stranger's script may raise anything
            reason = f"importing it raised {_spell(error)}"
    _builtins_restored()
    module = _run_definitions(path, parts)
    return module, f"{reason}, so only its imports, classes, functions and constants were run"


def _builtins_restored() -> str:
    """Put back what an import did to Python's own functions; return what to say of it."""
    try:
        put_builtins_back("importing")
    except EngineError as error:
        return f"{error.cause} when it is imported; they were put back"
    return ""


def _parse(path: Path) -> list[_Part]:
    """Return what a file consists of: itself, or the code cells of a notebook."""
    try:
        if path.suffix == ".ipynb":
            return cells_of(path)
        return [(str(path), ast.parse(path.read_bytes(), filename=str(path)))]
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno is not None else ""
        raise CannotLoadError(f"{error.filename or path}{line}: {error.msg}") from error
    except CannotReadNotebookError as error:
        raise CannotLoadError(str(error)) from error
    except (OSError, ValueError) as error:
        raise CannotLoadError(f"{path} cannot be read: {error}") from error


def _import_file(path: Path, parts: list[_Part]) -> types.ModuleType:
    if path.suffix == ".ipynb":
        module = _new_module(path, path.stem, parts)
        for name, tree in parts:
            _execute(tree, name, module)
        return module
    name, root = _dotted_name(path, parts)
    _search(root)
    for loaded in [n for n in sys.modules if n == name]:
        known = getattr(sys.modules[loaded], "__file__", None)
        if known is None or Path(known).resolve() != path:
            # A module of ours, or of the library, has that name: leave it be.
            spec = importlib.util.spec_from_file_location(f"{name}_on_trial", path)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            sys.modules[spec.name] = module
            spec.loader.exec_module(module)
            return module
    return importlib.import_module(name)


def _dotted_name(path: Path, file_parts: list[_Part]) -> tuple[str, Path]:
    """Return the name to import a file by, and the folder that makes the name work."""
    parts, folder = [path.stem], path.parent
    while (folder / "__init__.py").is_file():
        parts.insert(0, folder.name)
        folder = folder.parent
    nodes = (node for _, tree in file_parts for node in ast.walk(tree))
    relative = any(isinstance(n, ast.ImportFrom) and n.level for n in nodes)
    if len(parts) == 1 and relative:
        # It takes itself for part of a package, though nothing marks the folder as one.
        parts, folder = [path.parent.name, path.stem], path.parent.parent
    if parts[-1] == "__init__":
        parts.pop()
    return ".".join(parts), folder


def _search(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))


def _new_module(path: Path, name: str, parts: list[_Part]) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__file__ = str(path)
    if path.suffix == ".ipynb":
        module.__dict__["get_ipython"] = IPython
        # Where its classes stand: there is no source from which Python could tell.
        module.__dict__[_PLACES] = {
            node.name: (part, node.lineno)
            for part, tree in parts
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
        }
    sys.modules[name] = module
    _search(path.parent)
    return module


def _execute(tree: ast.Module, file: str, module: types.ModuleType) -> None:
    exec(compile(tree, file, "exec"), module.__dict__)  # noqa: S102 - what the user asked for


def _run_definitions(path: Path, parts: list[_Part]) -> types.ModuleType:
    """Run what defines something, statement by statement, and skip what fails."""
    name, root = _dotted_name(path, parts)
    _search(root)
    module = _new_module(path, name, parts)
    module.__package__ = name.rpartition(".")[0]
    if module.__package__:
        with contextlib.suppress(Exception):
            importlib.import_module(module.__package__)
    for file, statement in [(file, each) for file, tree in parts for each in tree.body]:
        if _defines(statement):
            try:
                _execute(ast.Module([statement], []), file, module)
            except TimeIsUp:
                raise
            except BaseException:  # noqa: BLE001, S112 - a library that is missing, or anything
                continue  # the rest may do without
    return module


def _defines(statement: ast.stmt) -> bool:
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return statement.value is not None and _is_plain(statement.value)
    return isinstance(
        statement,
        (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef),
    )


def _is_plain(value: ast.expr) -> bool:
    # Value.__radd__ = Value.__add__, EPSILON = 1e-8, but not model = train(data)
    return not any(isinstance(node, (ast.Call, ast.Await, ast.Yield)) for node in ast.walk(value))


# Folders


def _in_folder(
    folder: Path, unread: list[str], *, definitions_only: str
) -> Iterator[tuple[types.ModuleType, str]]:
    """Yield the modules of a folder that define a class with operators.

    Why others cannot be loaded is added to `unread`.
    """
    seen_any = False
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).parts
        if any(part in _LEFT_OUT or part.startswith(".") for part in parts[:-1]):
            continue
        seen_any = True
        try:
            if any(_has_operators(node) for _, tree in _parse(path) for node in ast.walk(tree)):
                yield _load_file(path, definitions_only=definitions_only)
        except CannotLoadError as error:
            unread.append(str(error))
    if not seen_any:
        raise CannotLoadError(f"{folder}: no .py file in this folder")


def _has_operators(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        isinstance(n, ast.FunctionDef) and n.name in {"__add__", "__mul__"} for n in node.body
    )


# Classes


def _choose(
    target: str,
    modules: list[tuple[types.ModuleType, str]],
    class_name: str | None,
    bound: Callable[[type], Engine],
    unread: Sequence[str],
) -> Loaded:
    """Return the class that was named, or the only one that can be bound.

    Raises `CannotLoadError` with what spoke against each class, and against files `unread`.
    """
    if class_name is not None:
        return _named(target, modules, class_name, bound)
    qualified: list[Loaded] = []
    reasons: list[str] = list(unread)
    for module, note in modules:
        for cls in _classes(module).values():
            if not any(hasattr(cls, dunder) for dunder in ("__add__", "__mul__", "__radd__")):
                reasons.append(f"{cls.__name__} has no + or *")
                continue
            try:
                qualified.append(_loaded(bound(cls), module, note))
            except CannotBindError as error:
                reasons.append(str(error))
    if len(qualified) == 1:
        return qualified[0]
    if qualified:
        choices = " or ".join(f"{loaded.file}:{loaded.engine.cls.__name__}" for loaded in qualified)
        raise CannotLoadError(f"{target}: several classes qualify; choose {choices}")
    seen = "; ".join(dict.fromkeys(reasons)) or "it defines no class"
    notes = "".join(f" ({note})" for _, note in modules if note)
    raise CannotLoadError(f"{target}: no class looks like a scalar autograd engine: {seen}{notes}")


def _named(
    target: str,
    modules: list[tuple[types.ModuleType, str]],
    class_name: str,
    bound: Callable[[type], Engine],
) -> Loaded:
    for module, note in modules:
        cls = getattr(module, class_name, None)
        if isinstance(cls, type):
            try:
                return _loaded(bound(cls), module, note)
            except CannotBindError as error:
                raise CannotLoadError(f"{target}: {error}") from error
    classes = ", ".join(name for m, _ in modules for name in _classes(m)) or "no class"
    raise CannotLoadError(f"{target}: no class {class_name}; there is {classes}")


def _classes(module: types.ModuleType) -> dict[str, type]:
    """Return the classes that a module defines itself, or a package takes from its modules.

    A class with two names is one class.
    """
    own = {module.__name__}
    found: dict[str, type] = {}
    for name, cls in vars(module).items():
        if isinstance(cls, type) and cls not in found.values():
            inside = hasattr(module, "__path__") and cls.__module__.startswith(
                module.__name__ + "."
            )
            if inside or cls.__module__ in own:
                found[name] = cls
    return found


def _loaded(engine: Engine, module: types.ModuleType, note: str) -> Loaded:
    origin: Any = sys.modules.get(engine.cls.__module__, module)
    file = getattr(origin, "__file__", None) or getattr(module, "__file__", "") or ""
    line = 1
    with contextlib.suppress(OSError, TypeError):
        line = inspect.getsourcelines(engine.cls)[1]
    if hasattr(module, _PLACES):
        file, line = getattr(module, _PLACES).get(engine.cls.__name__, (file, line))
        engine.importable = False
    elif file:
        root = Path(file).resolve().parents[engine.cls.__module__.count(".")]
        if Path(file).name == "__init__.py":
            root = root.parent
        if "site-packages" not in root.parts:
            engine.search_path = str(root)
    return Loaded(engine, file, max(line, 1), note)
