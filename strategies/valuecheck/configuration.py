"""The options of the command in [tool.valuecheck], the table of the nearest pyproject.toml."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from valuecheck.checking.settings import OPTIONS, BadSettingsError, table_near
from valuecheck.report.text import printable

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Configurable", "options_of", "shown"]

_SOURCES = {
    ParameterSource.COMMANDLINE: "the command line",
    ParameterSource.DEFAULT_MAP: "pyproject.toml",
}


class Configurable(click.Command):
    """A command whose options may also stand in a pyproject.toml; bad usage is told in one line.

    The command line goes before the file, the file before what is built in. The file is the nearest
    one from the current folder upwards: never one beside a submission.
    """

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Read the file, then the command line."""
        given = list(args)  # which parsing takes apart
        if "--apart" in args:  # what is not to be believed: no settings
            return super().make_context(info_name, args, parent, **extra)
        try:
            file, table = table_near(".")
        except BadSettingsError as error:
            raise click.UsageError(str(error)) from error
        configured = {n: p for n, p in options_of(self).items() if n in table}
        extra["default_map"] = {
            parameter.name: self._value(parameter, file, name, table[name])
            for name, parameter in configured.items()
        }
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.BadParameter as error:
            name = next((n for n, p in configured.items() if p is error.param), "")
            if name and not _is_given(error.param, given):
                message = f"{file}: [tool.valuecheck] {name}: {error.message}"
                raise click.UsageError(message) from error
            raise

    def _value(self, parameter: click.Parameter, file: Path | None, name: str, value: Any) -> Any:
        """Return a value as click takes it from a command line."""
        if isinstance(parameter, click.Option) and parameter.is_flag:
            right, wanted = isinstance(value, bool), "true or false"
        elif parameter.multiple or parameter.nargs == -1:
            value = [value] if isinstance(value, str) else value
            right = isinstance(value, list) and all(isinstance(text, str) for text in value)
            wanted = "a string or a list of strings"
        else:
            right = isinstance(value, (str, int, float)) and not isinstance(value, bool)
            wanted, value = "a string or a number", str(value)
        if not right:
            raise click.UsageError(f"{file}: [tool.valuecheck] {name} takes {wanted}")
        return value

    def main(self, *arguments: Any, **options: Any) -> Any:
        """Run the command; bad usage is told in one line, with exit status 2."""
        try:
            return super().main(*arguments, **{**options, "standalone_mode": False})
        except click.ClickException as error:
            click.echo(f"valuecheck: {printable(error.format_message())}", err=True)
            raise SystemExit(2) from None
        except click.Abort:
            raise SystemExit(130) from None


def options_of(command: click.Command) -> dict[str, click.Parameter]:
    """Return the parameters of the command that may stand in a file, by their names there."""
    found: dict[str, click.Parameter] = {}
    for parameter in command.params:
        spelled = [o.removeprefix("--") for o in parameter.opts if o.startswith("--")]
        name = spelled[0] if spelled else str(parameter.name)
        if name in OPTIONS:
            found[name] = parameter
    return found


def _is_given(parameter: click.Parameter | None, arguments: list[str]) -> bool:
    spelled = parameter.opts if isinstance(parameter, click.Option) else []
    return any(
        argument == option or argument.startswith(f"{option}=") or argument[:2] == option
        for argument in arguments
        for option in spelled
    )


def shown(context: click.Context) -> str:
    """Return every option with its value, as it would stand in a file, and where it comes from."""
    lines = ["[tool.valuecheck]"]
    for name, parameter in options_of(context.command).items():
        value = context.params[str(parameter.name)]
        source = _SOURCES.get(context.get_parameter_source(str(parameter.name)), "built in")  # type: ignore[arg-type]
        if value in {None, "", ()} if not isinstance(value, dict) else not value:
            lines.append(f"# {name} is not set")
            continue
        lines.append(f"{name} = {_as_toml(value)}  # {source}")
    return "\n".join([*lines, ""])


def _as_toml(value: Any) -> str:
    if isinstance(value, dict):  # of files by their forms
        value = [f"{form}={file}" for file, form in value.items()]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (tuple, list)):
        return json.dumps([str(text) for text in value], ensure_ascii=False)
    return json.dumps(getattr(value, "name", None) or str(value), ensure_ascii=False)
