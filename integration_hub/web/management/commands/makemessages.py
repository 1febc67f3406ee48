"""``makemessages`` as this project needs it: with the connectors' texts, which know no Django, and without strangers'.

A connector writes plain English (labels, helps, set-up steps, lines of a verification); whoever shows such a text
passes it through ``gettext``. Here these texts are handed to the extraction as if they were marked.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.commands.makemessages import Command as MakeMessages
from django.core.management.commands.makemessages import TranslatableFile

from connectors.contract.spec import ConnectorSpec, FieldType, Role, Settings
from integration_hub.connections.adapters import specs

NOT_OURS = (".venv", ".hub", "companions", "data", "docs", "sandbox", "staticfiles", "tests")
ALIASES = ("_now", "translate")
"""Names beside ``_`` under which modules import ``gettext``."""
CODE = re.compile(r"[{}()]|://|^[*\d]")
"""A value to copy that is no words: an expression, an address, a line of a crontab."""


def spec_texts(spec: ConnectorSpec) -> Iterator[str]:
    """What staff read of a system before anything was called: description, settings, set-up steps."""
    yield spec.description
    for setting in spec.settings:
        yield from (setting.label, setting.help)
        yield from (label for _value, label in setting.choices)
    for settings_of in _every_choice(spec):
        for step in spec.setup_steps(settings_of, "https://hub.invalid/"):
            yield from (step.title, step.text)
            yield from (name for name, _value in step.rows if not name[:1].islower())
            yield from (value for _name, value in step.rows if " " in value and not CODE.search(value))


def _every_choice(spec: ConnectorSpec) -> Iterator[Settings]:
    """Settings by which a connector may tell other steps: each choice and each switch, one at a time."""
    plain = {setting.key: setting.sample for setting in spec.settings}
    yield plain
    for setting in spec.settings:
        values = [True, False] if setting.type is FieldType.BOOLEAN else [value for value, _label in setting.choices]
        yield from ({**plain, setting.key: value} for value in values)


def check_texts(source: str) -> Iterator[str]:
    """The fixed texts of the lines of a verification in a connector's module: what is put into ``Check(...)``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Check":
            for part in (*node.args, *(keyword.value for keyword in node.keywords)):
                yield from _constants(part)


def _constants(node: ast.AST) -> Iterator[str]:
    """A text, or the texts of a choice between some; a text with values in it cannot be looked up."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_constants(node.body), *_constants(node.orelse))
    elif isinstance(node, ast.BoolOp):
        for part in node.values:
            yield from _constants(part)


def connector_texts() -> list[str]:
    """All that the installed connectors have to say in fixed words, without doubles."""
    texts = [text for role in Role for spec in specs(role) for text in spec_texts(spec)]
    for module in sorted((settings.BASE_DIR / "connectors").glob("*/*.py")):
        texts += check_texts(module.read_text(encoding="utf-8"))
    return list(dict.fromkeys(text for text in texts if any(letter.isalpha() for letter in text)))


class Command(MakeMessages):
    msgmerge_options = [*MakeMessages.msgmerge_options, "--no-fuzzy-matching"]
    xgettext_options = [*MakeMessages.xgettext_options, *(f"--keyword={name}" for name in ALIASES)]

    def handle(self, *args: Any, **options: Any) -> None:
        options["ignore_patterns"] = [*options["ignore_patterns"], *NOT_OURS]
        options["add_location"] = options["add_location"] or "never"
        with TemporaryDirectory() as folder:
            self.connectors_folder = folder
            marked = "".join(f"gettext_noop({text!r})\n" for text in connector_texts())
            Path(folder, "connectors.py").write_text(marked, encoding="utf-8")
            super().handle(*args, **options)

    def find_files(self, root: str) -> list[TranslatableFile]:
        found: list[TranslatableFile] = super().find_files(root)
        return [*found, TranslatableFile(self.connectors_folder, "connectors.py", str(settings.LOCALE_PATHS[0]))]
