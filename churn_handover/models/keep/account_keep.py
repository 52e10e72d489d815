from odoo import api, fields, models
from odoo.exceptions import UserError

from ..common.heirs import doubles, hand_on
from ..common.listed import listed
from .switching import BREADTH_POINTS, PART_POINTS


class ChurnAccount(models.Model):
    """From a customer at risk to what is done about it."""

    _inherit = "churn.account"

    segment_id = fields.Many2one("churn.segment", index="btree_not_null", readonly=True, ondelete="set null")
    breadth = fields.Integer(
        string="Product Categories", readonly=True, aggregator="avg", help="Bought in the last 12 months."
    )
    breadth_before = fields.Integer(
        string="Product Categories before",
        readonly=True,
        aggregator="avg",
        help="Bought in the 12 months before those.",
    )
    breadth_usual = fields.Float(
        string="Usual Categories", readonly=True, aggregator="avg", help="Half of the similar customers buy from more."
    )
    breadth_peers = fields.Integer(string="Similar Customers", readonly=True, aggregator=None)
    breadth_like = fields.Selection(
        [("industry", "Same industry and value tier"), ("tier", "Same value tier"), ("all", "All customers")],
        string="Compared with",
        readonly=True,
        help="Of the same industry and value tier, if ten of them buy; else of the same value tier; else all.",
    )
    loss_ids = fields.One2many("churn.loss", "account_id", string="Losses")
    suggestion_ids = fields.One2many("churn.suggestion", "account_id", string="Suggestions")
    switching_index = fields.Integer(
        compute="_compute_switching_index",
        string="Switching Cost",
        help="0 to 100: what leaving would cost the customer. 60 points for the range of products, 20 for the terms "
        "they are bound by, 20 for how they are connected with us. Judgement: it orders customers, it foretells "
        "nothing.",
    )
    switching_text = fields.Text(compute="_compute_switching_index", string="Switching Cost Explained")

    @api.model
    def _hand_on_rows(self, heirs):
        """Losses, results of programmes and answers to suggestions are history; what is open is so once."""
        result = super()._hand_on_rows(heirs)
        losses = self.env["churn.loss"]
        doubles(losses, "account_id", heirs, (), [("state", "=", "lost")]).state = "closed"
        hand_on(losses, "account_id", heirs)
        members = self.env["churn.programme.member"]
        twice = doubles(members, "account_id", heirs, ("programme_id",))
        doubles(members, "account_id", heirs, ("running_purpose",), [("running_purpose", "!=", False)]).write(
            {"running_purpose": False}
        )
        hand_on(members, "account_id", heirs, but=twice)
        suggestions = self.env["churn.suggestion"]
        twice = doubles(suggestions, "account_id", heirs, ("category_id",), [("state", "in", ("open", "accepted"))])
        hand_on(suggestions, "account_id", heirs, but=twice)
        return result

    @api.depends("breadth", "breadth_usual", "breadth_peers", "breadth_like", "partner_id")
    @api.depends_context("lang")
    def _compute_switching_index(self):
        rows = self.env["churn.switching"]._usable()
        parts = dict(rows._fields["part"]._description_selection(self.env))
        for company, mine in self.grouped("company_id").items():
            customers = {row: set(row._customers(mine.partner_id, company).ids) for row in rows}
            for account in mine:
                wide = min(account.breadth / (2 * account.breadth_usual), 1.0) if account.breadth_usual else 0.0
                points, sentences = [round(BREADTH_POINTS * wide)], [account._breadth_sentence(wide)]
                for part, title in parts.items():
                    known = rows.filtered(lambda row, part=part: row.part == part)
                    found = rows.browse(row.id for row in known if account.partner_id.id in customers[row])
                    points.append(min(sum(found.mapped("points")), PART_POINTS))
                    sentences.append(account._part_sentence(title, points[-1], known, found))
                account.switching_index = sum(points)
                account.switching_text = "\n".join(sentences)

    def _breadth_sentence(self, wide):
        numbers = {
            "points": round(BREADTH_POINTS * wide),
            "most": BREADTH_POINTS,
            "breadth": self.breadth,
            "usual": f"{self.breadth_usual:g}",
        }
        if not self.breadth_like:  # reckoned before similar customers were known
            return self.env._(
                "%(points)s of %(most)s: buys from %(breadth)s product categories, half of the customers from more "
                "than %(usual)s",
                **numbers,
            )
        kinds = dict(self._fields["breadth_like"]._description_selection(self.env))
        return self.env._(
            "%(points)s of %(most)s: buys from %(breadth)s product categories, half of %(count)s similar customers "
            "(%(like)s) from more than %(usual)s",
            count=self.breadth_peers,
            like=kinds[self.breadth_like].lower(),
            **numbers,
        )

    def _part_sentence(self, title, points, known, found):
        """The part, what was found, and, when nothing was, what was looked for."""
        if found:
            return self.env._(
                "%(points)s of %(most)s, %(part)s: %(found)s",
                points=points,
                most=PART_POINTS,
                part=title.lower(),
                found=listed(self.env, found.mapped("name")),
            )
        return self.env._(
            "0 of %(most)s, %(part)s: none of %(known)s",
            most=PART_POINTS,
            part=title.lower(),
            known=listed(self.env, known.mapped("name")) or "–",
        )

    def action_start_programme(self):
        """A draft programme for the chosen customers."""
        if not self:
            raise UserError(self.env._("Choose at least one customer."))
        lost = self.filtered(lambda account: account.score_status == "lost")
        if lost and lost != self:
            raise UserError(
                self.env._("Lost customers need another programme than those still here: choose them apart.")
            )
        return self.env["churn.programme"]._propose(self, "win_back" if lost else "retain")._open()

    def action_note_loss(self):
        """The customer left: enter why; or see the loss that is known."""
        self.ensure_one()
        known = self.env["churn.loss"].search([("account_id", "=", self.id), ("state", "=", "lost")], limit=1)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lost Customer"),
            "res_model": "churn.loss",
            "res_id": known.id,
            "view_mode": "form",
            "context": {"default_account_id": self.id},
        }
