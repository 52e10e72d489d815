from datetime import timedelta

from markupsafe import escape

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_amount, format_date, formatLang

from .case_decision import TODO

CONDITION_DAYS = 90  # after which somebody looks whether a condition for the return of an account has come true
RETURN_KINDS = [
    ("words", "Described in Words"),
    ("revenue", "Revenue since the Change"),
    ("orders", "Orders since the Change"),
    ("quiet", "Days without a Complaint"),
    ("rating", "Average Rating since the Change"),
]
ORDER_KINDS = ("revenue", "orders")


class ChurnCase(models.Model):
    """Whether an account that moved comes back: on a day, or on a condition, measured where data can answer it.

    What orders come to is written down on the day; before, those who decide see how it stands. Complaints and ratings
    are confidential: they are counted anew for each of those, with the reader's rights, and not for the salesperson.
    """

    _inherit = "churn.case"

    return_date = fields.Date(string="May Return on", copy=False)
    return_kind = fields.Selection(RETURN_KINDS, string="Returns If", default="words", copy=False)
    return_target = fields.Float(string="At Least", copy=False)
    return_condition = fields.Char(string="Condition", copy=False)
    return_amount = fields.Float(string="Measured", readonly=True, copy=False)
    return_met = fields.Boolean(string="Condition Met", readonly=True, copy=False)
    return_measured_on = fields.Date(readonly=True, copy=False)
    return_text = fields.Text(string="As It Stands", compute="_compute_return_text")
    return_activity_id = fields.Many2one(
        "mail.activity", readonly=True, copy=False, index="btree_not_null", groups=fields.NO_ACCESS
    )

    @api.constrains("return_kind", "return_target")
    def _check_return(self):
        for case in self:
            if case.return_kind in (False, "words"):
                continue
            if case.return_target <= 0 or (case.return_kind == "rating" and case.return_target > 5):
                raise ValidationError(
                    self.env._(
                        "The condition for the return needs a number above 0; an average rating is between 1 and 5."
                    )
                )

    def write(self, vals):
        result = super().write(vals)
        if not {"return_date", "return_kind", "return_target", "return_condition"}.isdisjoint(vals):
            # sudo: whoever may agree on the return may have it reminded; the measuring begins anew
            for case in self.sudo().filtered(lambda one: (one.state, one.decision) == ("closed", "move")):
                case.return_measured_on = False
                case._remind_of_return()
        return result

    # Reminding

    def _return_day(self):
        """The day agreed upon; for a condition without a day the one on which somebody looks."""
        return self.return_date or fields.Date.add(self.decision_date, days=CONDITION_DAYS)

    def _remind_of_return(self):
        self.ensure_one()
        measured = self.return_kind not in (False, "words")
        values = {"date_deadline": self._return_day(), "note": escape(self._return_words() or "")}
        if not (self.return_date or self.return_condition or measured):
            self.return_activity_id.unlink()
        elif self.return_activity_id.active:
            self.return_activity_id.write(values)
        else:
            self.return_activity_id = self.activity_schedule(
                TODO, summary=self.env._("Does the account return?"), user_id=self.manager_id.id, **values
            )

    def _return_words(self):
        """The condition in a sentence; everybody who reads the case reads it."""
        target = self._return_number(self.return_target)
        words = {
            "revenue": self.env._("It returns if the revenue since the change is %(target)s or more.", target=target),
            "orders": self.env._("It returns if there are %(target)s orders or more since the change.", target=target),
            "quiet": self.env._("It returns after %(target)s days without a complaint.", target=target),
            "rating": self.env._(
                "It returns if the average rating since the change is %(target)s of 5 or more.", target=target
            ),
        }
        return words.get(self.return_kind, self.return_condition)

    def _return_number(self, number):
        if self.return_kind == "revenue":
            return format_amount(self.env, number, self.currency_id)
        return formatLang(self.env, number, digits=1 if self.return_kind == "rating" else 0)

    # Measuring

    def _return_figure(self, day):
        """Return what the condition asks about, as it stood when ``day`` began; None where nothing is known.

        Complaints and ratings are those the current user may see.
        """
        self.ensure_one()
        if self.return_kind in ORDER_KINDS:
            revenue, orders = self._ordered(self.change_date, day - timedelta(days=1))
            return revenue if self.return_kind == "revenue" else orders
        if self.return_kind == "quiet":
            complaints = self.env["churn.feedback"].sudo(False)
            last = complaints.has_access("read") and complaints.search(
                [
                    ("account_id", "=", self.account_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("kind", "=", "complaint"),
                    ("state", "!=", "withdrawn"),
                    ("received_date", "<", day),
                ],
                order="received_date desc",
                limit=1,
            )
            return (day - last.received_date.date()).days if last else None
        ratings = self.env["rating.rating"].sudo(False)
        found = ratings._read_group(
            [
                ("partner_id", "child_of", self.account_id.ids),
                ("consumed", "=", True),
                ("write_date", ">=", self.change_date),
                ("write_date", "<", day),
            ],
            [],
            ["rating:avg", "__count"],
        )
        return found[0][0] if found[0][1] else None

    def _is_return_met(self, figure):
        if figure is None:
            return self.return_kind == "quiet"  # no complaint at all
        return figure >= self.return_target

    @api.model
    def _due_returns(self):
        """Cases whose condition is answered by orders and is to be measured by now."""
        today = fields.Date.context_today(self)
        return self.search(
            [
                ("state", "=", "closed"),
                ("decision", "=", "move"),
                ("return_kind", "in", ORDER_KINDS),
                ("return_measured_on", "=", False),
                ("change_date", "<=", today),
                "|",
                ("return_date", "<=", today),
                "&",
                ("return_date", "=", False),
                ("decision_date", "<=", fields.Date.subtract(today, days=CONDITION_DAYS)),
            ]
        )

    def _measure_return(self):
        """Write down what orders came to on the day agreed upon, and say it in the reminder.

        The reminder and the log are read by the salesperson, too: of complaints and ratings they say nothing.
        """
        today = fields.Date.context_today(self)
        for case in self:
            case = case.with_context(lang=case.manager_id.lang)
            figure = case._return_figure(case._return_day())
            case.write(
                {
                    "return_amount": figure,
                    "return_met": case._is_return_met(figure),
                    "return_measured_on": today,
                }
            )
            case._message_log(body=case.return_text)
            if case.return_activity_id.active:
                case.return_activity_id.note = escape(f"{case._return_words()} {case.return_text}")

    @api.depends("return_kind", "return_target", "return_date", "decision", "return_measured_on")
    @api.depends_context("uid", "lang")
    def _compute_return_text(self):
        today = fields.Date.context_today(self)
        for case in self:
            moved = case.state == "closed" and case.decision == "move" and case.return_kind not in (False, "words")
            case.return_text = case._tell_return(today) if moved else False

    def _tell_return(self, today):
        day = self._return_day()
        if not self.can_decide and not self.return_measured_on:
            return self.env._(
                "%(manager)s looks at it on %(day)s.", manager=self.manager_id.name, day=format_date(self.env, day)
            )
        if today <= self.change_date:
            return self.env._(
                "It is measured from the change on %(date)s.", date=format_date(self.env, self.change_date)
            )
        until = min(day, today)
        figure = self.return_amount if self.return_measured_on else self._return_figure(until)
        met = self._is_return_met(figure)
        return f"{self._tell_figure(figure, until)} {self._tell_verdict(met, day if today < day else None)}"

    def _tell_figure(self, figure, until):
        known = {
            "number": self._return_number(figure or 0),
            "from_date": format_date(self.env, self.change_date),
            "until": format_date(self.env, until),
        }
        if figure is None and self.return_kind == "quiet":
            return self.env._("No complaint before %(until)s that you may read.", **known)
        if figure is None:
            return self.env._("No rating from %(from_date)s to %(until)s that you may read.", **known)
        words = {
            "revenue": self.env._("Revenue from %(from_date)s to %(until)s: %(number)s.", **known),
            "orders": self.env._("Orders from %(from_date)s to %(until)s: %(number)s.", **known),
            "quiet": self.env._("Days without a complaint before %(until)s: %(number)s.", **known),
            "rating": self.env._("Average rating from %(from_date)s to %(until)s: %(number)s.", **known),
        }
        return words[self.return_kind]

    def _tell_verdict(self, met, day):
        """:param day: when it counts, while that is ahead"""
        if not day:
            return self.env._("The condition is met.") if met else self.env._("The condition is not met.")
        shown = format_date(self.env, day)
        if met:
            return self.env._("Met so far; it counts on %(day)s.", day=shown)
        return self.env._("Not met so far; it counts on %(day)s.", day=shown)
