from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


class ChurnAbsenceLine(models.Model):
    """One account of an absence: who covers it, from when to when.

    Lines follow the accounts that the person owns; people choose the cover only. When the cover changes in the
    middle, the line ends and another one begins: it stays known who covered when.
    """

    _name = "churn.absence.line"
    _description = "Covered Account"
    _order = "absence_id, account_id, date_from, id"
    _rec_name = "account_id"

    absence_id = fields.Many2one("churn.absence", required=True, index=True, ondelete="cascade", readonly=True)
    account_id = fields.Many2one("res.partner", required=True, index=True, ondelete="cascade", readonly=True)
    cover_id = fields.Many2one(
        "res.users",
        string="Cover of Its Own",
        index="btree_not_null",
        ondelete="restrict",
        domain=[("share", "=", False)],
        help="Empty: whoever covers everything else.",
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", required=True, readonly=True)
    covered_by_id = fields.Many2one("res.users", compute="_compute_covered_by_id")
    user_id = fields.Many2one(related="absence_id.user_id", string="Who Is Away")
    state = fields.Selection(related="absence_id.state")
    is_ended = fields.Boolean(compute="_compute_is_ended")
    is_key_account = fields.Boolean(related="account_id.churn_is_key_account", string="Key Account")
    member_ids = fields.One2many("churn.team.member", "absence_line_id", string="Access")

    _account_day_unique = models.UniqueIndex(
        "(absence_id, account_id, date_from)", "An account has one cover at a time."
    )
    _dates_order = models.Constraint("CHECK(date_to >= date_from)", "A cover cannot end before it begins.")

    @api.depends("cover_id", "absence_id.cover_id")
    def _compute_covered_by_id(self):
        for line in self:
            line.covered_by_id = line.cover_id or line.absence_id.cover_id

    @api.depends("date_to", "absence_id.date_to")
    def _compute_is_ended(self):
        for line in self:
            line.is_ended = bool(line.date_to) and line.date_to < line.absence_id.date_to

    @api.constrains("cover_id", "account_id")
    def _check_cover(self):
        for line in self.filtered("cover_id"):
            if reason := line.absence_id._refuses(line.cover_id, line.account_id.company_id):
                raise ValidationError(reason)

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise AccessError(self.env._("The accounts of an absence are those that the person owns."))
        return super().create(vals_list)

    def write(self, vals):
        if self.env.su:
            return super().write(vals)
        if vals.keys() - {"cover_id"}:
            raise AccessError(self.env._("Only the cover of an account can be chosen."))
        self.check_access("write")
        self.absence_id.check_access("write")
        self.absence_id._check_editable({})
        # sudo: the rights were checked; dates, access and messages are the engine's
        self.sudo()._change_cover(dict.fromkeys(self, vals["cover_id"]))
        self.sudo().absence_id._cover_changed()  # sudo: as above
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_except_engine(self):
        if not self.env.su:
            raise AccessError(self.env._("The accounts of an absence are those that the person owns."))

    def _change_cover(self, covers, day=None):
        """Give lines other covers: in place, or from the day on when the line has been running before.

        :param covers: ``{line: user id or False}``
        :param day: first day of the new cover; default today
        :return: the lines that hold from then on
        """
        kept, ended, new = {}, self.browse(), []
        for line, cover in covers.items():
            start = day or line.absence_id._today()
            if line.cover_id.id == cover or line.date_to < start:
                continue
            if line.absence_id.state == "draft" or line.date_from >= start:
                kept.setdefault(cover, []).append(line.id)
                continue
            new.append(line._values(cover, start, line.date_to))
            ended |= line
        for cover, ids in kept.items():
            self.browse(ids).write({"cover_id": cover})
        for line, values in zip(ended, new, strict=True):
            line.date_to = values["date_from"] - timedelta(days=1)
        return self.browse([line_id for ids in kept.values() for line_id in ids]) | self.create(new)

    def _values(self, cover, date_from, date_to):
        return {
            "absence_id": self.absence_id.id,
            "account_id": self.account_id.id,
            "cover_id": cover,
            "date_from": date_from,
            "date_to": date_to,
        }
