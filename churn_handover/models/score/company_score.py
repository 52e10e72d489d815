import numpy as np
from psycopg2.extras import execute_values

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .score import BANDS, STATUS


class ResCompany(models.Model):
    """Where the risk bands begin: by probability, and by money so that "critical" is a list one can work through."""

    _inherit = "res.company"

    churn_watch = fields.Float(string="Watch from", default=0.3)
    churn_high = fields.Float(string="High from", default=0.5)
    churn_money_high = fields.Monetary(string="High from an Expected Loss of")
    churn_money_critical = fields.Monetary(string="Critical from an Expected Loss of")

    _churn_bands = models.Constraint(
        "CHECK(churn_watch > 0 AND churn_watch <= churn_high AND churn_high < 1)",
        "The probabilities of the risk bands need 0 < watch ≤ high < 100 %.",
    )

    @api.constrains("churn_money_high", "churn_money_critical")
    def _check_churn_money(self):
        for company in self:
            if not 0 <= company.churn_money_high <= company.churn_money_critical:
                raise ValidationError(self.env._("“Critical” must begin at no less money than “high”."))

    def write(self, vals):
        result = super().write(vals)
        if not {"churn_watch", "churn_high", "churn_money_high", "churn_money_critical"}.isdisjoint(vals):
            for company in self.filtered("churn_money_critical"):
                company._churn_band_again()
        return result

    def _churn_thresholds(self):
        """The core's thresholds; without amounts yet, such that nobody is above "watch" before they are proposed."""
        from ...analytics.bands import Thresholds  # imports scipy

        self.ensure_one()
        if not self.churn_money_critical:
            return Thresholds(np.inf, np.inf, watch=self.churn_watch, high=self.churn_high)
        return Thresholds(
            self.churn_money_high, self.churn_money_critical, watch=self.churn_watch, high=self.churn_high
        )

    def _churn_propose_thresholds(self):
        """Propose the amounts once, from the first scores; after that they are the manager's."""
        from ...analytics import bands

        self.ensure_one()
        if self.churn_money_critical:
            return
        found = self._churn_scored()
        if not len(found["id"]):
            return
        proposed = bands.propose(
            found["probability"],
            found["loss"],
            found["revenue"],
            found["status"],
            watch=self.churn_watch,
            high=self.churn_high,
        )
        if proposed.money_critical > 0:
            self.write({"churn_money_high": proposed.money_high, "churn_money_critical": proposed.money_critical})

    def _churn_scored(self):
        """Arrays of the company's scored accounts, from the table."""
        from ...analytics.status import STATUSES

        self.env["churn.account"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """SELECT id, probability, expected_loss::float8, net_revenue_12m::float8, score_status
                     FROM churn_account WHERE company_id = %s AND probability IS NOT NULL""",
                self.id,
            )
        )
        number = {STATUS[status]: position for position, status in enumerate(STATUSES)}
        columns = list(zip(*rows, strict=True)) or [(), (), (), (), ()]
        return {
            "id": columns[0],
            "probability": np.array(columns[1], dtype=float),
            "loss": np.array(columns[2], dtype=float),
            "revenue": np.array(columns[3], dtype=float),
            "status": np.array([number[status] for status in columns[4]], dtype=np.int8),
        }

    def _churn_band_again(self):
        """Give every scored account its band by the present thresholds, and raise them by the open warnings."""
        from ...analytics.bands import bands

        self.ensure_one()
        found = self._churn_scored()
        if len(found["id"]):
            positions = bands(found["probability"], found["loss"], found["status"], self._churn_thresholds())
            execute_values(
                self.env.cr._obj,
                """UPDATE churn_account SET base_band = new.band
                     FROM (VALUES %s) new (id, band)
                    WHERE churn_account.id = new.id AND churn_account.base_band IS DISTINCT FROM new.band""",
                [(row_id, BANDS[position]) for row_id, position in zip(found["id"], positions, strict=True)],
                page_size=10000,
            )
            self.env["churn.account"].invalidate_model()
        self.env["churn.account"]._lift_bands(self)
