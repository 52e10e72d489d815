from odoo import api, fields, models
from odoo.tools import SQL

# How long after its end a search of a kind begins again: losses each night, segments with the month, suggestions
# after a week, less a day because the cron of the week after may come some minutes earlier.
SUGGESTION_DAYS = 6
MODELS = {"segment": "churn.segment", "suggestion": "churn.suggestion", "loss": "churn.loss"}


class ChurnKeepRun(models.Model):
    """How far a search is, per company: it goes on there after the unit of work or the server has ended."""

    _name = "churn.keep.run"
    _description = "Progress of a Search"
    _rec_name = "kind"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    kind = fields.Selection(
        [("segment", "Segments"), ("suggestion", "Product Suggestions"), ("loss", "Lost Customers")],
        required=True,
        readonly=True,
    )
    running = fields.Boolean(readonly=True)
    started_on = fields.Date(readonly=True, help="Everything found in a run is as of this day.")
    finished_on = fields.Date(readonly=True)
    cursor = fields.Integer(
        readonly=True, help="Last account or loss that is done; for segments the number of steps done."
    )
    market = fields.Binary(attachment=False, readonly=True, help="What was learned from all customers together.")

    _company_kind_unique = models.UniqueIndex("(company_id, kind)", "A company has one run of a kind.")

    @api.model
    def _next_step(self, kind):
        """What to do next for this kind of search: ``(method name, run)`` or None."""
        for run in self._runs(kind):
            if run.running or run._is_due():
                return "_step", run
        return None

    @api.model
    def _runs(self, kind):
        """A row per company that has customers; missing ones are made."""
        self.flush_model()
        self.env["churn.account"].flush_model(["company_id"])
        self.env.cr.execute(
            SQL(
                """INSERT INTO churn_keep_run (company_id, kind)
                   SELECT company.id, %s FROM res_company company
                    WHERE EXISTS (SELECT FROM churn_account account WHERE account.company_id = company.id)
                   ON CONFLICT DO NOTHING""",
                kind,
            )
        )
        return self.search([("kind", "=", kind)], order="company_id")

    @api.model
    def _begin_anew(self, kind):
        """Forget that all companies are done; what is still to do is left for those that go on with it."""
        runs = self._runs(kind)
        if all(run.finished_on and not run.running for run in runs):
            runs.finished_on = False

    @api.model
    def _of(self, kind, company):
        """The company's run, begun anew."""
        run = self._runs(kind).filtered(lambda one: one.company_id == company)
        return run or self.create({"company_id": company.id, "kind": kind})

    def _is_due(self):
        today = self.company_id._churn_today()
        if self.kind == "loss":
            return not self.finished_on
        if self.kind == "segment":
            known = self.finished_on and self.finished_on >= today.replace(day=1)
            return not known and bool(self.env["churn.segment"]._learned_model(self.company_id).trained_on)
        return not self.finished_on or self.finished_on < fields.Date.subtract(today, days=SUGGESTION_DAYS)

    def _begin(self):
        today = self.company_id._churn_today()
        self.write({"running": True, "started_on": today, "cursor": 0, "market": False})

    def _step(self):
        """The next piece of work; each is committed by the cron."""
        self.ensure_one()
        if not self.running:
            self._begin()
        if self.env[MODELS[self.kind]]._find_step(self):
            self._end()

    def _complete(self):
        """All steps at once, from the beginning."""
        self._begin()
        while self.running:
            self._step()

    def _end(self):
        self.write({"running": False, "finished_on": self.company_id._churn_today(), "market": False})

    def _give_up(self, _method):
        """A search that failed is tried again when the next is due."""
        self._end()
