"""Bring the addon's translation files up to date with its strings; run by Odoo's Python, which has polib."""

import sys
from pathlib import Path

import polib

VOLATILE = ("POT-Creation-Date", "PO-Revision-Date", "Last-Translator")


def merge(template, target):
    """Give `target` exactly the strings of `template`, keeping what is translated already.

    :param template: path of the .pot file
    :param target: path of the .po file, made when absent
    :return: the strings that still have no translation
    """
    pot = polib.pofile(str(template))
    known = {entry.msgid: entry.msgstr for entry in polib.pofile(str(target))} if target.exists() else {}
    merged = polib.POFile()
    merged.metadata = {**pot.metadata, "Language": target.stem, "Plural-Forms": "nplurals=1; plural=0;"}
    for entry in pot:
        entry.msgstr = known.get(entry.msgid, "")
        merged.append(entry)
    merged.sort(key=lambda entry: entry.msgid)
    merged.save(str(target))
    return [entry.msgid for entry in merged if not entry.msgstr]


def settle(template):
    """Drop the header lines that change at each export, so that a file changes only with its strings."""
    pot = polib.pofile(str(template))
    for name in VOLATILE:
        pot.metadata.pop(name, None)
    pot.sort(key=lambda entry: entry.msgid)
    pot.save(str(template))


def main(folder):
    template = folder / "churn_handover.pot"
    settle(template)
    for target in sorted(folder.glob("*.po")) or [folder / "zh_CN.po"]:
        missing = merge(template, target)
        print(f"{target.name}: {len(polib.pofile(str(target)))} strings, {len(missing)} without a translation")
        for text in missing:
            print(f"  {text!r}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
