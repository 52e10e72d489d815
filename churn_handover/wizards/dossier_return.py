from odoo import fields, models


class ChurnDossierReturn(models.TransientModel):
    """Asks the successor what a dossier does not answer."""

    _name = "churn.dossier.return"
    _description = "Send a Dossier Back"

    dossier_id = fields.Many2one("churn.dossier", required=True, readonly=True, ondelete="cascade")
    missing = fields.Text(string="What Is Missing", required=True)

    def action_return(self):
        self.dossier_id._return(self.missing)
