from odoo import fields, models


class ChurnFeedbackAbout(models.TransientModel):
    """Asks whom feedback is about; which one is in the context: a field could be pointed anywhere."""

    _name = "churn.feedback.about"
    _description = "About Whom Is the Feedback"

    about_user_id = fields.Many2one(
        "res.users", string="About", domain="[('share', '=', False), ('id', '!=', uid)]", ondelete="cascade"
    )

    def action_apply(self):
        self.ensure_one()
        feedback = self.env["churn.feedback"].browse(self.env.context.get("active_id"))
        current = feedback._set_about(self.about_user_id)
        return current.action_open() if current != feedback else {"type": "ir.actions.act_window_close"}
