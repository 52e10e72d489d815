from odoo import api, models


class CrmLead(models.Model):
    """Leads in an absence: new ones of the person who is away come to the cover's attention, and the cover's own
    entries for a covered account belong to its owner."""

    _inherit = "crm.lead"

    @api.onchange("partner_id")
    def _onchange_churn_cover(self):
        """A new lead for an account that the user covers is the owner's."""
        if self.user_id == self.env.user and not self._origin:
            self.user_id = self._churn_covered_owners(self.partner_id).get(self.partner_id.id) or self.user_id

    @api.model_create_multi
    def create(self, vals_list):
        if not self.pool.ready or not self.env["churn.absence"]._away_now():
            return super().create(vals_list)
        unsaid = [vals for vals in vals_list if "user_id" not in vals and vals.get("partner_id")]
        if unsaid and "default_user_id" not in self.env.context:
            partners = self.env["res.partner"].browse({vals["partner_id"] for vals in unsaid})
            owners = self._churn_covered_owners(partners)
            vals_list = [
                {**vals, "user_id": owners[vals["partner_id"]].id}
                if "user_id" not in vals and vals.get("partner_id") in owners
                else vals
                for vals in vals_list
            ]
        leads = super().create(vals_list)
        leads._churn_tell_cover()
        return leads

    def write(self, vals):
        if not vals.get("user_id") or self.env.context.get("churn_transfer"):
            return super().write(vals)
        new = self.filtered(lambda lead: lead.user_id.id != vals["user_id"])
        result = super().write(vals)
        new._churn_tell_cover()
        return result

    @api.model
    def _churn_covered_owners(self, partners):
        """Return ``{partner id: owner}`` of the partners whose account the present user covers now."""
        absences = self.env["churn.absence"]
        if not absences._away_now():
            return {}
        pairs = {
            partner.id: (partner.commercial_partner_id.user_id, partner.commercial_partner_id) for partner in partners
        }
        there = absences._there_now({(owner.id, account.id) for owner, account in pairs.values()})
        return {
            partner_id: owner
            for partner_id, (owner, account) in pairs.items()
            if there.get((owner.id, account.id), (None, None))[1] == self.env.uid
        }

    def _churn_tell_cover(self):
        """Put leads that came to somebody who is away on the task list of who covers; the owner stays."""
        absences = self.env["churn.absence"]
        away = absences._away_now() if self.pool.ready else {}
        leads = self.filtered(lambda lead: lead.user_id.id in away and lead.user_id != self.env.user)
        pairs = {lead: (lead.user_id.id, lead._churn_owned_account()) for lead in leads}
        there = absences._there_now(set(pairs.values()))
        told = leads.filtered(lambda lead: there.get(pairs[lead], (None, self.env.uid))[1] != self.env.uid)
        for user, own in told.grouped("user_id").items():
            # sudo: whoever or whatever makes the lead; the activity goes to who covers, see mail.activity
            own.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._("New while %(name)s is away", name=user.name),
                user_id=user.id,
            )

    def _churn_owned_account(self):
        return self.partner_id.commercial_partner_id.id or None
