"""Write docs/reference from the program: its commands, its errors, its settings.

Usage: reference.py [--check]

The words come from where the program itself has them (the help of a command, the entry of an error,
the description of a setting), so that the manual cannot say something else. With `--check`, nothing
is written, and the exit code is 1 when a page is not what it would be.
"""

from __future__ import annotations

import enum
import inspect
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pydantic

from foretaste.cli.main import cli
from foretaste.config import schema
from foretaste.report.codes import CODES
from foretaste.report.errors.code import Code

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


# ---- Commands ----------------------------------------------------------------------------------


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


def errors_page(codes: Mapping[str, Code]) -> str:
    """Write the page of all errors."""
    parts = [
        ORIGIN,
        "# Errors\n",
        "Each error names its code; `foretaste explain CODE` says the same as this page.\n",
    ]
    for code, entry in sorted(codes.items()):
        parts += [f"## {code}\n", f"**{entry.title}**\n", f"{entry.meaning}\n"]
        parts.append(f"*What to do*: {entry.remedy}\n")
    return "\n".join(parts)


# ---- Settings ----------------------------------------------------------------------------------


def models() -> list[type[pydantic.BaseModel]]:
    """Return the models of the configuration in the order in which they are written."""
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
    """Return every page with its text."""
    return {
        FOLDER / "commands.md": commands_page(cli),
        FOLDER / "errors.md": errors_page(CODES),
        FOLDER / "settings.md": settings_page(models()),
    }


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
