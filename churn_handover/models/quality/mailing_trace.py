from odoo import fields, models

from .place import LEFT_OUT


class MailingTrace(models.Model):
    _inherit = "mailing.trace"

    failure_type = fields.Selection(selection_add=LEFT_OUT)

    def write(self, vals):
        result = super().write(vals)
        if "trace_status" in vals and self:
            # sudo: the place of a message follows the mail, whoever sends it
            self.env["churn.place"].sudo()._follow_traces(self.ids)
        return result
