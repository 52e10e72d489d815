import inspect
import re
from collections import Counter
from contextlib import contextmanager
from unittest.mock import patch

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, MissingError, UserError
from odoo.fields import Domain
from odoo.service.model import call_kw
from odoo.tests import Form, TransactionCase
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

from .test_menus import CLIENT_NAMES

PEOPLE = {"rep": "rossi", "leader": "zhao", "manager": "chen"}
RECORDS = 3  # opened of each screen, one per state as far as there are
BUTTON_VIEWS = ("form", "list", "kanban")
# Screens of Odoo that carry buttons of the addon, with the records one would look for them on.
GUESTS = {
    "res.partner": [("is_company", "=", True)],
    "crm.lead": [],
    "sale.order": [],
    "res.users": [("share", "=", False)],
    "calendar.event": [],
}


WRITES = re.compile(r"\s*(WITH\b.*?)?\b(INSERT INTO|UPDATE|DELETE FROM)\b", re.IGNORECASE | re.DOTALL)


class TakenBackError(Exception):
    """Takes a click back."""


class Screen:
    """What the web client knows of one view: which fields to read, and which buttons a record shows."""

    def __init__(self, model, view):
        self.model = model
        self.kind = view.get("type")
        self.arch = etree.fromstring(view["arch"])

    def spec(self, node=None, model=None):
        node = self.arch if node is None else node
        model = self.model if model is None else model
        spec = {}
        for field in self.own(node, "field"):
            name = field.get("name")
            if name not in model._fields:
                continue
            column = model._fields[name]
            if column.type in ("one2many", "many2many"):
                views = [child for child in field if child.tag in BUTTON_VIEWS]
                inner = model.env[column.comodel_name]
                spec[name] = {"fields": self.spec(views[0], inner) if views else {}, "limit": 40}
            elif column.type == "many2one":
                spec[name] = {"fields": {"display_name": {}}}
            else:
                spec[name] = {}
        return spec

    def own(self, node, tag):
        """Nodes of the view itself, not of a list inside one of its fields."""
        for found in node.iter(tag):
            parents = list(found.iterancestors())
            parents = parents[: parents.index(node)] if node in parents else parents
            if not any(parent.tag == "field" for parent in parents):
                yield found

    def values(self, record):
        """What a condition of the view may name: as the client evaluates it, a relation is an id or a list of ids."""
        return {name: self.plain(value) for name, value in record.items()}

    def plain(self, value):
        if isinstance(value, dict):
            return value.get("id", value)
        if isinstance(value, list):
            return [line.get("id", line) if isinstance(line, dict) else line for line in value]
        return value

    def buttons(self, values, parent=None, node=None):
        node = self.arch if node is None else node
        names = {
            **CLIENT_NAMES,
            "uid": self.model.env.uid,
            "current_date": str(fields.Date.today()),
            "context": dict(self.model.env.context),
            "parent": type("Parent", (), parent or {})(),
            **values,
        }
        names.update(
            {"active_id": values.get("id"), "active_ids": [values.get("id")], "active_model": self.model._name}
        )
        for button in [*self.own(node, "button"), *self.own(node, "a")]:
            if not button.get("name") or button.get("type") not in ("object", "action"):
                continue
            hidden = [button, *button.iterancestors()]
            hidden = hidden[: hidden.index(node) + 1] if node in hidden else hidden
            conditions = [item.get("invisible") or item.get("column_invisible") for item in hidden]
            if any(safe_eval(condition, dict(names)) for condition in conditions if condition):
                continue
            yield button, safe_eval(button.get("context") or "{}", dict(names))


class TestButtons(TransactionCase):
    """Everybody may press every button that their screen shows them: what can't be done is said in words."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["churn.demo"]._load()
        cls.env.flush_all()

    def person(self, kind):
        return self.env.ref(f"churn_handover.demo_person_{PEOPLE[kind]}")

    def actions(self, user):
        menus = self.env["ir.ui.menu"].with_user(user)
        root = self.env.ref("churn_handover.menu_root")
        visible = menus.browse(menus._visible_menu_ids())
        for menu in visible.filtered(lambda menu: menu.parent_path.startswith(root.parent_path)):
            if menu.action and menu.action._name == "ir.actions.act_window":
                yield menu.complete_name, menu.action.sudo()._get_action_dict()

    def sample(self, model, domain):
        found = model.search(domain, limit=200)
        if "state" in model._fields and not model._fields["state"].search and model._fields["state"].store:
            per_state = found.grouped("state").values()
            return model.concat(*(records[:1] for records in per_state), found)[: max(RECORDS, len(per_state))]
        return found[:RECORDS]

    def context(self, action, user, **names):
        names = {"uid": user.id, "active_id": False, "active_ids": [], "active_model": False, **CLIENT_NAMES, **names}
        context = action.get("context") or {}
        return safe_eval(context, names) if isinstance(context, str) else dict(context)

    def domain(self, action, user, context):
        domain = action.get("domain") or []
        if isinstance(domain, str):
            domain = safe_eval(domain, {"uid": user.id, **CLIENT_NAMES, **context, "context": context})
        return Domain(domain)

    def show(self, user, action, **names):
        """Open what a button gave back, as the client would: the first page, or the dialog with its defaults."""
        if not isinstance(action, dict) or action.get("type") != "ir.actions.act_window":
            return
        env = self.env(user=user)
        context = self.context(action, user, **names)
        model = env[action["res_model"]].with_context(**context)
        kinds = action.get("views") or [
            [action.get("view_id") or False, kind] for kind in action["view_mode"].split(",")
        ]
        views = [(view[0] if isinstance(view, (list, tuple)) else view or False, kind) for view, kind in kinds]
        answer = model.get_views([*views, (False, "search")], {"toolbar": True})["views"]
        if views[0][1] != "form":
            for _view, kind in views:
                if kind in BUTTON_VIEWS:
                    screen = Screen(model, {"arch": answer[kind]["arch"], "type": kind})
                    model.web_search_read(self.domain(action, user, context), screen.spec(), limit=40)
        elif action.get("res_id"):
            model.browse(action["res_id"]).web_read(Screen(model, {"arch": answer["form"]["arch"]}).spec())
        else:
            Form(model, view=views[0][0] or None)

    def press(self, record, button, context):
        """The client's two steps: call the button, open what it gives back; then all is taken back."""
        env = record.env
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                if button.get("type") == "object":
                    args = [record.ids, *safe_eval(button.get("args") or "[]")]
                    action = call_kw(record.browse(), button.get("name"), args, {"context": {**env.context, **context}})
                else:
                    action = self.action_of(button)
                    action = env[action.type].sudo().browse(action.id)._get_action_dict()
                names = {"active_id": record.id, "active_ids": record.ids, "active_model": record._name}
                self.show(env.user, action, **{**names, **context})
                raise TakenBackError
        except TakenBackError:
            return None
        except AccessError as error:
            return f"access: {error}"
        except UserError:
            return None
        except Exception as error:  # noqa: BLE001 -- anything else is what a user calls a crash
            return f"{type(error).__name__}: {error}"

    def ours(self, model, button):
        if button.get("type") == "object":
            method = getattr(type(model), button.get("name"), None)
            return method is not None and "churn_handover" in method.__module__
        ours = [
            ("module", "=", "churn_handover"),
            ("model", "like", "ir.actions."),
            ("res_id", "=", self.action_of(button).id),
        ]
        return bool(self.env["ir.model.data"].search_count(ours))

    def action_of(self, button):
        """A button names its action by id, or by external id."""
        name = button.get("name")
        return self.env["ir.actions.actions"].browse(int(name)) if name.isdecimal() else self.env.ref(name)

    def press_all(self, where, model, views, domain, done, only_ours=False):
        """Press each button of the views on a few records; yield what went wrong."""
        for kind in BUTTON_VIEWS:
            if kind not in views:
                continue
            screen = Screen(model, {"arch": views[kind]["arch"], "type": kind})
            for record in self.sample(model, domain):
                values = record.web_read(screen.spec())[0]
                pressed = [(record, button, context) for button, context in screen.buttons(screen.values(values))]
                if screen.arch.get("type") in ("object", "action"):  # what a click on the row or card does
                    row = etree.Element("button", name=screen.arch.get("action"), type=screen.arch.get("type"))
                    pressed.append((record, row, {}))
                for field in screen.own(screen.arch, "field"):
                    inner = [child for child in field if child.tag in BUTTON_VIEWS]
                    lines = values.get(field.get("name")) if inner else None
                    for line in (lines or [])[:2]:
                        child = record[field.get("name")].browse(line["id"])
                        parent = screen.values(values)
                        for button, context in screen.buttons(screen.values(line), parent, inner[0]):
                            pressed.append((child, button, context))
                for target, button, context in pressed:
                    state = target.state if "state" in target._fields else ""
                    key = (target._name, button.get("name"), str(sorted(context.items(), key=str)), state)
                    if key in done or (only_ours and not self.ours(target, button)):
                        continue
                    done[key] += 1
                    wrong = self.press(target.with_context(**model.env.context), button, context)
                    if wrong:
                        yield f"{where} / {kind} {target} {button.get('name')} ({button.get('string')}): {wrong}"

    def check(self, kind, minimum):
        user = self.person(kind)
        env = self.env(user=user)
        done, wrong = Counter(), []
        for name, action in self.actions(user):
            context = self.context(action, user)
            model = env[action["res_model"]].with_context(**context)
            views = model.get_views(action["views"], {"toolbar": True, "action_id": action["id"]})["views"]
            wrong += self.press_all(name, model, views, self.domain(action, user, context), done)
        for name, domain in GUESTS.items():
            views = env[name].get_views([(False, "form"), (False, "list"), (False, "kanban")])["views"]
            wrong += self.press_all(name, env[name], views, domain, done, only_ours=True)
        self.assertFalse(wrong, "\n".join(wrong))
        self.assertGreaterEqual(len(done), minimum)

    def test_a_rep(self):
        self.check("rep", 40)

    def test_a_team_leader(self):
        self.check("leader", 60)

    def test_a_manager(self):
        self.check("manager", 100)

    # By RPC: what no screen shows

    def hidden(self, model):
        """A record that is there, and that the user of the model does not find."""
        try:
            found = model.with_context(active_test=False).search([])
        except AccessError:
            found = model
        return (model.sudo().with_context(active_test=False).search([]) - model.sudo().browse(found.ids))[:1]

    def public_methods(self, model):
        """What can be called by RPC with nothing but a record, and is written in the addon."""
        for name, method in inspect.getmembers(type(model), callable):
            if name.startswith("_") or "churn_handover" not in (getattr(method, "__module__", None) or ""):
                continue
            if getattr(method, "_api_private", False) or getattr(method, "_api_model", False):
                continue
            parameters = list(inspect.signature(method).parameters.values())[1:]
            if all(
                one.default is not one.empty or one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD) for one in parameters
            ):
                yield name

    @contextmanager
    def statements_that_write(self):
        """The data that is changed meanwhile, as SQL; all of it is executed."""
        written = []
        cursor = type(self.env.cr)
        execute = cursor.execute

        def watched(cr, query, *args, **kwargs):
            text = query.code if hasattr(query, "code") else str(query)
            if WRITES.match(text):
                written.append(text[:200])
            return execute(cr, query, *args, **kwargs)

        with patch.object(cursor, "execute", watched):
            yield written

    def test_no_method_changes_anything_for_somebody_who_cannot_see_the_record(self):
        tried, wrong = Counter(), []
        for kind in ("rep", "leader"):
            user = self.person(kind)
            for name in self.env:
                model = self.env[name].with_user(user)
                if not name.startswith("churn.") or model._abstract or model._transient:
                    continue
                record = self.hidden(model)
                for method in self.public_methods(model) if record else ():
                    tried[name, method] += 1
                    with self.statements_that_write() as written:
                        try:
                            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                                call_kw(model, method, [record.ids], {})
                                self.env.flush_all()
                        except (AccessError, MissingError):
                            continue
                        except UserError:
                            pass
                        finally:
                            self.env.invalidate_all()
                    if written:
                        wrong.append(f"{kind} {name}.{method}: {written[0]}")
        self.assertFalse(wrong, "\n".join(wrong))
        self.assertGreaterEqual(len(tried), 60)
