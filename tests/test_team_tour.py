"""In the browser: a manager applies a template in bulk; a member writes a brief, another one confirms it."""

from odoo.fields import Command
from odoo.tests import HttpCase

from .common_team import TeamCase


class TestTeamTour(TeamCase, HttpCase):
    def test_a_manager_applies_a_template_in_bulk(self):
        self.env["churn.team.template"].search([]).active = False
        self.env["churn.team.template"].create(
            {
                "name": "Two backups",
                "team_ids": [Command.set(self.north.ids)],
                "line_ids": [
                    Command.create({"role_id": self.role.id, "who": "user", "user_id": self.dan.id, "is_backup": True})
                ],
            }
        )
        kept = self.serve(self.bob, self.core)
        self.start_tour("/odoo/churn-team-templates", "churn_team_template", login="max")
        self.assertEqual(self.acme.churn_member_ids.user_id, self.dan)
        self.assertFalse(self.bolt.churn_member_ids)
        self.assertEqual(self.core.churn_member_ids, kept)
        self.assertFalse(self.row(self.acme).coverage_gap, "known as soon as it is written")

    def test_a_brief_is_written_and_confirmed(self):
        self.serve(self.ann)
        self.start_tour("/odoo/churn-briefs", "churn_brief_write", login="old")
        brief = self.acme.churn_brief_ids
        self.assertEqual((brief.number, brief.current_id.published_by_id), (1, self.old))
        self.start_tour("/odoo/churn-today", "churn_brief_confirm", login="ann")
        self.assertEqual(brief.current_id.confirmation_ids.user_id, self.old | self.ann)
