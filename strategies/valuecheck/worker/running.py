"""Running a file statement by statement.

When one of them raises, because it trains, plots or wants a library that is not there, what was
defined before it stays, and of what comes after it only what defines something is run.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from .raising import MissingPackageError, message_of

if TYPE_CHECKING:
    import types

__all__ = ["Runner", "needs", "spell"]


def needs(package: str) -> str:
    """Return what to say of a package that is not installed."""
    return f"needs {package}, which is not installed; name the Python that has it with --python"


def spell(error: BaseException) -> str:
    """Return the type of an error and the first line of its message."""
    text = message_of(error)
    return f"{type(error).__name__}: {text.splitlines()[0] if text else 'no message'}"


class Runner:
    """Runs a file statement by statement; after one has raised, only what defines something."""

    def __init__(self, module: types.ModuleType, definitions_only: str) -> None:
        self.module = module
        self.missing: list[str] = []
        self.why: str = definitions_only

    @property
    def note(self) -> str:
        """What to say of how the file was loaded."""
        notes = [needs(package) for package in dict.fromkeys(self.missing)]
        if self.why:
            notes.append(
                f"{self.why}, so only what defines something was run of what stands after it"
            )
        return "; ".join(notes)

    def run(self, file: str, tree: ast.Module) -> None:
        """Run what a file, or a cell of a notebook, consists of."""
        flags = 0
        for statement in tree.body:
            if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
                features = [__import__("__future__").__dict__[a.name] for a in statement.names]
                for feature in features:
                    flags |= feature.compiler_flag
        docstring = ast.get_docstring(tree, clean=False)
        if docstring is not None:
            self.module.__doc__ = docstring
        for statement in tree.body:
            if self.why and not _defines(statement):
                continue
            code = compile(_only(statement), file, "exec", flags, dont_inherit=True)
            try:
                exec(code, self.module.__dict__)  # noqa: S102 - what the user asked for
            except ModuleNotFoundError as error:
                self._go_without(statement, error)
            except BaseException as error:
                self.why = self.why or f"line {statement.lineno} raised {spell(error)}"

    def _go_without(self, statement: ast.stmt, error: ModuleNotFoundError) -> None:
        """Put a stand-in where an import failed: whatever asks it for something is told why."""
        package = error.name or "a package"
        self.missing.append(package.partition(".")[0])
        stand_in = _StandIn(self.missing[-1])
        for node in ast.walk(statement):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    name = alias.asname or alias.name.partition(".")[0]
                    self.module.__dict__.setdefault(name, stand_in)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    self.module.__dict__.setdefault(alias.asname or alias.name, stand_in)


class _StandIn:
    """Stands for a package that is not installed, and for all that is in it."""

    def __init__(self, package: str) -> None:
        self.__dict__["_package"] = package

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise MissingPackageError(needs(self.__dict__["_package"]))

    def __call__(self, *_: Any, **__: Any) -> Any:
        raise MissingPackageError(needs(self.__dict__["_package"]))


def _only(statement: ast.stmt) -> ast.Module:
    return ast.Module([statement], [])


def _defines(statement: ast.stmt) -> bool:
    """Return whether a statement defines something, or attaches it to a class."""
    if isinstance(statement, (ast.Assign, ast.AnnAssign)):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if all(isinstance(target, ast.Attribute) for target in targets):
            return True
        return statement.value is not None and _is_plain(statement.value)
    if isinstance(statement, ast.Expr):
        call = statement.value
        return isinstance(call, ast.Call) and ast.dump(call.func).startswith("Name(id='setattr'")
    if isinstance(statement, (ast.For, ast.If, ast.Try)):
        blocks = [*statement.body, *statement.orelse]
        if isinstance(statement, ast.Try):
            blocks += [*statement.finalbody, *(b for h in statement.handlers for b in h.body)]
        return all(isinstance(each, ast.Pass) or _defines(each) for each in blocks)
    return isinstance(
        statement,
        (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef),
    )


def _is_plain(value: ast.expr) -> bool:
    # EPSILON = 1e-8, but not model = train(data)
    calls = (ast.Call, ast.Await, ast.Yield)
    inside = (n for n in ast.walk(value) if not isinstance(value, ast.Lambda) or n is value)
    return not any(isinstance(node, calls) for node in inside)
