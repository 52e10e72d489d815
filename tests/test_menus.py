from dateutil.relativedelta import relativedelta
from lxml import etree

from odoo import fields
from odoo.fields import Domain
from odoo.tests import TransactionCase, new_test_user
from odoo.tools.safe_eval import safe_eval

GROUPS = {
    "rep": "sales_team.group_sale_salesman",
    "leader": "sales_team.group_sale_salesman_all_leads,churn_handover.group_churn_leader",
    "manager": "sales_team.group_sale_manager",
}
# What the web client knows besides when it evaluates an action's context.
CLIENT_NAMES = {"context_today": fields.Date.today, "relativedelta": relativedelta}
READS = ("list", "kanban", "form", "activity", "calendar")


class TestMenus(TransactionCase):
    """Whoever sees a menu can open each of its screens, with a company's data and without any."""

    def screens(self, user):
        """Yield (menu, action) of the addon's menus that the user sees."""
        menus = self.env["ir.ui.menu"].with_user(user)
        visible = menus.browse(menus._visible_menu_ids())
        root = self.env.ref("churn_handover.menu_root")
        for menu in visible.filtered(lambda menu: menu.parent_path.startswith(root.parent_path)):
            if menu.action and menu.action._name == "ir.actions.act_window":
                yield menu, menu.action.sudo()

    def open(self, user, action):
        """Read what the web client reads to show the first page of each view of the action."""
        model = self.env[action.res_model].with_user(user)
        views = model.get_views(action.views, {"toolbar": True, "action_id": action.id})["views"]
        names = {"uid": user.id, "active_id": False, "active_ids": [], **CLIENT_NAMES}
        context = safe_eval(action.context or "{}", names)
        domain = Domain(safe_eval(action.domain or "[]", {"uid": user.id}))
        model = model.with_context(**context)
        for kind, view in views.items():
            names = {name for name in self.fields_of(view["arch"]) if name in model._fields}
            if kind in READS and names:
                model.web_search_read(domain, {name: {} for name in names}, limit=40)
            if kind == "search":
                for name in names:
                    field = model._fields[name]
                    self.assertTrue(field.store or field.search or field.related, f"{model._name}.{name} in a search")

    def fields_of(self, arch):
        for node in etree.fromstring(arch).iter("field"):
            if not any(parent.tag == "field" for parent in node.iterancestors()):
                yield node.get("name")

    def test_a_menu_opens_what_its_action_names_first(self):
        """An action that names only its form as a record would open a new record instead of its list."""
        user = new_test_user(self.env, login="menu_first", groups=GROUPS["manager"])
        for menu, action in self.screens(user):
            with self.subTest(menu=menu.complete_name):
                self.assertEqual(action.views[0][1], action.view_mode.split(",")[0])

    def check_all(self, minimum):
        for kind, groups in GROUPS.items():
            user = new_test_user(self.env, login=f"menu_{kind}", groups=groups)
            screens = list(self.screens(user))
            self.assertGreaterEqual(len(screens), minimum[kind], kind)
            for menu, action in screens:
                with self.subTest(user=kind, menu=menu.complete_name):
                    self.open(user, action)

    def test_another_company_sees_nothing_of_the_first(self):
        """Lists, counts and sums of a manager whose only company is a new one."""
        self.env["churn.demo"]._load()
        other = self.env["res.company"].create({"name": "Second Company"})
        manager = new_test_user(
            self.env, login="menu_other", groups=GROUPS["manager"], company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        filled = 0
        for name, model in self.env.registry.items():
            field = model._fields.get("company_id")
            if not name.startswith("churn.") or model._abstract or model._transient or not (field and field.store):
                continue
            foreign = [("company_id", "not in", [False, other.id])]
            filled += bool(self.env[name].search_count(foreign, limit=1))
            seen = self.env[name].with_user(manager)
            if seen.has_access("read"):
                with self.subTest(model=name):
                    self.assertFalse(seen.search_count(foreign))
        self.assertGreaterEqual(filled, 20)
        for menu, action in self.screens(manager):
            with self.subTest(menu=menu.complete_name):
                self.open(manager, action)

    def test_without_data(self):
        self.check_all({"rep": 15, "leader": 18, "manager": 40})

    def test_with_a_company(self):
        self.env["churn.demo"]._load()
        self.check_all({"rep": 15, "leader": 18, "manager": 40})
