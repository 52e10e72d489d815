"""A large company made in SQL: accounts with contacts, owners, teams, orders, opportunities and tracked owner changes.

Shared by the benchmarks of the account part. Made once per database and reused; its time is a figure of its own.
"""

import time

MARKER = "bench account "
REPS = 500  # 200 accounts each


def make(env, accounts=100_000, orders_per_account=2, members_per_account=0.6):
    """Fill the database up to ``accounts`` bench accounts; return the seconds it took (0 when reused).

    Rep number r owns every account with ``number % REPS == r`` and serves others as a team member.
    """
    env.cr.execute("SELECT count(*) FROM res_partner WHERE name LIKE %s AND is_company", [MARKER + "%"])
    if env.cr.fetchone()[0] >= accounts:
        return 0.0
    started = time.perf_counter()
    reps = _reps(env)
    values = {
        "reps": reps.ids,
        "count": accounts,
        "marker": MARKER,
        "orders": orders_per_account,
        "members": int(accounts * members_per_account),
        "company": env.company.id,
        "currency": env.company.currency_id.id,
        "role": env.ref("churn_handover.role_inside_sales").id,
        "stage": env["crm.stage"].search([], limit=1).id,
        "field": env["ir.model.fields"]._get("res.partner", "user_id").id,
        "product": env["product.product"].create({"name": "Bench product"}).id,
    }
    # A foreign key checked while its table is small keeps its sequential plan: 8 minutes instead of one.
    # ANALYZE throws away the plans that this session has already.
    env.cr.execute("SET LOCAL enable_seqscan = off")
    env.cr.execute("ANALYZE res_partner, sale_order, mail_message")
    for statement in _STATEMENTS:
        env.cr.execute(statement, values)
    env.cr.commit()
    for table in ("res_partner", "sale_order", "sale_order_line", "crm_lead", "churn_team_member", "mail_message"):
        env.cr.execute(f"ANALYZE {table}")
    env.cr.commit()
    env.invalidate_all()
    return time.perf_counter() - started


def _reps(env):
    """Users with "Own Documents Only", named so that a second run finds them."""
    reps = env["res.users"].search([("login", "=like", "bench.rep%")], order="id")
    group = env.ref("sales_team.group_sale_salesman")
    return reps or env["res.users"].with_context(no_reset_password=True).create(
        [
            {"name": f"Bench Rep {number}", "login": f"bench.rep{number}", "group_ids": [(4, group.id)]}
            for number in range(REPS)
        ]
    )


_STATEMENTS = (
    # commercial_partner_id in the insert: setting it afterwards checks 100,000 foreign keys against a tiny-table plan
    """
    WITH numbered AS (
        SELECT nextval('res_partner_id_seq')::int AS id, number
          FROM generate_series(1, %(count)s) AS number
    )
    INSERT INTO res_partner (id, name, complete_name, is_company, active, type, partner_share, user_id,
                             commercial_partner_id, autopost_bills, create_date, write_date)
    SELECT id, %(marker)s || number, %(marker)s || number, true, true, 'contact', true,
           (%(reps)s)[1 + number %% cardinality(%(reps)s)], id,
           'ask', now() - interval '4 years', now()
      FROM numbered
    """,
    """
    INSERT INTO res_partner (name, complete_name, is_company, active, type, partner_share, parent_id, user_id,
                             commercial_partner_id, autopost_bills, create_date, write_date)
    SELECT 'bench contact', 'bench contact', false, true, 'contact', true, id, user_id, id, 'ask', now(), now()
      FROM res_partner
     WHERE name LIKE %(marker)s || '%%' AND is_company AND id %% 2 = 0
    """,
    "ANALYZE res_partner",
    """
    INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id, partner_shipping_id, date_order, state,
                            user_id, currency_id, currency_rate, amount_untaxed, amount_total, invoice_status,
                            create_date, write_date)
    SELECT 'bench', %(company)s, p.id, p.id, p.id, now() - random() * interval '1000 days',
           CASE WHEN random() < 0.8 THEN 'sale' ELSE 'draft' END,
           CASE WHEN random() < 0.9 THEN p.user_id ELSE (%(reps)s)[1 + p.id %% cardinality(%(reps)s)] END,
           %(currency)s, 1, 10000 * random() ^ 4, 12000 * random() ^ 4, 'no', now(), now()
      FROM res_partner p, generate_series(1, %(orders)s)
     WHERE p.name LIKE %(marker)s || '%%' AND p.is_company
    """,
    "ANALYZE sale_order",
    """
    INSERT INTO sale_order_line (order_id, name, product_uom_qty, price_unit, customer_lead, product_id, company_id,
                                 order_partner_id, salesman_id, state, price_subtotal, price_total, currency_id,
                                 create_date, write_date)
    SELECT o.id, 'bench', 1, o.amount_untaxed / 2, 0, %(product)s, o.company_id, o.partner_id, o.user_id, o.state,
           o.amount_untaxed / 2, o.amount_total / 2, o.currency_id, now(), now()
      FROM sale_order o, generate_series(1, 2)
     WHERE o.name = 'bench'
    """,
    """
    INSERT INTO crm_lead (name, type, active, partner_id, user_id, company_id, stage_id, priority, probability,
                          expected_revenue, won_status, create_date, write_date)
    SELECT 'bench', 'opportunity', true, p.id, p.user_id, %(company)s, %(stage)s, '0', 10, 1000, 'pending', now(), now()
      FROM res_partner p
     WHERE p.name LIKE %(marker)s || '%%' AND p.is_company
    """,
    """
    INSERT INTO churn_team_member (account_id, user_id, role_id, date_from, date_to, is_backup, backup_rank,
                                   customer_visible, origin, create_date, write_date)
    SELECT p.id, (%(reps)s)[1 + (p.id / 7) %% cardinality(%(reps)s)], %(role)s, current_date - 200,
           CASE WHEN p.id %% 3 = 0 THEN current_date - 10 END, p.id %% 2 = 0, 1, true, 'manual', now(), now()
      FROM res_partner p
     WHERE p.name LIKE %(marker)s || '%%' AND p.is_company
     LIMIT %(members)s
    """,
    # every third account changed its owner once, and the change was tracked
    """
    WITH message AS (
        INSERT INTO mail_message (model, res_id, message_type, date, create_date, write_date)
        SELECT 'res.partner', p.id, 'notification', now() - random() * interval '900 days', now(), now()
          FROM res_partner p
         WHERE p.name LIKE %(marker)s || '%%' AND p.is_company AND p.id %% 3 = 0
     RETURNING id, res_id
    )
    INSERT INTO mail_tracking_value (field_id, mail_message_id, old_value_integer, new_value_integer, old_value_char,
                                     new_value_char, create_date, write_date)
    SELECT %(field)s, m.id, (%(reps)s)[1 + p.id %% cardinality(%(reps)s)], p.user_id, 'old', 'new', now(), now()
      FROM message m JOIN res_partner p ON p.id = m.res_id
    """,
)
