"""Companies to test on: the public data beside the checkout, and small ones written on the spot."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import dedent

from odoo.tests import TransactionCase

from dev.company import load_company

REPO = Path(__file__).resolve().parent.parent


def shared_data(*parts):
    """The path of a public data set: in the folder CHURN_DATA, or in shared/data beside the checkout."""
    return Path(os.environ.get("CHURN_DATA") or REPO.parent / "shared" / "data").joinpath(*parts)


class AdventureWorksCase(TransactionCase):
    """The running example: 701 resellers, 18 salespeople, 3,616 orders with 57,851 lines (loads in about 30 s)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = load_company(cls.env, shared_data("adventureworks"))
        cls.person = cls.company.records.users


class SmallCompanyCase(TransactionCase):
    """Loads companies from files that the test writes."""

    def folder(self, **files):
        """A folder with the files `name="text"`, each called name.csv."""
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in files.items():
            Path(folder.name, f"{name}.csv").write_text(dedent(text).lstrip(), encoding="utf-8")
        return folder.name

    def load(self, *, open_business=False, **files):
        return load_company(self.env, self.folder(**files), open_business=open_business)
