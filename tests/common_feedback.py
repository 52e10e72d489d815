from odoo.tests import TransactionCase, new_test_user

REP = "sales_team.group_sale_salesman"
LEADER = "sales_team.group_sale_salesman,churn_handover.group_churn_leader"
MANAGER = "sales_team.group_sale_manager"


class FeedbackCase(TransactionCase):
    """One team: Ann owns the account, Bob is her backup on it, Lea leads them, Max and Mia are managers.

    Eva is Max's superior by his personnel file and has nothing to do with sales.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, no_reset_password=True))
        cls.ann = cls.new_user("ann", "Ann Archer", REP)
        cls.bob = cls.new_user("bob", "Bob Baker", REP)
        cls.cid = cls.new_user("cid", "Cid Carter", REP)
        cls.lea = cls.new_user("lea", "Lea Leader", LEADER)
        cls.max = cls.new_user("max", "Max Manager", MANAGER)
        cls.mia = cls.new_user("mia", "Mia Miller", MANAGER)
        cls.eva = cls.new_user("eva", "Eva Executive", "base.group_user")
        cls.env["hr.employee"].create(
            {
                "name": "Max Manager",
                "user_id": cls.max.id,
                "parent_id": cls.env["hr.employee"].create({"name": "Eva Executive", "user_id": cls.eva.id}).id,
            }
        )
        cls.team = cls.env["crm.team"].create(
            {
                "name": "North",
                "user_id": cls.lea.id,
                "crm_team_member_ids": [(0, 0, {"user_id": user.id}) for user in cls.ann | cls.bob],
            }
        )
        cls.acme = cls.new_account("Acme", cls.ann)
        cls.contact = cls.env["res.partner"].create(
            {"name": "Kim Customer", "parent_id": cls.acme.id, "email": "kim@acme.example.com"}
        )
        cls.env["churn.team.member"].create(
            {
                "account_id": cls.acme.id,
                "user_id": cls.bob.id,
                "role_id": cls.env["churn.team.role"].search([], limit=1).id,
                "is_backup": True,
            }
        )
        cls.Feedback = cls.env["churn.feedback"]

    @classmethod
    def new_user(cls, login, name, groups):
        return new_test_user(cls.env, login=login, name=name, groups=groups, email=f"{login}@ours.example.com")

    @classmethod
    def new_account(cls, name, owner):
        return cls.env["res.partner"].create({"name": name, "is_company": True, "user_id": owner.id})

    @classmethod
    def complain(cls, by, about=None, account=None, **values):
        """Enter a complaint as ``by`` and return it as superuser."""
        values = {"kind": "complaint", "text": "Nobody calls back", **values}
        values.update(partner_id=(account or cls.acme).id, about_user_id=about.id if about else False)
        return cls.Feedback.with_user(by).create(values).sudo()  # sudo: tests look at all of it

    def visible_to(self, *users):
        """Return which of the users find the feedback by a plain search: {user: feedback}."""
        return {user: self.Feedback.with_user(user).search([]) for user in users}
