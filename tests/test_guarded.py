from freezegun import freeze_time

from odoo.exceptions import AccessError

from .common_keep import KeepCase
from .common_score import NOON


@freeze_time(NOON)
class TestGuarded(KeepCase):
    def test_what_follows_from_another_record_is_not_written_either(self):
        """Customer and company of a record come from its account: written by RPC, they would hang it on another one."""
        account, other = self.make_customers(2)
        elsewhere = self.env["res.company"].create({"name": "Elsewhere"})
        self.manager.company_ids |= elsewhere
        loss = self.env["churn.loss"].with_user(self.manager).create({"account_id": account.id})
        for values in ({"partner_id": other.partner_id.id}, {"company_id": elsewhere.id}):
            with self.assertRaisesRegex(AccessError, "Only the program writes this"):
                loss.write(values)
        self.assertEqual((loss.partner_id, loss.company_id), (account.partner_id, account.company_id))
