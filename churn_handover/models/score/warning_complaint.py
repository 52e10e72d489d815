from odoo import api, models
from odoo.tools import SQL, format_date

from ..feedback.feedback import OPEN_STATES


class ChurnWarning(models.Model):
    """The warning "open complaint": there for those who may read the complaint, and for nobody else."""

    _inherit = "churn.warning"

    @api.model
    def _warning_kinds(self):
        return {**super()._warning_kinds(), "complaint": ("_rows_complaint", "_text_complaint")}

    @api.model
    def _rows_complaint(self, company, today):
        """Complaints neither solved nor withdrawn; ``restricted`` unless all who see the account may read them.

        The text names a day only: what the customer said stays with the feedback.
        """
        self.env["churn.feedback"].flush_model()
        return SQL(
            """SELECT figures.id, 'feedback:' || feedback.id, feedback.received_date::date,
                      jsonb_build_object(
                          'date', feedback.received_date::date,
                          'feedback', feedback.id,
                          'restricted', feedback.about_user_id IS NOT NULL OR feedback.about_superior
                                        OR feedback.is_sorted IS NOT TRUE
                                        OR EXISTS (SELECT FROM churn_feedback_withheld_rel withheld
                                                    WHERE withheld.churn_feedback_id = feedback.id)),
                      NULL::int
                 FROM churn_feedback feedback
                 JOIN churn_account figures ON figures.partner_id = feedback.account_id
                      AND figures.company_id = feedback.company_id
                WHERE feedback.company_id = %(company)s AND feedback.kind = 'complaint'
                  AND feedback.state IN %(open)s AND feedback.received_date < %(today)s::date + 1""",
            company=company.id,
            open=OPEN_STATES,
            today=today,
        )

    @api.model
    def _text_complaint(self, params):
        return self.env._("Complaint of %(date)s is not solved yet", date=format_date(self.env, params.get("date")))

    @api.model
    def _sync(self, company, today):
        """Also forget what rested on feedback that is deleted, so that its retention period holds here too."""
        result = super()._sync(company, today)
        self.env.cr.execute(
            SQL(
                """DELETE FROM churn_warning warning
                    WHERE warning.company_id = %s AND warning.feedback_ref IS NOT NULL
                      AND NOT EXISTS (SELECT FROM churn_feedback WHERE churn_feedback.id = warning.feedback_ref)""",
                company.id,
            )
        )
        self.invalidate_model()
        return result
