from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval

EXAMPLES = 3
NUMBER = {"=", "!=", "<", ">", "<=", ">="}


class ChurnToday(models.Model):
    """A question that is asked of the data each time the page opens: does this wait for the reader, and where?

    One row is one card on the page "Today": a list (``action_id``), the part of it that waits (``domain``) and whom
    it concerns. Everything is counted with the reader's own rights, so that the page never shows more than the list
    behind it. Rows are data: each part of the addon ships its own, a manager changes them or adds others.
    """

    _name = "churn.today"
    _description = "Today"
    _order = "section, sequence, id"

    name = fields.Char(required=True, translate=True)
    hint = fields.Char(translate=True, help="What to do about it, in a few words.")
    section = fields.Selection(
        [("1_now", "Do Now"), ("2_soon", "Prepare"), ("3_watch", "Keep an Eye on")],
        required=True,
        default="1_now",
        group_expand=True,
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    action_id = fields.Many2one(
        "ir.actions.act_window", string="List", required=True, ondelete="cascade", help="Opened by a click on the card."
    )
    res_model = fields.Char(related="action_id.res_model")
    domain = fields.Char(
        required=True, default="[]", help="What waits. Days are written like 'today' or '+14d', the reader is uid."
    )
    group_id = fields.Many2one(
        "res.groups", string="For", ondelete="cascade", help="Who sees the card; empty: every user of the addon."
    )
    count = fields.Integer(compute="_compute_count", search="_search_count")
    examples = fields.Text(compute="_compute_count", help="The first of the list.")

    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    @api.depends("action_id", "domain")
    def _compute_count(self):
        for card in self:
            records = card._records(EXAMPLES)
            full = len(records) == EXAMPLES
            card.count = records.search_count(card._domain()) if full else len(records)
            card.examples = "\n".join(records.mapped("display_name"))

    def _search_count(self, operator, value):
        if operator not in NUMBER and operator != "in":
            return NotImplemented
        cards = self.search(Domain.TRUE)
        return Domain("id", "in", cards.filtered_domain([("count", operator, value)]).ids)

    @api.constrains("domain", "action_id")
    def _check_domain(self):
        for card in self:
            try:
                card._records(1)
            except (ValueError, TypeError, SyntaxError, KeyError, NameError) as error:
                raise ValidationError(
                    self.env._(
                        "%(name)s: the domain does not fit the list %(list)s: %(error)s",
                        name=card.name,
                        list=card.action_id.name,
                        error=error,
                    )
                ) from error

    def _domain(self):
        """Return what waits: the list's own domain and the card's."""
        self.ensure_one()
        names = {"uid": self.env.uid}
        # sudo: which records a list shows is no secret; the records are searched with the reader's rights
        shown = self.sudo().action_id.domain or "[]"
        return Domain(safe_eval(shown, names)) & Domain(safe_eval(self.domain, names))

    def _records(self, limit):
        """Return the first records that wait for the reader; none where the reader has no access to the model."""
        model = self.env.get(self.res_model)
        if model is None or not model.has_access("read"):
            return self.env["churn.today"].browse()
        return model.search(self._domain(), limit=limit)

    def action_open(self):
        """Open the list with what waits."""
        self.ensure_one()
        # sudo: an action is shown to whoever may open the card; its list keeps the reader's rights
        action = self.action_id.sudo()._get_action_dict()
        return {
            **action,
            "name": self.name,
            "display_name": self.name,
            "domain": list(self._domain()),
            "context": {},
            "path": False,
        }
