import logging
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from ..common.mail_link import mail_link

_logger = logging.getLogger(__name__)

# Minutes between an emergency and its letters: time to take back what was a mistake. Judgement.
GRACE = 60


class ChurnHandover(models.Model):
    """People are told of an emergency: the manager at once; customers by letters that are written at once and sent by
    themselves, those with most at stake first.

    For an hour the manager can look at them, hold them back, or undo the handover.
    """

    _inherit = "churn.handover"

    letter_waiting_text = fields.Char(compute="_compute_letter_waiting_text")

    def _waiting_letters(self):
        """Return the letters of this plan that go out by themselves, in the order in which they will."""
        return self._letters(("state", "=", "draft"), ("send_after", "!=", False))._by_stake()

    @api.depends_context("uid", "lang", "tz")
    def _compute_letter_waiting_text(self):
        may_read = self.env["churn.letter"].has_access("read")
        for handover in self:
            letters = handover._waiting_letters() if may_read and handover.emergency else None
            handover.letter_waiting_text = (
                self.env._(
                    "Letters that go out on %(time)s, customers with most at stake first: %(count)s.",
                    count=len(letters),
                    time=format_datetime(self.env, min(letters.mapped("send_after")), dt_format="short"),
                )
                if letters
                else False
            )

    def _write_emergency_letters(self):
        """Write to every customer that moved and has not been told; what goes wrong must not hold up the transfer."""
        try:
            with self.env.cr.savepoint():
                moved = Domain(self._untold_domain()) & Domain("state", "=", "done")
                lines = self.env["churn.handover.line"].search(moved)._by_revenue()
                letters = self.env["churn.letter"]._prepare(lines)
                fresh = letters.filtered(lambda letter: letter.state == "draft" and not letter.send_after)
                fresh.send_after = fields.Datetime.now() + timedelta(minutes=GRACE)
                if fresh:
                    self.env.ref("churn_handover.cron_letter")._trigger(at=fresh[0].send_after)
        except Exception:
            _logger.exception("The letters of the emergency %s could not be written", self.id)

    def _tell_people(self):
        """An emergency was nobody's plan: its manager learns what happened, and the customers hear of it."""
        told = self.told_change_id
        result = super()._tell_people()
        if self.emergency and self.told_change_id != told:
            self._write_emergency_letters()
            self._tell_emergency()
        return result

    def _tell_emergency(self):
        """Send the manager one mail: what the backups have, which accounts had none, when letters go out."""
        plan = self._told_in(self.user_id)
        body = plan.env["ir.qweb"]._render(
            "churn_handover.handover_emergency",
            {
                "greeting": plan.env._("Hello %(name)s,", name=self.user_id.name),
                "intro": plan.env._(
                    "%(name)s is gone without notice. %(plan)s was made and carried out.",
                    name=Markup("<b>%s</b>") % self.predecessor_id.name,
                    plan=mail_link(plan),
                ),
                "points": plan._emergency_points(),
            },
        )
        self.message_notify(
            partner_ids=self.user_id.partner_id.ids,
            author_id=self.env.ref("base.partner_root").id,
            subject=plan.env._("%(name)s is gone: what was done, what is left", name=self.predecessor_id.name),
            body=body,
        )

    def _emergency_points(self):
        """Return what was done and what is left, in the language and time zone of the environment."""
        lines = self.line_ids.filtered("account_id")
        moved = lines.filtered(lambda line: line.state == "done")
        uncovered, stopped = moved.filtered("no_backup"), lines.filtered(lambda line: line.state == "stopped")
        points = []
        if covered := moved - uncovered:
            points.append(self.env._("Accounts taken over by their backups: %(count)s.", count=len(covered)))
        for successor, own in uncovered.grouped("successor_id").items():
            points.append(
                self.env._(
                    "Accounts without a backup that came to %(name)s: %(count)s (%(accounts)s). Choose who keeps them.",
                    name=successor.name,
                    count=len(own),
                    accounts=own._listed(),
                )
            )
        if stopped:
            points.append(
                self.env._(
                    "Accounts that nobody has: %(count)s (%(accounts)s). Choose a successor for each.",
                    count=len(stopped),
                    accounts=stopped._listed(),
                )
            )
        if letters := self._waiting_letters():
            points.append(
                self.env._(
                    "Letters to customers: %(count)s. They go out on %(time)s, those with most at stake first. Until "
                    "then you can look at them, hold them back, or undo the handover.",
                    count=len(letters),
                    time=format_datetime(
                        self.env, min(letters.mapped("send_after")), tz=self.env.context.get("tz"), dt_format="short"
                    ),
                )
            )
        return [*points, self.env._("Steps that were skipped have become tasks with a date.")]

    def action_hold_letters(self):
        """Keep the letters until somebody sends them by hand."""
        self.check_access("write")
        letters = self._waiting_letters()
        letters.sudo().send_after = False  # sudo: when letters leave is the engine's; the right was checked
        for handover in self:
            handover._message_log(
                body=self.env._(
                    "Letters that %(user)s holds back: %(count)s. They are sent by hand.",
                    user=self.env.user.name,
                    count=len(letters),
                )
            )


class ChurnHandoverLine(models.Model):
    _inherit = "churn.handover.line"

    no_backup = fields.Boolean(
        string="Without a Backup",
        readonly=True,
        copy=False,
        help="Nobody was backup of this account when its owner was suddenly gone: the team leader has it.",
    )

    def _by_revenue(self):
        """Return the lines, smallest account first: what is made last is on top of the list, and goes out first."""
        # sudo: figures decide the order, they are not shown
        figures = self.env["churn.account"].sudo()
        domain = [("partner_id", "in", self.account_id.ids)]
        revenue = dict(figures._read_group(domain, ["partner_id"], ["revenue_12m:sum"]))
        return self.sorted(lambda line: (revenue.get(line.account_id, 0), -line.id))


class ChurnLetter(models.Model):
    _inherit = "churn.letter"

    @api.model
    def _cron_send(self):
        """Send the letters whose time has come; one that cannot be written must not keep the others from leaving."""
        due = self.search([("state", "=", "draft"), ("send_after", "<=", fields.Datetime.now())])
        self.env["churn.steps"]._each(due._by_stake(), "_send")
