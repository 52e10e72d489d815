"""A small company whose customers order at a rhythm, made with few statements."""

from datetime import date, timedelta

import numpy as np

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user

TODAY = date(2026, 3, 2)
NOON = "2026-03-02 12:00:00"


class ScoreCase(TransactionCase):
    """Nothing is scored yet; tests run inside ``freeze_time(NOON)``."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, no_reset_password=True))
        cls.company = cls.env["res.company"].create({"name": "Score Company"})
        cls.env = cls.env(context=dict(cls.env.context, allowed_company_ids=cls.company.ids))
        companies = [Command.link(cls.company.id)]
        values = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        rep = "sales_team.group_sale_salesman"
        cls.ann = new_test_user(cls.env, login="score_ann", name="Ann", groups=rep, **values)
        cls.bob = new_test_user(cls.env, login="score_bob", name="Bob", groups=rep, **values)
        cls.manager = new_test_user(
            cls.env, login="score_max", name="Max", groups="sales_team.group_sale_manager", **values
        )
        cls.env.user.company_ids = companies
        cls.model = cls.env["churn.score.model"]._general(cls.company)

    @classmethod
    def make_accounts(cls, count, owner=None, prefix="Customer"):
        return cls.env["res.partner"].create(
            [
                {"name": f"{prefix} {number}", "is_company": True, "user_id": (owner or cls.ann).id}
                for number in range(count)
            ]
        )

    @classmethod
    def add_orders(cls, rows, state="sale", company=None, currency=None, rate=1.0):
        """Insert orders past the ORM, which is slow: rows of (partner, date or UTC text, amount)."""
        company = company or cls.company
        currency = currency or company.currency_id
        cls.env.flush_all()
        for partner, day, amount in rows:
            moment = day if isinstance(day, str) else f"{day} 10:00:00"
            cls.env.cr.execute(
                """INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id, partner_shipping_id,
                                           date_order, state, currency_id, currency_rate, amount_untaxed, amount_total)
                   VALUES ('score', %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)""",
                (company.id, partner.id, partner.id, partner.id, moment, state, currency.id, rate, amount, amount),
            )
        cls.env.invalidate_all()

    @classmethod
    def add_invoices(cls, rows, state="posted"):
        """Insert invoices, and credit notes for negative amounts, past the ORM: rows of (partner, date, amount)."""
        journals = cls.env["account.journal"]
        journal = journals.search([("code", "=", "SC"), ("company_id", "=", cls.company.id)]) or journals.create(
            {"name": "Sales", "code": "SC", "type": "sale", "company_id": cls.company.id}
        )
        cls.env.flush_all()
        for partner, day, amount in rows:
            cls.env.cr.execute(
                """INSERT INTO account_move (name, company_id, journal_id, currency_id, partner_id,
                                             commercial_partner_id,
                                             move_type, state, auto_post, date, invoice_date, amount_untaxed_signed)
                   VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'no', %s, %s, %s)""",
                (
                    f"SC{partner.id}/{day}/{amount}",
                    cls.company.id,
                    journal.id,
                    cls.company.currency_id.id,
                    partner.id,
                    partner.id,
                    "out_invoice" if amount > 0 else "out_refund",
                    state,
                    day,
                    day,
                    amount,
                ),
            )
        cls.env.invalidate_all()

    @classmethod
    def rhythms(cls, partners, years=2, seed=1):
        """Orders at a rhythm of each account's own; every third account stopped some time ago."""
        random = np.random.default_rng(seed)
        rows = []
        for number, partner in enumerate(partners):
            gap = 15 + 60 * random.random()
            day = years * 365 * random.random() ** 2 * 0.5
            end = years * 365 - (200 * random.random() + 60 if number % 3 == 0 else 0)
            while day < end:
                moment = TODAY - timedelta(days=years * 365 - int(day))
                if moment < TODAY:
                    rows.append((partner, moment, round(float(50 + 400 * random.random()), 2)))
                day += gap * (0.5 + random.random())
        cls.add_orders(rows)
        return rows

    @classmethod
    def train(cls, model=None):
        model = model or cls.model
        while not model._training_step_safely():
            pass

    @classmethod
    def score(cls):
        while step := cls.env["churn.score.model"]._next_score_step():
            getattr(step[1], step[0])()
        cls.env.invalidate_all()

    @classmethod
    def figures(cls, partner, company=None):
        return cls.env["churn.account"].search(
            [("partner_id", "in", partner.ids), ("company_id", "=", (company or cls.company).id)]
        )

    @classmethod
    def probabilities(cls):
        rows = cls.env["churn.account"].search([("company_id", "=", cls.company.id), ("score_status", "!=", False)])
        return {row.partner_id.id: row.probability for row in rows if row.score_status != "no_data"}
