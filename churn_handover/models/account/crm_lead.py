from odoo import models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def copy_data(self, default=None):
        """Odoo leaves the copy of an archived salesperson's lead to nobody; somebody serves that customer."""
        vals_list = super().copy_data(default=default)
        guard, guarded = self._churn_guard()
        if "user_id" in guarded and "user_id" not in (default or {}):
            archived = guard._archived_users()
            left = self.filtered(lambda lead: lead.user_id.id in archived)
            users = guard._stand_ins(left, "user_id", closed_too=True)
            for lead, vals in zip(self, vals_list, strict=True):
                if lead in left:
                    vals["user_id"] = users[lead]
        return vals_list

    def _merge_opportunity(self, user_id=False, team_id=False, auto_unlink=True, max_length=5):
        """The merged salesperson is a computed one: the first found among the leads."""
        automatic = self.with_context(churn_automatic=not user_id)
        merged = super(CrmLead, automatic)._merge_opportunity(
            user_id=user_id, team_id=team_id, auto_unlink=auto_unlink, max_length=max_length
        )
        return merged.with_env(self.env)

    def _handle_salesmen_assignment(self, user_ids=False, team_id=False):
        """A conversion proposes the lead's salesperson, the distribution takes members who may have left."""
        automatic = self.with_context(churn_automatic=True)
        return super(CrmLead, automatic)._handle_salesmen_assignment(user_ids=user_ids, team_id=team_id)

    def _assign_userless_lead_in_team(self, creation_source):
        """Odoo gives leads from mail and website to the team leader; one who left gets none."""
        led = self.filtered(lambda lead: not lead.team_id.user_id or lead.team_id.user_id.active)
        result = super(CrmLead, led)._assign_userless_lead_in_team(creation_source)
        guard, guarded = self._churn_guard()
        left = (self - led).filtered(lambda lead: not lead.user_id)
        if "user_id" in guarded and left:
            for user_id, leads in left.grouped(guard._stand_ins(left, "user_id").get).items():
                if user_id:
                    leads.user_id = user_id
        return result
