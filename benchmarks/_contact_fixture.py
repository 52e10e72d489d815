"""Three million contacts of 100,000 accounts in the last 12 months, made in SQL: mails, meetings, activities done.

On the company of ``_account_fixture``. Made once per database and reused; the time it takes is a figure of its own.
"""

import time

from benchmarks import _account_fixture
from benchmarks._score_company import _without_indexes

EACH = 1_000_000


def make(env, each=EACH):
    """Return the seconds it took (0 when reused)."""
    seconds = _account_fixture.make(env)
    env.cr.execute("SELECT count(*) FROM calendar_event WHERE name = 'bench contact'")
    if env.cr.fetchone()[0] >= each:
        return seconds
    started = time.perf_counter()
    values = {
        "each": each,
        "marker": _account_fixture.MARKER,
        "call": env.ref("mail.mail_activity_data_call").id,
        "partner_model": env["ir.model"]._get_id("res.partner"),
        "uid": env.uid,
    }
    env.cr.execute("SET LOCAL enable_seqscan = off")
    tables = ("mail_message", "mail_message_res_partner_rel", "calendar_event", "calendar_attendee", "mail_activity")
    with _without_indexes(env, *tables):
        for statement in _STATEMENTS:
            env.cr.execute(statement, values)
    env.cr.commit()
    for table in tables:
        env.cr.execute(f"ANALYZE {table}")
    env.cr.commit()
    env.invalidate_all()
    return seconds + time.perf_counter() - started


# Three of four contacts are the owner's, the fourth is a colleague's: the owner of the account after the next.
_STATEMENTS = (
    """
    CREATE TEMP TABLE bench_contact ON COMMIT DROP AS
    WITH account AS (
        SELECT p.id, row_number() OVER (ORDER BY p.id) AS number, u.partner_id AS owner, p.user_id,
               lead(u.partner_id, 2, u.partner_id) OVER (ORDER BY p.id) AS colleague,
               lead(p.user_id, 2, p.user_id) OVER (ORDER BY p.id) AS colleague_id,
               COALESCE((SELECT min(c.id) FROM res_partner c WHERE c.parent_id = p.id), p.id) AS person
          FROM res_partner p JOIN res_users u ON u.id = p.user_id
         WHERE p.name LIKE %(marker)s || '%%' AND p.is_company
    )
    SELECT n, CASE WHEN n %% 4 = 0 THEN colleague ELSE owner END AS colleague,
           CASE WHEN n %% 4 = 0 THEN colleague_id ELSE user_id END AS user_id, person, account.id AS account_id,
           now() - ((n::bigint * 7919) %% 364 + 1) * interval '1 day' AS at
      FROM generate_series(1, %(each)s) n
      JOIN account ON account.number = 1 + n %% (SELECT count(*) FROM account)
    """,
    """
    WITH message AS (
        INSERT INTO mail_message (model, res_id, message_type, author_id, date, subject, create_date, write_date)
        SELECT 'res.partner', account_id, 'comment', colleague, at, person::text, now(), now() FROM bench_contact
     RETURNING id, subject
    )
    INSERT INTO mail_message_res_partner_rel (mail_message_id, res_partner_id) SELECT id, subject::int FROM message
    """,
    """
    WITH event AS (
        INSERT INTO calendar_event (name, active, start, stop, allday, user_id, privacy, show_as, location, create_date,
                                    write_date)
        SELECT 'bench contact', true, at, at + interval '1 hour', false, user_id, 'public', 'busy',
               colleague || ' ' || person, now(), now()
          FROM bench_contact
     RETURNING id, location
    )
    INSERT INTO calendar_attendee (event_id, partner_id, state, availability, create_date, write_date)
    SELECT id, unnest(string_to_array(location, ' '))::int, 'accepted', 'busy', now(), now() FROM event
    """,
    """
    INSERT INTO mail_activity (res_model_id, res_model, res_id, activity_type_id, user_id, date_deadline, date_done,
                               active, automated, create_date, write_date)
    SELECT %(partner_model)s, 'res.partner', person, %(call)s, user_id, at::date, at::date, false, false, now(), now()
      FROM bench_contact
    """,
)
