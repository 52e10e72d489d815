-- The inputs of the churn score at a cut-off: one row per account, the columns of `inputs.Inputs`.
--
-- The parameter `orders` is a query (account, day, amount): see models/score/score_book.py. Amounts are in the
-- company's currency, days are whole days since 1970-01-01, every row is before the cut-off day `t0`.
-- The numpy twin is `inputs.OrderBook.snapshot`; a test holds the two together.
WITH line AS MATERIALIZED (
    %(orders)s
), buying_day AS (
    SELECT account, day, sum(amount) AS amount
      FROM line
     WHERE amount BETWEEN 1e-6 AND 1e15  -- inputs.DUST, inputs.LARGEST: neither a NaN nor what would overflow a sum
     GROUP BY account, day
), stepped AS (
    SELECT account, day, amount,
           day - lag(day) OVER by_day AS gap,
           lead(day) OVER by_day IS NULL AS is_last,
           (%(t0)s - 1 - day) / 30 AS month,
           (%(t0)s - 1 - lag(day) OVER by_day) / 30 AS month_before
      FROM buying_day
    WINDOW by_day AS (PARTITION BY account ORDER BY day)
), credit AS (
    SELECT account, count(*) AS notes, -sum(amount) AS amount
      FROM line
     WHERE amount BETWEEN -1e15 AND -1e-6 AND day >= %(t0)s - 365
     GROUP BY account
), bought AS (
    SELECT account,
           min(day) AS first_day,
           max(day) AS last_day,
           count(*) AS buying_days,
           max(gap) AS gap_max,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap_median,
           max(gap) FILTER (WHERE is_last) AS gap_last,
           coalesce(sum(gap::float8 * gap), 0) AS gap_square_sum,
           count(*) FILTER (WHERE day >= %(t0)s - 30) AS days_30,
           count(*) FILTER (WHERE day >= %(t0)s - 90) AS days_90,
           count(*) FILTER (WHERE day >= %(t0)s - 180) AS days_180,
           count(*) FILTER (WHERE day >= %(t0)s - 365) AS days_365,
           count(*) FILTER (WHERE day >= %(t0)s - 180 AND day < %(t0)s - 90) AS days_90_before,
           count(*) FILTER (WHERE day >= %(t0)s - 360 AND day < %(t0)s - 180) AS days_180_before,
           count(*) FILTER (WHERE day >= %(t0)s - 365 AND day < %(t0)s - 365 + %(horizon)s) AS season_days,
           count(*) FILTER (WHERE month < 12 AND month IS DISTINCT FROM month_before) AS active_months,
           coalesce(sum(amount) FILTER (WHERE day >= %(t0)s - 90), 0) AS revenue_90,
           coalesce(sum(amount) FILTER (WHERE day >= %(t0)s - 180), 0) AS revenue_180,
           coalesce(sum(amount) FILTER (WHERE day >= %(t0)s - 365), 0) AS revenue_365,
           sum(amount) AS revenue_total,
           sum(amount) FILTER (WHERE is_last) AS last_amount
      FROM stepped
     GROUP BY account
)
SELECT bought.*,
       coalesce(credit.notes, 0) AS credit_notes_365,
       coalesce(credit.amount, 0) AS credit_amount_365
  FROM bought
  LEFT JOIN credit USING (account)
 ORDER BY account
