"""What the command line says in Chinese where Click speaks: wrong options, missing arguments, headings of the help."""

from __future__ import annotations

from types import ModuleType

import click
import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.types

SPEAKERS: tuple[ModuleType, ...] = (
    click.core, click.decorators, click.exceptions, click.formatting, click.parser, click.types,
)  # fmt: skip
WORDS = {
    "Error: {message}": "没有办成：{message}",
    "Try '{command} {option}' for help.": "怎么用：{command} {option}",
    "Invalid value: {message}": "填得不对：{message}",
    "Invalid value for {param_hint}: {message}": "{param_hint} 填得不对：{message}",
    "Missing argument": "还缺",
    "Missing option": "还缺选项",
    "Missing parameter": "还缺",
    "Missing {param_type}": "还缺 {param_type}",
    "Missing parameter: {param_name}": "还缺 {param_name}",
    "Missing command.": "还没有写要做什么。",
    "No such option {name!r}.": "没有 {name!r} 这个选项。",
    "No such option: {name}": "没有 {name} 这个选项。",
    "No such command {name!r}.": "没有 {name!r} 这个命令。",
    "Did you mean {possibility}?": "是不是 {possibility}？",
    "(Did you mean one of: {possibilities}?)": "（是不是其中一个：{possibilities}？）",
    "(Possible options: {possibilities})": "（是不是其中一个：{possibilities}？）",
    "Got unexpected extra arguments ({args})": "多写了 {args}",
    "Got unexpected extra argument ({args})": "多写了 {args}",
    "Option {name!r} does not take a value.": "{name!r} 后面不用写值。",
    "Option {name!r} requires {nargs} arguments.": "{name!r} 后面要写 {nargs} 个值。",
    "Option {name!r} requires an argument.": "{name!r} 后面要写值。",
    "Could not open file {filename!r}: {message}": "打不开 {filename!r}：{message}",
    "{name} {filename!r} does not exist.": "没有 {filename!r}。",
    "{name} {filename!r} is a file.": "{filename!r} 是文件，不是文件夹。",
    "{name} {filename!r} is a directory.": "{filename!r} 是文件夹，不是文件。",
    "{name} {filename!r} is not readable.": "{filename!r} 读不了。",
    "{value!r} is not a valid {number_type}.": "{value!r} 不是整数。",
    "{value} is not in the range {range}.": "{value} 超出范围 {range}。",
    "{value!r} is not one of {choices}.": "{value!r} 不在 {choices} 里。",
    "{value!r} does not match the formats {formats}.": "{value!r} 不合 {formats} 的写法。",
    "{value!r} does not match the format {format}.": "{value!r} 不合 {format} 的写法。",
    "Aborted!": "没有做完，停下了。",
    "default: {default}": "默认 {default}",
    "required": "必填",
    "Usage:": "用法：",
    "Options": "选项",
    "Commands": "命令",
    "Show this message and exit.": "显示这段说明。",
}


def chinese(message: str) -> str:
    """The Chinese for one of Click's messages, the message itself where there is none."""
    return WORDS.get(message, message)


def speak_chinese() -> None:
    """Let Click say its messages in Chinese: in place of the system's translations, of which it brings none."""
    for speaker in SPEAKERS:
        names = vars(speaker)
        if "_" in names:
            names["_"] = chinese
        if "ngettext" in names:
            names["ngettext"] = lambda one, many, number: chinese(one if number == 1 else many)


def help_in_chinese(command: click.Command) -> None:
    """Let the help of a command and of those below it say what the list of commands says: their docstrings are for readers
    of the code.
    """
    command.help = command.short_help
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        help_in_chinese(below)
