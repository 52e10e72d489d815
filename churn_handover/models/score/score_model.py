from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

# Without two orders of any customer nothing is known about their rhythm: a quarter is a start.
FIRST_HORIZON = 90
# A customer counts for an order source when it was used within two years.
SOURCE_DAYS = 730


class ChurnScoreModel(models.Model):
    """What foretells the churn of a company's customers, or of a segment of them with a horizon of its own.

    Every company has one model for all customers; segments come before it by sequence, and an account belongs
    to the first segment whose domain it meets. Training and scoring are in ``score_training.py`` and
    ``score_run.py``.
    """

    _name = "churn.score.model"
    _description = "Churn Score Model"
    _inherit = ["churn.guarded", "mail.thread"]
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True, tracking=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="An account belongs to the first segment it meets.")
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    domain = fields.Char(
        string="Customers",
        help="Which customers this model is for; empty: all that no other model is for.",
        tracking=True,
    )

    # Horizon
    horizon_choice = fields.Integer(
        string="Horizon Wanted", tracking=True, help="Days to look ahead; empty: what the data propose."
    )
    horizon_proposed = fields.Integer(readonly=True)
    horizon_least = fields.Integer(readonly=True, help="Twice the usual days between two orders.")
    usual_gap = fields.Float(
        string="Usual Days between Orders", readonly=True, digits=(8, 1), help="Median of the customers' own averages."
    )
    horizon = fields.Integer(compute="_compute_horizon", store=True, help="Days the probability looks ahead.")
    horizon_text = fields.Text(compute="_compute_horizon_text", string="Why This Horizon")

    # Orders
    order_source = fields.Selection(
        [("auto", "From the data"), ("sale", "Confirmed sales orders"), ("invoice", "Posted customer invoices")],
        required=True,
        default="auto",
        tracking=True,
        help="What counts as an order. Credit notes are a signal, never an order.",
    )
    source_used = fields.Selection(
        [("sale", "Confirmed sales orders"), ("invoice", "Posted customer invoices")],
        compute="_compute_source_used",
        store=True,
    )
    sale_customers = fields.Integer(readonly=True, help="Customers with a confirmed sales order in the last two years.")
    invoice_customers = fields.Integer(readonly=True, help="Customers with a posted invoice in the last two years.")
    source_text = fields.Text(compute="_compute_source_text", string="Why This Source")

    account_ids = fields.One2many("churn.account", "score_model_id", string="Accounts")

    _one_general_model = models.UniqueIndex(
        "(company_id) WHERE domain IS NULL AND active", "A company has one model for all other customers."
    )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._without_empty_domain(vals) for vals in vals_list])

    def write(self, vals):
        result = super().write(self._without_empty_domain(vals))
        if not {"horizon_choice", "order_source", "domain", "active"}.isdisjoint(vals):
            self._restart()
        return result

    @api.model
    def _without_empty_domain(self, vals):
        """The domain editor says ``[]`` for everybody; here that is the general model."""
        if "domain" in vals and (vals["domain"] or "[]").strip() == "[]":
            return {**vals, "domain": False}
        return vals

    @api.constrains("domain")
    def _check_domain(self):
        for model in self.filtered("domain"):
            try:
                self.env["res.partner"].search(model._segment(), limit=1)
            except Exception as error:
                raise ValidationError(
                    self.env._("The filter of %(name)s can't be used: %(error)s", name=model.name, error=error)
                ) from error

    @api.constrains("horizon_choice")
    def _check_horizon_choice(self):
        for model in self:
            if model.horizon_choice < 0:
                raise ValidationError(self.env._("A horizon is a number of days."))
            if 0 < model.horizon_choice < model.horizon_least:
                raise ValidationError(
                    self.env._(
                        "These customers usually order every %(gap).0f days. Within %(wanted)s days many of them "
                        "place no order anyway, so a probability for that time says nothing about leaving. "
                        "Choose at least %(least)s days.",
                        gap=model.usual_gap,
                        wanted=model.horizon_choice,
                        least=model.horizon_least,
                    )
                )

    def _segment(self):
        """The domain on ``res.partner`` of a segment."""
        return Domain(safe_eval(self.domain, {"uid": self.env.uid}))

    @api.depends("horizon_choice", "horizon_proposed", "horizon_least")
    def _compute_horizon(self):
        for model in self:
            wanted = model.horizon_choice or model.horizon_proposed or FIRST_HORIZON
            model.horizon = max(wanted, model.horizon_least)

    @api.depends("horizon", "horizon_choice", "horizon_proposed", "horizon_least", "usual_gap")
    @api.depends_context("lang")
    def _compute_horizon_text(self):
        for model in self:
            if not model.usual_gap:
                model.horizon_text = self.env._(
                    "No customer has ordered twice yet: %(days)s days to start with.", days=model.horizon
                )
                continue
            text = self.env._(
                "Half of the customers order every %(gap).0f days or more often. The data propose %(proposed)s days; "
                "less than %(least)s would call customers lost who are only between two orders.",
                gap=model.usual_gap,
                proposed=model.horizon_proposed,
                least=model.horizon_least,
            )
            if 0 < model.horizon_choice < model.horizon_least:
                text += " " + self.env._(
                    "The %(days)s days wanted are less than that and not used.", days=model.horizon_choice
                )
            model.horizon_text = text

    @api.depends("order_source", "sale_customers", "invoice_customers")
    def _compute_source_used(self):
        for model in self:
            if model.order_source == "auto":
                # Who invoices without orders has hardly any customer with one.
                model.source_used = "sale" if 2 * model.sale_customers >= model.invoice_customers else "invoice"
            else:
                model.source_used = model.order_source

    @api.depends("sale_customers", "invoice_customers")
    @api.depends_context("lang")
    def _compute_source_text(self):
        for model in self:
            model.source_text = self.env._(
                "In the last two years %(sale)s customers had a confirmed sales order and %(invoice)s an invoice.",
                sale=model.sale_customers,
                invoice=model.invoice_customers,
            )

    # Accounts of the models

    @api.model
    def _prepare(self, company, today):
        """Make the company's rows of figures and models fit each other: four statements however many accounts.

        Every customer with a document gets a row, every row the model that scores it. Our own companies and
        people are no customers: they get none.
        """
        general = self._general(company)
        self._add_rows(company)
        self._assign_models(company)
        models_ = self.search([("company_id", "=", company.id)])
        counts = self._source_counts(company, today)
        for model in models_ | general:
            model.sale_customers, model.invoice_customers = counts.get(model.id, (0, 0))
        return models_

    @api.model
    def _general(self, company):
        """The model for all customers that no segment is for; made when missing."""
        general = self.search([("company_id", "=", company.id), ("domain", "=", False)])
        return general or self.create({"name": self.env._("All Customers"), "company_id": company.id, "sequence": 1000})

    @api.model
    def _add_rows(self, company):
        self.env["sale.order"].flush_model(["company_id", "state", "partner_id", "date_order"])
        self.env["account.move"].flush_model(["company_id", "state", "move_type", "commercial_partner_id"])
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        self.env["churn.account"].flush_model()
        self.env.cr.execute(SQL(self._SQL_ADD_ROWS, company=company.id, uid=self.env.uid))
        self.env["churn.account"].invalidate_model()

    _SQL_ADD_ROWS = """
        INSERT INTO churn_account (partner_id, company_id, create_uid, write_uid, create_date, write_date)
        SELECT account_id, %(company)s, %(uid)s, %(uid)s, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
          FROM (SELECT partner.commercial_partner_id AS account_id
                  FROM sale_order doc JOIN res_partner partner ON partner.id = doc.partner_id
                 WHERE doc.company_id = %(company)s AND doc.state = 'sale'
                 UNION
                SELECT commercial_partner_id
                  FROM account_move
                 WHERE company_id = %(company)s AND state = 'posted' AND move_type IN ('out_invoice', 'out_refund')
                   AND commercial_partner_id IS NOT NULL) bought
        ON CONFLICT (partner_id, company_id) DO NOTHING
    """

    @api.model
    def _assign_models(self, company):
        partners = self.env["res.partner"].with_context(active_test=False, churn_known_to_all=True)
        customers = partners._search(partners._churn_account_domain())
        cases = [SQL("WHEN NOT row.partner_id IN %s THEN NULL", customers.subselect())]
        for model in self.search([("company_id", "=", company.id)]):
            if model.domain:
                chosen = partners._search(model._segment()).subselect()
                cases.append(SQL("WHEN row.partner_id IN %s THEN %s", chosen, model.id))
        self.env["churn.account"].flush_model(["score_model_id"])
        self.env.cr.execute(
            SQL(
                """UPDATE churn_account
                      SET score_model_id = assigned.model_id
                     FROM (SELECT row.id, CASE %(cases)s ELSE %(general)s END AS model_id
                             FROM churn_account row
                            WHERE row.company_id = %(company)s) assigned
                    WHERE assigned.id = churn_account.id
                      AND churn_account.score_model_id IS DISTINCT FROM assigned.model_id""",
                cases=SQL(" ").join(cases),
                general=self._general(company).id,
                company=company.id,
            )
        )
        self.env["churn.account"].invalidate_model(["score_model_id"])

    @api.model
    def _source_counts(self, company, today):
        """``{model id: (customers with a sales order, customers with an invoice)}`` of the last two years."""
        rows = self.env.execute_query(
            SQL(
                """SELECT figures.score_model_id,
                          count(DISTINCT figures.id) FILTER (WHERE doc.sale),
                          count(DISTINCT figures.id) FILTER (WHERE NOT doc.sale)
                     FROM (SELECT partner.commercial_partner_id AS account_id, TRUE AS sale
                             FROM sale_order JOIN res_partner partner ON partner.id = sale_order.partner_id
                            WHERE sale_order.company_id = %(company)s AND sale_order.state = 'sale'
                              AND date_order >= %(since)s
                            UNION
                           SELECT commercial_partner_id, FALSE
                             FROM account_move
                            WHERE company_id = %(company)s AND state = 'posted' AND move_type = 'out_invoice'
                              AND invoice_date >= %(since)s) doc
                     JOIN churn_account figures
                       ON figures.partner_id = doc.account_id AND figures.company_id = %(company)s
                    WHERE figures.score_model_id IS NOT NULL
                    GROUP BY figures.score_model_id""",
                company=company.id,
                since=fields.Date.subtract(today, days=SOURCE_DAYS),
            )
        )
        return {model_id: (sales, invoices) for model_id, sales, invoices in rows}

    def _time_zone(self):
        """The time zone in which the company's orders have their day: that of its working hours."""
        self.ensure_one()
        return self.company_id._churn_zone()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_general(self):
        if any(not model.domain and model.active for model in self):
            raise UserError(
                self.env._("The model for all other customers can't be deleted; archive its segments instead.")
            )
