"""Write docs/reference from the program: its commands, its errors, its settings.

Usage: reference.py [--check]

The words come from where the program itself has them (the help of a command, the entry of an error,
the description of a setting), so that the manual cannot say something else. With `--check`, nothing
is written, and the exit code is 1 when a page is not what it would be.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import pydantic

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
NONE = type(None)
TOML_TYPES: Mapping[Any, str] = {
    bool: "boolean",
    dict: "table",
    float: "number",
    int: "integer",
    str: "string",
}
ORIGIN = "<!-- Written by `make docs`; what to change stands in the program. -->\n"


def module(name: str) -> types.ModuleType | None:
    """Import the module, or return None where it is not written yet."""
    if find_spec(name.rpartition(".")[0]) is None or find_spec(name) is None:
        return None
    return importlib.import_module(name)


# ---- Commands ----------------------------------------------------------------------------------


def root_command() -> click.Command | None:
    """Return the command `foretaste`, with all others below it."""
    return getattr(module("foretaste.cli.main"), "cli", None)


def commands(
    command: click.Command, path: str = "foretaste"
) -> Iterator[tuple[str, click.Command]]:
    """Yield each command that is not hidden with its full name, groups before their members."""
    yield path, command
    if not isinstance(command, click.Group):
        return
    with click.Context(command, info_name=path) as context:
        for name in command.list_commands(context):
            member = command.get_command(context, name)
            if member is not None and not member.hidden:
                yield from commands(member, f"{path} {name}")


def options(command: click.Command) -> list[click.Option]:
    """Return the command's own options, but for the hidden ones and `--help`."""
    found = [each for each in command.params if isinstance(each, click.Option) and not each.hidden]
    return [each for each in found if each.name != "help"]


def shared_options(root: click.Command) -> dict[str, click.Option]:
    """Return the options that several commands have with the very same help, by their names."""
    seen: dict[tuple[str, str], list[click.Option]] = {}
    for _, command in commands(root):
        for option in options(command):
            seen.setdefault((spelled(option), option.help or ""), []).append(option)
    return {name: found[0] for (name, _), found in seen.items() if len(found) > 3}  # noqa: PLR2004


def spelled(option: click.Option) -> str:
    """Write the option as one types it."""
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    if option.is_flag or option.count:
        return names
    context = click.Context(click.Command("any"))
    return f"{names} `{option.make_metavar(context)}`"


def commands_page(root: click.Command) -> str:
    """Write the page of all commands."""
    shared = shared_options(root)
    parts = [ORIGIN, "# Commands\n"]
    if shared:
        parts += ["## Options of many commands\n", option_lines(list(shared.values()))]
    for path, command in commands(root):
        parts.append(f"## {path}\n")
        with click.Context(command, info_name=path) as context:
            usage = " ".join(command.collect_usage_pieces(context))
        parts.append(f"```\n{path} {usage}".rstrip() + "\n```\n")
        parts.append(inspect.cleandoc(command.help or "").replace("\b\n", "") + "\n")
        own = [option for option in options(command) if spelled(option) not in shared]
        if own:
            parts.append(option_lines(own))
    return "\n".join(parts)


def option_lines(listed: list[click.Option]) -> str:
    """Write one line an option."""
    return "".join(f"- {spelled(option)}: {option.help or ''}\n" for option in listed)


# ---- Errors ------------------------------------------------------------------------------------


def error_codes() -> Mapping[str, Any]:
    """Return the entry of each error by its code."""
    return getattr(module("foretaste.report.codes"), "CODES", {})


def errors_page(codes: Mapping[str, Any]) -> str:
    """Write the page of all errors: whatever their entries say, in the order of the fields."""
    parts = [
        ORIGIN,
        "# Errors\n",
        "Each error names its code; `foretaste explain CODE` says the same as this page.\n",
    ]
    for code, entry in sorted(codes.items()):
        fields = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
        fields.pop("code", None)
        parts.append(f"## {code}\n")
        parts += [f"*{name}*: {value}\n" for name, value in fields.items() if value]
    return "\n".join(parts)


# ---- Settings ----------------------------------------------------------------------------------


def models() -> list[type[pydantic.BaseModel]]:
    """Return the models of the configuration in the order in which they are written."""
    schema = module("foretaste.config.schema")
    if schema is None:
        return []
    found = [
        each
        for each in vars(schema).values()
        if inspect.isclass(each)
        and issubclass(each, pydantic.BaseModel)
        and each.__module__ == schema.__name__
        and not each.__name__.startswith("_")
    ]
    return sorted(found, key=lambda each: inspect.getsourcelines(each)[1])


def settings(model: type[pydantic.BaseModel]) -> dict[str, pydantic.fields.FieldInfo]:
    """Return the fields of the model by the names that people write."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def settings_page(listed: list[type[pydantic.BaseModel]]) -> str:
    """Write the page of all settings, a table a model."""
    parts = [ORIGIN, "# Settings\n"]
    for model in listed:
        parts += [f"## {model.__name__}\n", inspect.cleandoc(model.__doc__ or "") + "\n"]
        parts.append("| setting | type | default | |\n|---|---|---|---|")
        parts += [setting_line(name, field) for name, field in settings(model).items()]
        parts.append("")
    return "\n".join(parts)


def setting_line(name: str, field: pydantic.fields.FieldInfo) -> str:
    """Write one row of a table."""
    cells = [f"`{name}`", type_name(field.annotation), default_of(field), field.description or ""]
    return "| " + " | ".join(" ".join(cell.replace("|", "\\|").split()) for cell in cells) + " |"


def default_of(field: pydantic.fields.FieldInfo) -> str:
    """Write what holds where the setting is not given."""
    if field.is_required():
        return "needed"
    value = field.get_default(call_default_factory=True, validated_data={})
    return "" if value is None else f"`{plain(value)}`"


def type_name(annotation: Any) -> str:  # noqa: ANN401 -- annotations are of any type
    """Write a type as TOML calls it, without what checks the value further."""
    origin, parts = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return type_name(parts[0])
    if origin in {typing.Union, types.UnionType}:
        return " or ".join(dict.fromkeys(type_name(part) for part in parts if part is not NONE))
    if origin is typing.Literal:
        return " or ".join(f"`{plain(part)}`" for part in parts)
    if origin in {list, tuple, set, frozenset}:
        return f"list of {type_name(parts[0])}"
    if origin is dict:
        return f"table of {type_name(parts[1])}"
    return TOML_TYPES.get(annotation, getattr(annotation, "__name__", str(annotation)))


def plain(value: Any) -> str:  # noqa: ANN401 -- defaults are of any type
    """Write a value as people write it in TOML, more or less."""
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, dict | pydantic.BaseModel):
        return "{}"
    if isinstance(value, tuple | list | frozenset | set):
        return "[" + ", ".join(plain(each) for each in value) + "]"
    return str(value)


# ---- The pages ---------------------------------------------------------------------------------


def pages() -> dict[Path, str]:
    """Return every page that can be written by now, with its text."""
    written = {}
    root = root_command()
    if root is not None:
        written[FOLDER / "commands.md"] = commands_page(root)
    if error_codes():
        written[FOLDER / "errors.md"] = errors_page(error_codes())
    if models():
        written[FOLDER / "settings.md"] = settings_page(models())
    return written


def stale() -> list[str]:
    """Name the pages that are not what they would be if they were written now."""
    return [
        path.name
        for path, text in pages().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def main() -> int:
    """Write the pages, or say which are out of date."""
    if "--check" in sys.argv[1:]:
        old = stale()
        if old:
            print(f"out of date: {', '.join(old)}; hint: make docs")
        return bool(old)
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
        print(f"written: {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
