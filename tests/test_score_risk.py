from datetime import timedelta

from freezegun import freeze_time

from odoo.fields import Command

from .common_score import NOON, TODAY, ScoreCase


@freeze_time(NOON)
class TestRisk(ScoreCase):
    """The score on contacts and opportunities: shown, searched, sorted and grouped by without being stored there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time(NOON):
            cls.mine = cls.make_accounts(10, cls.ann)
            cls.theirs = cls.make_accounts(10, cls.bob)
            cls.rhythms(cls.mine | cls.theirs)
            cls.train()
            cls.score()
            cls.bands = ("low", "watch", "high", "critical", "low", "low", "watch", "watch", "high", "high")
            for partners in (cls.mine, cls.theirs):
                for partner, band in zip(partners, cls.bands, strict=True):
                    cls.figures(partner).base_band = band
            cls.env["churn.account"]._lift_bands(cls.company)
            cls.leads = cls.env["crm.lead"].create(
                [
                    {"name": f"Deal {partner.id}", "type": "opportunity", "partner_id": partner.id, "user_id": owner.id}
                    for partners, owner in ((cls.mine, cls.ann), (cls.theirs, cls.bob))
                    for partner in partners
                ]
            )
            cls.env.flush_all()
            cls.env.invalidate_all()

    def test_a_rep_sees_the_scores_of_own_and_served_accounts(self):
        seen = self.env["churn.account"].with_user(self.ann).search([])
        self.assertEqual(seen.partner_id, self.mine)
        self.env["churn.team.member"].create(
            {
                "account_id": self.theirs[0].id,
                "user_id": self.ann.id,
                "role_id": self.env.ref("churn_handover.role_inside_sales").id,
                "date_from": TODAY - timedelta(days=5),
                "date_to": TODAY,
            }
        )
        self.assertEqual(
            self.env["churn.account"].with_user(self.ann).search([]).partner_id, self.mine | self.theirs[0]
        )
        with freeze_time("2026-03-04 12:00:00"):
            self.assertEqual(self.env["churn.account"].with_user(self.ann).search([]).partner_id, self.mine)

    def test_a_manager_sees_all_and_a_leader_those_of_members(self):
        everyone = self.mine | self.theirs
        self.assertEqual(self.env["churn.account"].with_user(self.manager).search([]).partner_id, everyone)
        self.env["crm.team"].create(
            {"name": "Led by Ann", "user_id": self.ann.id, "member_ids": [Command.set(self.bob.ids)]}
        )
        self.ann.group_ids += self.env.ref("churn_handover.group_churn_leader")
        self.assertEqual(self.env["churn.account"].with_user(self.ann).search([]).partner_id, everyone)

    def test_history_follows_the_account(self):
        self.assertEqual(self.env["churn.score"].with_user(self.ann).search([]).partner_id, self.mine)
        self.assertEqual(len(self.env["churn.score"].with_user(self.manager).search([])), 20)

    def test_contacts(self):
        partners = self.env["res.partner"].with_user(self.ann)
        mine, theirs = self.mine.with_user(self.ann), self.theirs.with_user(self.ann)
        self.assertEqual(tuple(mine.mapped("churn_risk_band")), self.bands)
        self.assertEqual(set(theirs.mapped("churn_risk_band")), {False})
        found = partners.search([("churn_risk_band", "in", ("high", "critical"))])
        self.assertEqual(
            found,
            self.mine.filtered(lambda partner: self.bands[list(self.mine).index(partner)] in ("high", "critical")),
        )
        self.assertFalse(partners.search([("churn_probability", ">", 0), ("id", "in", self.theirs.ids)]))
        unscored = partners.search([("churn_risk_band", "=", False), ("id", "in", (self.mine | self.theirs).ids)])
        self.assertEqual(unscored, self.theirs)

    def test_a_contact_person_shows_the_account_s(self):
        person = self.env["res.partner"].create({"name": "Eve", "parent_id": self.mine[3].id})
        self.assertEqual(person.with_user(self.ann).churn_risk_band, "critical")

    def test_contacts_sort_by_risk_with_the_unscored_last(self):
        everyone = (self.mine | self.theirs).ids
        partners = self.env["res.partner"].with_user(self.ann)
        for direction in ("asc", "desc"):
            found = partners.search([("id", "in", everyone)], order=f"churn_probability {direction}, id")
            self.assertEqual(found[:10], self.mine.sorted("churn_probability", reverse=direction == "desc"))
            self.assertEqual(set(found[10:]), set(self.theirs))

    def test_opportunities_group_by_risk(self):
        leads = self.env["crm.lead"].with_user(self.manager)
        groups = dict(leads._read_group([("id", "in", self.leads.ids)], ["churn_risk_band"], ["__count"]))
        self.assertEqual(groups, {"low": 6, "watch": 6, "high": 6, "critical": 2})
        self.assertTrue(leads.fields_get(["churn_risk_band"])["churn_risk_band"]["groupable"])
        mine = dict(
            self.env["crm.lead"]
            .with_user(self.ann)
            ._read_group([("id", "in", self.leads.ids)], ["churn_risk_band"], ["__count"])
        )
        self.assertEqual(mine, {"low": 3, "watch": 3, "high": 3, "critical": 1})
        critical = leads.search([("churn_risk_band", "=", "critical"), ("id", "in", self.leads.ids)])
        self.assertEqual(critical.partner_id, self.mine[3] | self.theirs[3])

    def test_the_pipeline_has_a_column_for_each_band_the_worst_first(self):
        for user in (self.ann, self.manager):
            leads = self.env["crm.lead"].with_user(user).with_context(read_group_expand=True)
            only_low = self.leads.filtered(lambda lead: lead.partner_id == self.mine[0])
            groups = leads.web_read_group([("id", "in", only_low.ids)], ["churn_risk_band"])["groups"]
            self.assertEqual(
                [(group["churn_risk_band"], group["__count"]) for group in groups],
                [("critical", 0), ("high", 0), ("watch", 0), ("low", 1)],
            )

    def test_side_panels_count_what_the_reader_may_see(self):
        for model, records in (("res.partner", self.mine | self.theirs), ("crm.lead", self.leads)):
            for user, counts in ((self.ann, (1, 3, 3, 3)), (self.manager, (2, 6, 6, 6))):
                panel = (
                    self.env[model]
                    .with_user(user)
                    .search_panel_select_range(
                        "churn_risk_band", enable_counters=True, search_domain=[("id", "in", records.ids)]
                    )
                )
                self.assertEqual(
                    [(value["id"], value["__count"]) for value in panel["values"]],
                    list(zip(("critical", "high", "watch", "low"), counts, strict=True)),
                    (model, user.name),
                )

    def test_nothing_is_written_to_contacts_or_opportunities(self):
        self.env.cr.execute("SELECT xmin::text, id FROM res_partner ORDER BY id")
        partners = self.env.cr.fetchall()
        self.env.cr.execute("SELECT xmin::text, id FROM crm_lead ORDER BY id")
        leads = self.env.cr.fetchall()
        self.model.write({"scored_on": False, "finished_on": False, "prepared_on": False})
        self.score()
        self.env.flush_all()
        self.env.cr.execute("SELECT xmin::text, id FROM res_partner ORDER BY id")
        self.assertEqual(self.env.cr.fetchall(), partners)
        self.env.cr.execute("SELECT xmin::text, id FROM crm_lead ORDER BY id")
        self.assertEqual(self.env.cr.fetchall(), leads)

    def test_showing_many_contacts_takes_one_query_for_the_scores(self):
        partners = self.mine.with_user(self.ann)
        partners.mapped("commercial_partner_id.name")
        self.env.user.has_group("base.group_user")
        self.assertTrue(partners[0].churn_risk_band)
        self.env["churn.account"].invalidate_model()
        partners.invalidate_recordset(["churn_risk_band", "churn_probability"])
        before = self.env.cr.sql_log_count
        partners.mapped("churn_probability")
        few = self.env.cr.sql_log_count - before
        self.assertLessEqual(few, 4)

    def test_the_risk_list_is_ordered_by_expected_loss(self):
        accounts = self.env["churn.account"].with_user(self.manager)
        action = self.env["ir.actions.act_window"]._for_xml_id("churn_handover.account_score_action")
        self.assertEqual(action["view_mode"].split(",")[0], "list")
        rows = accounts.search([("score_model_id", "!=", False)], order="expected_loss desc, id")
        losses = rows.mapped("expected_loss")
        self.assertEqual(losses, sorted(losses, reverse=True))
        bands = accounts.search([("risk_band", "in", ("high", "critical"))])
        self.assertEqual(len(bands), 8)

    def test_smart_buttons_open_the_account_s_score(self):
        action = self.mine[3].with_user(self.ann).action_open_churn_score()
        self.assertEqual(action["res_id"], self.figures(self.mine[3]).id)
        lead = self.leads.filtered(lambda lead: lead.partner_id == self.mine[3]).with_user(self.ann)
        self.assertEqual(lead.action_open_churn_score()["res_id"], self.figures(self.mine[3]).id)
        self.assertEqual(self.figures(self.mine[3]).action_open_customer()["res_id"], self.mine[3].id)
