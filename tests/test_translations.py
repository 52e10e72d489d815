import io
from pathlib import Path

import polib

from odoo.tests.common import TransactionCase
from odoo.tools.translate import trans_export

FOLDER = Path(__file__).parents[1] / "churn_handover" / "i18n"


class TestTranslations(TransactionCase):
    """The translation files hold every string of the addon; ``./churn translate`` brings them up to date."""

    def texts_of_addon(self):
        buffer = io.BytesIO()
        trans_export(False, ["churn_handover"], buffer, "po", self.env)
        return {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}

    def test_template_has_exactly_the_strings_of_the_addon(self):
        template = {entry.msgid for entry in polib.pofile(str(FOLDER / "churn_handover.pot"))}
        self.assertEqual(self.texts_of_addon() ^ template, set())

    def test_chinese_is_complete(self):
        """No string is left in English, none is guessed, and placeholders survive."""
        entries = {entry.msgid: entry for entry in polib.pofile(str(FOLDER / "zh_CN.po"))}
        self.assertEqual(self.texts_of_addon() - entries.keys(), set())
        self.assertEqual([e.msgid for e in entries.values() if not e.msgstr or e.fuzzy], [])
        for entry in entries.values():
            self.assertEqual(placeholders(entry.msgid), placeholders(entry.msgstr), entry.msgid)


def placeholders(text):
    """Return the sorted ``%(name)s`` placeholders of a text."""
    return sorted(part.split(")")[0] for part in text.split("%(")[1:])
