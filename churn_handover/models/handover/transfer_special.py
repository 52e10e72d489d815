import uuid
from collections import defaultdict

from odoo import fields, models
from odoo.fields import Command


class ChurnTransfer(models.AbstractModel):
    """Fields that do not move by a plain write."""

    _inherit = "churn.transfer"

    def _move_crm_lead_user_id(self, rule, items):
        self._move(rule, items, self._lead_teams)

    def _lead_teams(self, leads, successor_id):
        """Yield (leads, {team}): the team follows the successor, found once per group.

        Odoo's own computation asks twice per opportunity; a team written with the salesperson is left as it is.
        """
        successor = self.env["res.users"].browse(successor_id)
        for (team, lead_type), part in leads.grouped(lambda lead: (lead.team_id, lead.type)).items():
            if not team or successor not in (team.member_ids | team.user_id):
                flag = "use_leads" if lead_type == "lead" else "use_opportunities"
                team = team._get_default_team_id(user_id=successor_id, domain=[(flag, "=", True)])
            yield part, {"team_id": team.id}

    def _close_churn_team_member_user_id(self, rule, items):
        """End places on account teams today; those that would begin later end on their first day."""
        today = fields.Date.context_today(self)
        members = self.env["churn.team.member"].browse([item.id for item in items])
        for day, part in members.grouped(lambda member: max(member.date_from, today)).items():
            part.write({"date_to": day})

    def _move_calendar_event_partner_ids(self, rule, items):
        """Put the successor in the predecessor's chair: the same attendee row, with a new invitation link.

        Odoo's own write would delete the row and make another; undo could not give back the answer and the link.
        """
        grouped = defaultdict(list)
        for item in items:
            grouped[item.user_id, item.successor_id].append(item.id)
        for (user_id, successor_id), ids in grouped.items():
            old, new = rule._holder_of(user_id), rule._holder_of(successor_id)
            events = self.env["calendar.event"].browse(ids)
            both = events.filtered(lambda event, new=new: new in event.partner_ids.ids)
            both.write({"partner_ids": [Command.unlink(old)]})
            self._change_chair(events - both, old, new)

    def _change_chair(self, events, old, new):
        self.env.flush_all()
        self.env.cr.execute(
            """UPDATE calendar_event_res_partner_rel SET res_partner_id = %s
                WHERE res_partner_id = %s AND calendar_event_id = ANY(%s)""",
            [new, old, events.ids],
        )
        events.invalidate_recordset(["partner_ids", "attendee_ids"])
        attendees = self.env["calendar.attendee"].search([("event_id", "in", events.ids), ("partner_id", "=", old)])
        attendees.write({"partner_id": new, "state": "needsAction"})
        for attendee in attendees:
            attendee.access_token = uuid.uuid4().hex
