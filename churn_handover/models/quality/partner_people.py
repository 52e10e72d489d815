from odoo import fields, models
from odoo.tools import SQL, format_date

SEVERAL = 2  # a team is more than the one the customer knows anyway


class ResPartner(models.Model):
    """The people of ours that a customer may be shown: owner and visible members, but nobody who is leaving.

    A successor in an overlap is not among them: the letter and the introduction say who that is, and when.
    """

    _inherit = "res.partner"

    def _churn_people(self):
        """The people of the account with their role in the customer's words: [(res.users, role), …]"""
        self.ensure_one()
        account = self.sudo().commercial_partner_id  # sudo: what the customer is meant to see of the own team
        members = account.churn_member_ids.filtered(
            lambda one: one.customer_visible and one.state == "active" and one.origin != "overlap"
        )
        leaving = (members.user_id | account.user_id).employee_ids._churn_leavers().user_id
        people = {}
        if account.user_id.active and account.user_id not in leaving:
            people[account.user_id] = self.env._("Your salesperson")
        for member in members:
            if member.user_id.active and member.user_id not in leaving:
                people.setdefault(member.user_id, self._churn_role_words(member))
        return list(people.items())

    def _churn_role_words(self, member):
        """What the member does for the customer."""
        if member.origin != "cover":
            return member.role_id.with_context(lang=self.env.lang).name
        if not member.date_to:
            return self.env._("Stands in for a colleague")
        return self.env._("Stands in for a colleague until %(date)s", date=format_date(self.env, member.date_to))

    def _churn_mail_team(self, lang=None):
        """The people who serve the contact's account, as the mail shows them.

        :param lang: of the mailing; else that of the contact
        """
        self.ensure_one()
        contact = self.with_context(lang=lang or self.lang or self.env.lang)
        company = self.user_id.company_id or self.env.company
        shown = []
        for user, role in contact._churn_people():
            employees = user.sudo().employee_ids  # sudo: the photo of somebody whom the customer is meant to see
            person = (employees.filtered(lambda one: one.company_id == company) or employees)[:1]
            shown.append(
                {
                    "name": user.name,
                    "role": role,
                    "email": user.email,
                    "phone": user.phone or person.work_phone,
                    "photo": person._churn_photo_urls().get(person.id),
                    "initials": person._churn_initials() or user.name[:1].upper(),
                }
            )
        return self.env["ir.qweb"]._render("churn_handover.quality_mail_team", {"people": shown}, minimal_qcontext=True)

    def _churn_served_by_several(self):
        """Those of these accounts to whom a team can be shown: ids."""
        self.env["res.partner"].flush_model(["user_id"])
        self.env["churn.team.member"].flush_model()
        self.env["res.users"].flush_model(["active"])
        rows = self.env.execute_query(
            SQL(
                """SELECT served.account_id, ARRAY_AGG(DISTINCT served.user_id)
                     FROM (SELECT id AS account_id, user_id FROM res_partner WHERE id = ANY(%(accounts)s)
                            UNION ALL
                           SELECT account_id, user_id FROM churn_team_member
                            WHERE account_id = ANY(%(accounts)s) AND customer_visible AND origin <> 'overlap'
                              AND date_from <= %(today)s AND (date_to IS NULL OR date_to >= %(today)s)) served
                     JOIN res_users person ON person.id = served.user_id AND person.active
                    GROUP BY served.account_id""",
                accounts=self.ids,
                today=fields.Date.context_today(self),
            )
        )
        people = {user for _account, some in rows for user in some}
        users = self.env["res.users"].sudo().browse(people)  # sudo: who of them is leaving
        leaving = set(users.employee_ids._churn_leavers().user_id.ids)
        return {account for account, some in rows if len(set(some) - leaving) >= SEVERAL}
