from pathlib import Path

from odoo.tests import TransactionCase
from odoo.tools import config


class TestFilestore(TransactionCase):
    def test_processes_of_one_run_share_no_stored_files(self):
        database = self.env.cr.dbname
        self.assertEqual(Path(config.filestore(database)).name, database)

    def test_what_is_stored_lies_in_it(self):
        attachment = self.env["ir.attachment"].create({"name": "proof.txt", "raw": b"where does this lie?"})
        folder = Path(config["data_dir"]) / "filestore" / self.env.cr.dbname
        self.assertEqual((folder / attachment.store_fname).read_bytes(), b"where does this lie?")
