"""Every way on which stock Odoo hands new work to somebody who has left; and what must be left alone."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import Form, HttpCase, new_test_user

from .common_doors import LeaverCase


class TestContact(LeaverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._archive_only()

    def test_new_contact_below_the_account(self):
        contact = self.env["res.partner"].create({"name": "Ada", "parent_id": self.account.id})
        self.assertEqual(contact.user_id, self.backup)

    def test_existing_contact_moved_below_the_account(self):
        contact = self.env["res.partner"].create({"name": "Ada"})
        contact.parent_id = self.account
        self.assertEqual(contact.user_id, self.backup)

    def test_copy_of_the_account(self):
        self.assertEqual(self.account.copy().user_id, self.backup)
        self.assertEqual(self.account.user_id, self.leaver, "the original is moved by a handover, not by a copy")

    def test_default_in_the_context_falls_to_nobody_on_a_new_account(self):
        account = self.env["res.partner"].with_context(default_user_id=self.leaver.id).create({"name": "New"})
        self.assertFalse(account.user_id)

    def test_customer_made_from_a_lead(self):
        lead = self.env["crm.lead"].create({"name": "Bikes", "partner_name": "New", "contact_name": "Ada"})
        self.env.cr.execute("UPDATE crm_lead SET user_id = %s WHERE id = %s", (self.leaver.id, lead.id))
        lead.invalidate_recordset()
        lead._handle_partner_assignment(create_missing=True)
        self.assertTrue(lead.partner_id)
        self.assertFalse(lead.partner_id.user_id)

    def test_account_without_backup(self):
        self.account.churn_member_ids.unlink()
        contact = self.env["res.partner"].create({"name": "Ada", "parent_id": self.account.id})
        self.assertFalse(contact.user_id, "a contact without rep follows the next owner of its account")


class TestSaleOrder(LeaverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._archive_only()

    def test_new_quotation(self):
        quotation = self._quotation()
        self.assertEqual(quotation.user_id, self.backup)
        self.assertEqual(quotation.team_id, self.team)

    def test_new_quotation_in_the_form_by_a_colleague(self):
        self.account.user_id = self.leaver
        with Form(self.env["sale.order"].with_user(self.leader)) as form:
            form.partner_id = self.account
            self.assertEqual(form.user_id, self.backup)

    def test_quotation_for_a_contact_who_keeps_the_leaver(self):
        contact = self.env["res.partner"].create(
            {"name": "Ada", "parent_id": self.account.id, "user_id": self.backup.id}
        )
        contact.user_id = self.leaver
        self.assertEqual(self._quotation(partner_id=contact.id).user_id, self.backup)

    def test_copy_of_a_quotation(self):
        quotation = self._quotation()
        quotation.user_id = self.leaver
        self.assertEqual(quotation.copy().user_id, self.backup)

    def test_copy_of_a_closed_order_is_new_work(self):
        order = self._quotation()
        order.user_id = self.leaver
        order._action_cancel()
        self.assertEqual(order.copy().user_id, self.backup)

    def test_quotation_from_an_opportunity_of_the_leaver(self):
        lead = self.env["crm.lead"].create({"name": "Bikes", "partner_id": self.account.id, "type": "opportunity"})
        lead.user_id = self.leaver
        context = lead._prepare_opportunity_quotation_context()
        self.assertEqual(context["default_user_id"], self.leaver.id, "what stock Odoo hands on")
        quotation = self.env["sale.order"].with_context(**context).create({"partner_id": self.account.id})
        self.assertEqual(quotation.user_id, self.backup)
        with Form(self.env["sale.order"].with_context(**context)) as form:
            self.assertEqual(form.user_id, self.backup)

    def test_default_set_by_a_user(self):
        self.env["ir.default"].set("sale.order", "user_id", self.leaver.id)
        self.assertEqual(self._quotation().user_id, self.backup)

    def test_values_handed_over_by_code(self):
        self.assertEqual(self._quotation(user_id=self.leaver.id).user_id, self.backup)

    def test_second_backup_when_the_first_has_no_access_to_the_company(self):
        second = new_test_user(self.env, login="zoe", groups="sales_team.group_sale_salesman")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        second.company_ids += company
        self._add_backup(self.account, second, rank=2)
        self.env.user.company_ids += company
        quotation = self.env["sale.order"].with_company(company).create({"partner_id": self.account.id})
        self.assertEqual(quotation.company_id, company)
        self.assertEqual(quotation.user_id, second)

    def test_nobody_else_then_who_makes_it(self):
        self.account.churn_member_ids.unlink()
        quotation = self.env["sale.order"].with_user(self.manager).create({"partner_id": self.account.id})
        self.assertEqual(quotation.user_id, self.manager)


class TestInvoice(LeaverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["account.chart.template"].try_loading("generic_coa", cls.env.company, install_demo=False)
        cls._archive_only()

    def _invoice(self, **values):
        line = Command.create({"product_id": self.product.id, "price_unit": 5})
        return self.env["account.move"].create(
            {"move_type": "out_invoice", "partner_id": self.account.id, "invoice_line_ids": [line], **values}
        )

    def test_new_invoice(self):
        self.assertEqual(self._invoice().invoice_user_id, self.backup)

    def test_invoice_of_an_order_of_the_leaver(self):
        order = self._quotation()
        order.user_id = self.leaver
        order.action_confirm()
        order.order_line.qty_delivered = 1
        self.assertEqual(order._create_invoices().invoice_user_id, self.backup)
        self.assertEqual(order.user_id, self.leaver, "who sold keeps the order that is moved by a handover")

    def test_down_payment(self):
        order = self._quotation()
        order.user_id = self.leaver
        order.action_confirm()
        wizard = self.env["sale.advance.payment.inv"].with_context(active_ids=order.ids, active_model="sale.order")
        wizard.create({"advance_payment_method": "percentage", "amount": 30}).create_invoices()
        self.assertEqual(order.invoice_ids.invoice_user_id, self.backup)

    def test_credit_note_of_a_posted_invoice(self):
        invoice = self._invoice()
        invoice.action_post()
        invoice.invoice_user_id = self.leaver
        reversal = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=invoice.ids)
        action = reversal.create({"journal_id": invoice.journal_id.id}).reverse_moves()
        credit_note = self.env["account.move"].browse(action["res_id"])
        self.assertEqual(credit_note.invoice_user_id, self.backup)
        self.assertEqual(invoice.invoice_user_id, self.leaver, "posted invoices keep who sold")

    def test_copy_and_recurring_entry(self):
        invoice = self._invoice(auto_post="monthly", date=fields.Date.today())
        invoice.invoice_user_id = self.leaver
        self.assertEqual(invoice.copy().invoice_user_id, self.backup)
        invoice.action_post()
        recurring = self.env["account.move"].search(
            [("auto_post_origin_id", "=", invoice.id), ("id", "!=", invoice.id)]
        )
        self.assertTrue(recurring)
        self.assertEqual(recurring.invoice_user_id, self.backup)


class TestLead(LeaverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.env["crm.lead"].create(
            {
                "name": "Bikes",
                "partner_id": cls.account.id,
                "user_id": cls.leaver.id,
                "team_id": cls.team.id,
                "type": "lead",
            }
        )
        cls.unknown = cls.lead.copy({"partner_id": False, "email_from": "x@nobody.example"})
        cls._archive_only()

    def test_copy(self):
        self.assertEqual(self.lead.copy().user_id, self.backup)
        self.assertFalse(self.unknown.copy().user_id, "without account it goes to whoever distributes leads")

    def test_default_in_the_context(self):
        leads = self.env["crm.lead"].with_context(default_user_id=self.leaver.id)
        self.assertEqual(leads.create({"name": "x", "partner_id": self.account.id}).user_id, self.backup)
        self.assertFalse(leads.create({"name": "x"}).user_id)

    def test_alias_with_the_leaver_as_default(self):
        leads = self.env["crm.lead"]
        message = {"subject": "Bikes", "from": "office@acme.example", "author_id": self.account.id}
        lead = leads.message_new(message, custom_values={"user_id": self.leaver.id, "team_id": self.team.id})
        self.assertEqual(lead.user_id, self.backup)

    def test_mail_to_a_team_whose_leader_has_left(self):
        self._archive_only(self.leader)
        leads = self.env["crm.lead"]
        known = {"subject": "Bikes", "from": "office@acme.example", "author_id": self.account.id}
        self.assertEqual(leads.message_new(known, custom_values={"team_id": self.team.id}).user_id, self.backup)
        unknown = {"subject": "Bikes", "from": "x@nobody.example", "author_id": False}
        self.assertFalse(leads.message_new(unknown, custom_values={"team_id": self.team.id}).user_id)

    def test_mail_to_a_team_whose_leader_is_there(self):
        message = {"subject": "Bikes", "from": "x@nobody.example", "author_id": False}
        lead = self.env["crm.lead"].message_new(message, custom_values={"team_id": self.team.id})
        self.assertEqual(lead.user_id, self.leader)

    def test_conversion_of_the_leavers_lead(self):
        self.env.cr.execute("UPDATE crm_lead SET user_id = NULL WHERE id = %s", (self.unknown.id,))
        self.unknown.invalidate_recordset()
        self.unknown.convert_opportunity(self.account, user_ids=self.leaver.ids)
        self.assertFalse(self.unknown.user_id & self.leaver)
        context = {"active_model": "crm.lead", "active_id": self.lead.id, "active_ids": self.lead.ids}
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_context(**context)
            .create({"name": "convert", "action": "exist", "partner_id": self.account.id, "force_assignment": True})
        )
        self.assertEqual(wizard.user_id, self.backup, "stock Odoo proposes the leaver")
        wizard.action_apply()
        self.assertEqual((self.lead.type, self.lead.user_id), ("opportunity", self.backup))

    def test_merge_fills_the_salesperson_from_another_lead(self):
        head = self.env["crm.lead"].create(
            {"name": "Head", "type": "opportunity", "partner_id": self.account.id, "user_id": False, "probability": 90}
        )
        merged = (head | self.lead).merge_opportunity()
        self.assertEqual(merged, head)
        self.assertEqual(merged.user_id, self.backup)

    def test_distribution_to_a_member_who_has_left(self):
        """By ``write`` Odoo leaves the membership of an archived user active."""
        self.team.crm_team_member_all_ids.filtered(lambda m: m.user_id != self.leaver).action_archive()
        membership = self.team.crm_team_member_all_ids.filtered(lambda m: m.user_id == self.leaver)
        membership.write({"active": True, "assignment_max": 30, "assignment_optout": False})
        new = self.env["crm.lead"].create(
            {"name": "x", "team_id": self.team.id, "user_id": False, "email_from": "y@z.example"}
        )
        new.date_open = False
        self.team._assign_and_convert_leads(force_quota=True)
        self.assertFalse(new.user_id)


class TestActivity(LeaverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.type = cls.env["mail.activity.type"].create({"name": "Call back", "default_user_id": cls.leaver.id})
        cls.lead = cls.env["crm.lead"].create(
            {"name": "x", "type": "opportunity", "partner_id": cls.account.id, "user_id": cls.colleague.id}
        )
        cls.stray = cls.env["crm.lead"].create({"name": "y", "type": "opportunity", "user_id": cls.colleague.id})
        cls.plan = cls.env["mail.activity.plan"].create({"name": "Plan", "res_model": "crm.lead"})
        cls.env["mail.activity.plan.template"].create(
            {
                "plan_id": cls.plan.id,
                "activity_type_id": cls.type.id,
                "responsible_type": "other",
                "responsible_id": cls.leaver.id,
            }
        )
        cls.action = cls.env["ir.actions.server"].create(
            {
                "name": "Follow up",
                "model_id": cls.env["ir.model"]._get("crm.lead").id,
                "state": "next_activity",
                "activity_type_id": cls.env.ref("mail.mail_activity_data_todo").id,
                "activity_user_type": "specific",
                "activity_user_id": cls.leaver.id,
            }
        )
        cls._archive_only()

    def test_default_user_of_the_type(self):
        self.assertEqual(self.account.activity_schedule(activity_type_id=self.type.id).user_id, self.backup)
        self.assertEqual(self.lead.activity_schedule(activity_type_id=self.type.id).user_id, self.backup)

    def test_without_account_the_documents_own_salesperson(self):
        self.assertEqual(self.stray.activity_schedule(activity_type_id=self.type.id).user_id, self.colleague)

    def test_default_user_of_the_type_in_the_form(self):
        model = self.env["ir.model"]._get("crm.lead")
        context = {"default_res_model_id": model.id, "default_res_model": "crm.lead", "default_res_id": self.lead.id}
        with Form(self.env["mail.activity"].with_context(**context)) as form:
            form.activity_type_id = self.type
            self.assertEqual(form.user_id, self.backup)

    def test_schedule_wizard_and_plan(self):
        wizard = self.env["mail.activity.schedule"].with_context(active_model="crm.lead", active_ids=self.lead.ids)
        wizard.create({"activity_type_id": self.type.id}).action_schedule_activities()
        self.assertEqual(self.lead.activity_ids.user_id, self.backup)
        self.lead.activity_ids.unlink()
        wizard.create({"plan_id": self.plan.id}).action_schedule_plan()
        self.assertEqual(self.lead.activity_ids.user_id, self.backup)

    def test_the_dialog_proposes_who_will_do_it(self):
        dialogs = self.env["mail.activity.schedule"]

        def proposed(records):
            dialog = dialogs.with_context(active_model="crm.lead", active_ids=records.ids)
            return dialog.new({"activity_type_id": self.type.id}).activity_user_id

        self.assertEqual(proposed(self.lead), self.backup)
        self.assertEqual(proposed(self.stray), self.colleague)
        self.assertEqual(proposed(self.lead | self.stray), self.env.user, "one name for several: whoever schedules")
        plan = dialogs.with_context(active_model="crm.lead", active_ids=self.lead.ids).new({"plan_id": self.plan.id})
        self.assertEqual(plan.plan_schedule_line_ids.responsible_user_id, self.backup)

    def test_the_note_of_a_plan_names_who_does_it(self):
        dialog = self.env["mail.activity.schedule"].with_context(active_model="crm.lead", active_ids=self.lead.ids)
        dialog.create({"plan_id": self.plan.id}).action_schedule_plan()
        self.assertIn("assigned to Ben Backup", self.lead.message_ids[0].body)

    def test_chained_activity(self):
        first = self.env["mail.activity.type"].create(
            {"name": "First", "chaining_type": "trigger", "triggered_next_type_id": self.type.id}
        )
        self.lead.activity_schedule(activity_type_id=first.id, user_id=self.colleague.id).action_feedback()
        self.assertEqual(self.lead.activity_ids.user_id, self.backup)

    def test_upsell_activity_of_an_order_of_the_leaver(self):
        order = self._quotation()
        order.user_id = self.leaver
        order._create_upsell_activity()
        self.assertEqual(order.activity_ids.user_id, self.backup)

    def test_automation_that_names_the_leaver(self):
        self.action.with_context(active_model="crm.lead", active_ids=self.lead.ids, active_id=self.lead.id).run()
        self.assertEqual(self.lead.activity_ids.user_id, self.backup)


class TestMeeting(LeaverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start = fields.Datetime.now() + timedelta(days=2)
        cls.values = {
            "name": "Visit",
            "start": cls.start,
            "stop": cls.start + timedelta(hours=1),
            "partner_ids": [Command.set(cls.account.ids)],
        }
        cls.event = cls.env["calendar.event"].create({**cls.values, "user_id": cls.leaver.id})
        cls._archive_only()

    def test_meeting_from_an_activity_of_the_leaver(self):
        events = self.env["calendar.event"].with_context(default_user_id=self.leaver.id)
        self.assertEqual(events.create(self.values).user_id, self.backup)

    def test_copy(self):
        self.assertEqual(self.event.copy().user_id, self.backup)

    def test_recurrence(self):
        self.event.write(
            {
                "recurrency": True,
                "rrule_type": "daily",
                "interval": 1,
                "end_type": "count",
                "count": 4,
                "event_tz": "UTC",
            }
        )
        others = self.env["calendar.event"].search([("name", "=", "Visit"), ("id", "!=", self.event.id)])
        self.assertEqual(len(others), 3)
        self.assertEqual(others.user_id, self.backup)

    def test_past_meeting_keeps_its_organiser(self):
        past = {"start": self.start - timedelta(days=9), "stop": self.start - timedelta(days=9) + timedelta(hours=1)}
        event = self.env["calendar.event"].create({**self.values, **past, "user_id": self.leaver.id})
        self.assertEqual(event.user_id, self.leaver)


class TestAutomation(LeaverCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.env["crm.lead"].create(
            {"name": "x", "type": "opportunity", "partner_id": cls.account.id, "user_id": cls.colleague.id}
        )
        cls._archive_only()

    def _run(self, record, **values):
        model = self.env["ir.model"]._get(record._name)
        action = self.env["ir.actions.server"].create({"name": "Automation", "model_id": model.id, **values})
        return action.with_context(active_model=record._name, active_ids=record.ids, active_id=record.id).run()

    def test_update_record(self):
        self._run(self.lead, state="object_write", update_path="user_id", value=str(self.leaver.id))
        self.assertEqual(self.lead.user_id, self.backup)

    def test_update_record_that_is_closed(self):
        self.lead.action_set_won()
        self._run(self.lead, state="object_write", update_path="user_id", value=str(self.leaver.id))
        self.assertEqual(self.lead.user_id, self.leaver)

    def test_code(self):
        values = {"name": "made", "partner_id": self.account.id, "user_id": self.leaver.id}
        code = f"env['crm.lead'].create({values})"
        self._run(self.lead, state="code", code=code)
        self.assertEqual(self.env["crm.lead"].search([("name", "=", "made")]).user_id, self.backup)

    def test_duplicate_record(self):
        self.lead.user_id = self.leaver
        model = self.env["ir.model"]._get("crm.lead")
        self._run(self.lead, state="object_copy", crud_model_id=model.id, resource_ref=f"crm.lead,{self.lead.id}")
        copy = self.env["crm.lead"].search([("name", "=like", "x%"), ("id", "!=", self.lead.id)])
        self.assertEqual(copy.user_id, self.backup)

    def test_automation_that_fills_a_form(self):
        action = self.env["ir.actions.server"].create(
            {
                "name": "Fill",
                "model_id": self.env["ir.model"]._get("crm.lead").id,
                "state": "object_write",
                "update_path": "user_id",
                "value": str(self.leaver.id),
            }
        )
        lead = self.env["crm.lead"].new({"name": "new", "partner_id": self.account.id})
        action.with_context(active_model="crm.lead", onchange_self=lead).run()
        self.assertEqual(lead.user_id, self.backup)


class TestOtherDocuments(LeaverCase):
    def test_mailing(self):
        mailing = self.env["mailing.mailing"].create({"subject": "News", "user_id": self.leaver.id})
        self._archive_only()
        self.assertEqual(
            mailing.with_user(self.env.ref("base.user_admin")).copy().user_id, self.env.ref("base.user_admin")
        )

    def test_every_rule_that_moves_is_guarded(self):
        """The guard follows the ownership rules: a rule made by an administrator guards its field at once."""
        self._archive_only()
        self.env["churn.ownership.rule"].create(
            {
                "name": "Mention roles",
                "res_model": "iap.account",
                "field_name": "warning_user_ids",
                "domain": "[('name', '!=', 0)]",
            }
        )
        service = self.env["iap.service"].search([], limit=1)
        account = self.env["iap.account"].create(
            {"service_id": service.id, "warning_user_ids": [Command.set((self.leaver | self.colleague).ids)]}
        )
        self.assertEqual(account.warning_user_ids, self.colleague)
        rule = self.env["churn.ownership.rule"].search([("res_model", "=", "sale.order")])
        rule.active = False
        self.assertEqual(self._quotation().user_id, self.leaver, "no rule, no guard")


class TestLeftAlone(LeaverCase):
    def test_explicit_value_in_an_import(self):
        self._archive_only()
        rows = [["Old deal", "Acme", "Lea Leaver"]]
        leads = self.env["crm.lead"].with_context(active_test=False)
        result = leads.load(["name", "partner_id", "user_id/.id"], [["Old deal", "Acme", str(self.leaver.id)]])
        self.assertFalse(result["messages"], rows)
        self.assertEqual(leads.browse(result["ids"]).user_id, self.leaver)

    def test_defaults_and_computed_values_of_an_import(self):
        self._archive_only()
        result = self.env["res.partner"].load(["name", "parent_id/.id"], [["Ada", str(self.account.id)]])
        self.assertFalse(result["messages"])
        self.assertEqual(self.env["res.partner"].browse(result["ids"]).user_id, self.backup)

    def test_closed_records(self):
        order = self._quotation()
        order.action_confirm()
        order.order_line.qty_invoiced = 1
        lead = self.env["crm.lead"].create({"name": "x", "partner_id": self.account.id, "user_id": self.leaver.id})
        lead.action_set_won()
        self._archive_only()
        closed = self.env["sale.order"].create(
            {"partner_id": self.account.id, "state": "cancel", "user_id": self.leaver.id}
        )
        self.assertEqual(closed.user_id, self.leaver)
        lead.partner_id = lead.partner_id.copy()
        self.assertEqual(lead.user_id, self.leaver)

    def test_what_somebody_writes(self):
        quotation = self._quotation()
        self._archive_only()
        quotation.user_id = self.colleague
        quotation.user_id = self.leaver
        self.assertEqual(quotation.user_id, self.leaver)

    def test_transfer_and_undo(self):
        self._archive_only()
        leads = self.env["crm.lead"].with_context(churn_transfer=True)
        self.assertEqual(
            leads.create({"name": "x", "partner_id": self.account.id, "user_id": self.leaver.id}).user_id, self.leaver
        )

    def test_active_users(self):
        self.assertEqual(self._quotation().user_id, self.leaver)
        self.assertEqual(self._quotation(user_id=self.colleague.id).user_id, self.colleague)

    def test_user_who_comes_back(self):
        self._archive_only()
        self.leaver.action_unarchive()
        self.assertEqual(self._quotation().user_id, self.leaver)


class TestRpc(HttpCase, LeaverCase):
    """What a program sends. A form in the browser sends its defaults the same way, so nobody can tell a chosen
    salesperson from a proposed one: a new open record goes to who is there, also over RPC. Whoever must name somebody
    who has left (a migration) imports, or writes it afterwards.
    """

    def _call(self, method, *args):
        params = {"model": "sale.order", "method": method, "args": args, "kwargs": {}}
        return self.make_jsonrpc_request(f"/web/dataset/call_kw/sale.order/{method}", params)

    def test_create_write_and_import(self):
        self._archive_only()
        self.authenticate(self.manager.login, self.manager.login)
        values = {"partner_id": self.account.id, "user_id": self.leaver.id}
        made = self.env["sale.order"].browse(self._call("create", [values]))
        self.assertEqual(made.user_id, self.backup)
        self._call("write", made.ids, {"user_id": self.leaver.id})
        made.invalidate_recordset()
        self.assertEqual(made.user_id, self.leaver, "an open record on purpose")
        rows = [[str(self.account.id), str(self.leaver.id)]]
        loaded = self._call("load", ["partner_id/.id", "user_id/.id"], rows)
        self.assertEqual(self.env["sale.order"].browse(loaded["ids"]).user_id, self.leaver)


class TestQueries(LeaverCase):
    """The guard asks the database nothing per record."""

    def _count(self, function):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def _accounts(self, count):
        accounts = self.env["res.partner"].create(
            [{"name": f"A{i}", "is_company": True, "user_id": self.leaver.id} for i in range(count)]
        )
        for account in accounts:
            self._add_backup(account, self.backup)
        return accounts

    def test_nothing_extra_while_nobody_is_archived(self):
        values = [{"name": "x", "user_id": self.colleague.id}] * 20
        leads = self.env["crm.lead"]
        leads.create(values)  # fills the caches
        plain = self._count(lambda: leads.with_context(churn_transfer=True).create(values))
        self.assertLessEqual(self._count(lambda: leads.create(values)), plain)

    def test_stand_ins_are_found_together(self):
        few, many = self._accounts(2), self._accounts(30)
        self._archive_only()
        partners = self.env["res.partner"]

        def extra(accounts):
            values = [{"name": "c", "parent_id": account.id} for account in accounts]
            plain = self._count(lambda: partners.with_context(churn_transfer=True).create(values))
            return self._count(lambda: partners.create(values)) - plain

        extra(few)
        self.assertEqual(extra(many), extra(few), "the same number of queries for 2 and for 30 accounts")
