from odoo import fields
from odoo.tests import TransactionCase, new_test_user

REP = "sales_team.group_sale_salesman"  # "Own Documents Only"


class LeaverCase(TransactionCase):
    """A sales team with a leaver, the backup of the leaver's account, a colleague, a leader and a manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, mail_notrack=True))
        cls.leaver = new_test_user(cls.env, login="lea", name="Lea Leaver", groups=REP)
        cls.backup = new_test_user(cls.env, login="ben", name="Ben Backup", groups=REP)
        cls.colleague = new_test_user(cls.env, login="cole", name="Cole Colleague", groups=REP)
        cls.leader = new_test_user(
            cls.env, login="lisa", name="Lisa Leader", groups="sales_team.group_sale_salesman_all_leads"
        )
        cls.manager = new_test_user(cls.env, login="mia", name="Mia Manager", groups="sales_team.group_sale_manager")
        cls.team = cls.env["crm.team"].create(
            {
                "name": "Nord",
                "user_id": cls.leader.id,
                "use_leads": True,
                "member_ids": [(6, 0, (cls.leaver | cls.backup | cls.colleague).ids)],
            }
        )
        cls.account = cls.env["res.partner"].create(
            {"name": "Acme", "is_company": True, "user_id": cls.leaver.id, "email": "office@acme.example"}
        )
        cls.product = cls.env["product.product"].create({"name": "Bike", "type": "service", "list_price": 100})
        cls._add_backup(cls.account, cls.backup)

    @classmethod
    def _add_backup(cls, account, user, rank=1):
        return cls.env["churn.team.member"].create(
            {
                "account_id": account.id,
                "user_id": user.id,
                "role_id": cls.env["churn.team.role"].search([], limit=1).id,
                "is_backup": True,
                "backup_rank": rank,
                "date_from": fields.Date.today(),
            }
        )

    @classmethod
    def _archive_only(cls, user=None):
        """Archive without any handover, so that everything open still hangs on the leaver."""
        (user or cls.leaver).with_context(churn_archive_only=True).action_archive()

    @classmethod
    def _quotation(cls, **values):
        line = (0, 0, {"product_id": cls.product.id, "product_uom_qty": 1})
        return cls.env["sale.order"].create({"partner_id": cls.account.id, "order_line": [line], **values})
