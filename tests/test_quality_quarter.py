from odoo.tests import TransactionCase

from benchmarks.quality import Quarter


class TestQuarter(TransactionCase):
    def test_a_quarter_with_four_series(self):
        """Seven weeks, day by day, with a few customers; `./churn bench quality` runs 90 days with 5,000 contacts."""
        quarter = Quarter(self.env, contacts=24, people=5, days=50).run()
        counts = quarter.counts()
        self.assertGreater(counts["sent"], 40)
        self.assertGreater(counts["left_out"] + counts["failed"], 0)
        self.assertEqual(counts["reached"], 24)
        for wrong in ("over_cap", "accounts_over_cap", "out_of_turn", "twice_too_early", "leaver_shown"):
            self.assertEqual(counts[wrong], 0, wrong)
        self.assertEqual(counts["transactional"], 250)
        self.assertGreaterEqual(counts["people_shown"], 4)
