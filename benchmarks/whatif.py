"""If somebody left tomorrow: the weekly figures of 50 people with 10,000 accounts, through the model as the job does.

The company is made in SQL: industries, countries, a product mix, contacts, backups, open deals.
"""

import resource
import time

from odoo import fields

from dev.bench import Figure

NEEDS_DATABASE = True
NAME = "Bench Whatif"
REPS, ACCOUNTS, ORDERS = 50, 10_000, 4
ROOM = 260  # accounts per person: 200 owned, and a leaver's 200 fit with 49 others


def run(context):
    env = context.env
    started = time.perf_counter()
    company = make(env)
    fixture = time.perf_counter() - started
    whatif = env["churn.whatif"].with_company(company)
    whatif.search([("company_id", "=", company.id)]).unlink()
    env.cr.commit()
    seconds = []
    for users in whatif._steps(company):
        started = time.perf_counter()
        whatif._take(company, users)
        env.cr.commit()
        seconds.append(time.perf_counter() - started)
        env.invalidate_all()
    started = time.perf_counter()
    whatif._finish(company)
    env.cr.commit()
    seconds.append(time.perf_counter() - started)
    rows = whatif.search([("company_id", "=", company.id), ("kind", "=", "person")])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    proposed, gap = propose(env, company)
    return [
        Figure("everybody's departure simulated", sum(seconds), "s", 60),
        Figure("longest step", max(seconds), "s", 40),
        Figure("steps", len(seconds)),
        Figure("people", len(rows), "", REPS, better="more"),
        Figure("accounts in question", sum(rows.mapped("accounts")), "", ACCOUNTS, better="more"),
        Figure("accounts nobody could take", sum(rows.mapped("unplaced")), "", 0),
        Figure("could be saved, of the value at stake", _share(rows), "%"),
        Figure("memory, peak of the process", memory, "MB", 1200),
        Figure("best successors of one plan with all accounts, by its button", proposed, "s", 30),
        Figure("its proven gap", 100 * gap, "%", 0.1),
        Figure("its memory, Odoo included", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB", 800),
        Figure("fixture", fixture, "s"),
    ]


def _share(rows):
    return 100 * sum(rows.mapped("saved")) / sum(rows.mapped("stake_high"))


def propose(env, company):
    """Seconds and gap of *Propose Best Successors* for a plan that moves every account to 50 people; rolled back."""
    env = env(context={**env.context, "allowed_company_ids": company.ids, "tracking_disable": True})
    owners = env["crm.team"].search([("name", "=", NAME)]).crm_team_member_ids.user_id
    env["churn.capacity"].search([("user_id", "in", owners.ids)]).account_limit = ROOM + ACCOUNTS // REPS
    leaver = env["res.users"].create(
        {"name": "Leaver", "login": "whatif.leaver", "company_id": company.id, "company_ids": [(6, 0, company.ids)]}
    )
    accounts = env["res.partner"].search([("company_id", "=", company.id), ("user_id", "in", owners.ids)])
    handover = env["churn.handover"].create(
        {
            "predecessor_id": leaver.id,
            "change_date": fields.Date.add(fields.Date.context_today(leaver), days=30),
            "company_ids": [(6, 0, company.ids)],
        }
    )
    handover._add_accounts(accounts)
    env.flush_all()
    env.invalidate_all()
    started = time.perf_counter()
    handover.action_propose_best()
    env.flush_all()
    seconds, gap = time.perf_counter() - started, handover.match_result["gap"]
    env.cr.rollback()
    return seconds, gap


def make(env):
    """Return the company; made once per database."""
    company = env["res.company"].search([("name", "=", NAME)])
    if company:
        return company
    company = env["res.company"].create({"name": NAME})
    group = env.ref("sales_team.group_sale_salesman")
    users = env["res.users"].with_context(no_reset_password=True)
    reps = users.create(
        [
            {
                "name": f"Whatif Rep {number}",
                "login": f"whatif.rep{number}",
                "group_ids": [(4, group.id)],
                "company_id": company.id,
                "company_ids": [(6, 0, company.ids)],
            }
            for number in range(REPS)
        ]
    )
    env["crm.team"].create({"name": NAME, "crm_team_member_ids": [(0, 0, {"user_id": rep.id}) for rep in reps]})
    env["churn.capacity"].create([{"user_id": rep.id, "account_limit": ROOM} for rep in reps])
    categories = env["product.category"].create([{"name": f"Whatif {number}"} for number in range(8)])
    products = env["product.product"].create([{"name": line.name, "categ_id": line.id} for line in categories])
    values = {
        "company": company.id,
        "currency": company.currency_id.id,
        "reps": reps.ids,
        "count": ACCOUNTS,
        "orders": ORDERS,
        "products": products.ids,
        "industries": env["res.partner.industry"].search([], limit=12).ids,
        "countries": env["res.country"].search([], limit=8).ids,
        "role": env.ref("churn_handover.role_inside_sales").id,
        "stage": env["crm.stage"].search([], limit=1).id,
        "today": fields.Date.context_today(env.user),
    }
    env.flush_all()
    env.cr.execute("SET LOCAL enable_seqscan = off")
    env.cr.execute("ANALYZE res_partner, sale_order")
    for statement in _STATEMENTS:
        env.cr.execute(statement, values)
    env.cr.commit()
    for table in ("res_partner", "sale_order", "sale_order_line", "crm_lead", "churn_contact", "churn_team_member"):
        env.cr.execute(f"ANALYZE {table}")
    env.invalidate_all()
    env["churn.account"]._refresh(company)
    env.cr.commit()
    env.cr.execute("ANALYZE churn_account")  # a nightly job finds statistics, which autovacuum has made by then
    env["churn.account"]._refresh_dependence(company)
    env.cr.commit()
    return company


# A rep serves mostly two industries and two countries, with exceptions; every third account has a backup.
_STATEMENTS = (
    """
    INSERT INTO res_partner (id, name, complete_name, is_company, active, type, partner_share, user_id, company_id,
                             commercial_partner_id, industry_id, country_id, lang, autopost_bills, create_date,
                             write_date)
    SELECT id, 'whatif account ' || number, 'whatif account ' || number, true, true, 'contact', true,
           (%(reps)s)[1 + number %% cardinality(%(reps)s)], %(company)s, id,
           (%(industries)s)[1 + (number * 7 + (number / 50) %% 3) %% cardinality(%(industries)s)],
           (%(countries)s)[1 + (number * 3 + (number / 50) %% 2) %% cardinality(%(countries)s)], 'en_US', 'ask',
           now() - interval '4 years', now()
      FROM (SELECT nextval('res_partner_id_seq')::int AS id, number FROM generate_series(1, %(count)s) AS number) drawn
    """,
    """
    INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id, partner_shipping_id, date_order, state,
                            user_id, currency_id, currency_rate, amount_untaxed, amount_total, invoice_status,
                            create_date, write_date)
    SELECT 'whatif', %(company)s, p.id, p.id, p.id, now() - (1 + (p.id * 31 + n * 91) %% 360) * interval '1 day',
           'sale', p.user_id, %(currency)s, 1, 100 + (p.id * 7919) %% 9000, 120 + (p.id * 7919) %% 9000, 'no', now(),
           now()
      FROM res_partner p, generate_series(1, %(orders)s) n
     WHERE p.company_id = %(company)s AND p.name LIKE 'whatif account %%'
    """,
    """
    INSERT INTO sale_order_line (order_id, name, product_uom_qty, price_unit, customer_lead, product_id, company_id,
                                 order_partner_id, salesman_id, state, price_subtotal, price_total, currency_id,
                                 create_date, write_date)
    SELECT o.id, 'whatif', 1, o.amount_untaxed / 2, 0,
           (%(products)s)[1 + (o.partner_id + n * o.user_id) %% cardinality(%(products)s)], o.company_id, o.partner_id,
           o.user_id, o.state, o.amount_untaxed / 2, o.amount_total / 2, o.currency_id, now(), now()
      FROM sale_order o, generate_series(1, 2) n
     WHERE o.name = 'whatif' AND o.company_id = %(company)s
    """,
    """
    INSERT INTO crm_lead (name, type, active, partner_id, user_id, company_id, stage_id, priority, probability,
                          expected_revenue, won_status, create_date, write_date)
    SELECT 'whatif', 'opportunity', true, p.id, p.user_id, %(company)s, %(stage)s, '0', 10, 1000, 'pending', now(),
           now()
      FROM res_partner p WHERE p.company_id = %(company)s AND p.name LIKE 'whatif account %%' AND p.id %% 2 = 0
    """,
    """
    INSERT INTO churn_contact (account_id, user_id, kind, days, people_count, last_on)
    SELECT p.id, who.user_id, 'mail', who.days, 1, %(today)s
      FROM res_partner p
CROSS JOIN LATERAL (VALUES (p.user_id, 8 + p.id %% 9),
                           ((%(reps)s)[1 + (p.id * 13) %% cardinality(%(reps)s)], 1 + p.id %% 4)) who (user_id, days)
     WHERE p.company_id = %(company)s AND p.name LIKE 'whatif account %%'
        ON CONFLICT DO NOTHING
    """,
    """
    INSERT INTO churn_team_member (account_id, user_id, role_id, date_from, is_backup, backup_rank, customer_visible,
                                   origin, create_date, write_date)
    SELECT p.id, (%(reps)s)[1 + (p.id * 13) %% cardinality(%(reps)s)], %(role)s, %(today)s::date - 200, true, 1, false,
           'manual', now(), now()
      FROM res_partner p
     WHERE p.company_id = %(company)s AND p.name LIKE 'whatif account %%' AND p.id %% 3 = 0
    """,
)
