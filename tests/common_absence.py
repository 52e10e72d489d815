"""Olga is away, Ann and Bob cover for her: for the tests of absences."""

from datetime import timedelta

from odoo.tests import new_test_user

from .common_handover import REP, HandoverCase


class AbsenceCase(HandoverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cid = new_test_user(cls.env, login="cid", name="Cid", groups=REP)
        cls.leader.group_ids += cls.env.ref("churn_handover.group_churn_leader")
        cls.role = cls.env.ref("churn_handover.role_inside_sales")

    @classmethod
    def backup(cls, account, user, rank=1):
        return cls.env["churn.team.member"].create(
            {
                "account_id": account.id,
                "user_id": user.id,
                "role_id": cls.role.id,
                "is_backup": True,
                "backup_rank": rank,
                "date_from": cls.today - timedelta(days=30),
            }
        )

    def away(self, first=0, last=4, cover=None, user=None, by=None, confirm=True, **values):
        """An absence, days counted from today; of Olga, planned by herself, covered by Ann, unless said otherwise."""
        user = user or self.old
        absence = (
            self.env["churn.absence"]
            .with_user(by or user)
            .create(
                {
                    "user_id": user.id,
                    "date_from": self.today + timedelta(days=first),
                    "date_to": self.today + timedelta(days=last),
                    "cover_id": (self.ann if cover is None else cover).id,
                    **values,
                }
            )
        )
        if confirm:
            absence.action_confirm()
        return absence

    def later(self, days):
        """The day so many days from today, for freeze_time; noon, so that it is that day in the test's time zone."""
        return f"{self.today + timedelta(days=days)} 12:00:00"

    def line_of(self, absence, account):
        return absence.line_ids.filtered(lambda line: line.account_id == account)

    def told(self, absence, user):
        """What the user was told about the absence, oldest first; such messages stand in no chatter."""
        domain = [
            ("model", "=", absence._name),
            ("res_id", "=", absence.id),
            ("partner_ids", "in", user.partner_id.ids),
        ]
        return self.env["mail.message"].search(domain, order="id")

    def run_cron(self):
        with self.enter_registry_test_mode():
            self.env.ref("churn_handover.cron_absence").method_direct_trigger()
        self.env.invalidate_all()
