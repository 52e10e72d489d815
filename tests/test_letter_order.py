"""In which order letters go out."""

from .test_letter import LetterCase


class TestLetterOrder(LetterCase):
    def test_most_at_stake_comes_first_whatever_the_currency(self):
        """A million of a small currency is less than ten thousand of a large one."""
        small = self.env["res.currency"].create(
            {"name": "SML", "symbol": "s", "rate_ids": [(0, 0, {"name": "2020-01-01", "rate": 1000.0})]}
        )
        other = self.env["res.company"].create({"name": "Elsewhere", "currency_id": small.id})
        __, letters = self.told_plan(send=False)
        acme, bolt = (
            letters.filtered(lambda letter, account=account: account in letter._accounts())
            for account in (self.acme, self.bolt)
        )
        bolt.sudo().company_id = other  # sudo: as if the other company had written it
        for account, company, revenue in ((self.acme, self.env.company, 10_000), (self.bolt, other, 1_000_000)):
            figures = self.env["churn.account"].search(
                [("partner_id", "=", account.id), ("company_id", "=", company.id)]
            ) or self.env["churn.account"].create({"partner_id": account.id, "company_id": company.id})
            figures.revenue_12m = revenue
        self.assertEqual((bolt | acme)._by_stake()[:2], acme + bolt)
        self.env["churn.account"].search([("partner_id", "=", self.bolt.id), ("company_id", "=", other.id)]).write(
            {"revenue_12m": 20_000_000}
        )
        self.assertEqual((acme | bolt)._by_stake()[:2], bolt + acme)
