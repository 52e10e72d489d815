"""Give the points of the shipped standards their external ids, so that they are translated.

They were made without; those that a company has reworded stay its own.
"""

NAMES = """
    INSERT INTO ir_model_data (module, name, model, res_id, noupdate)
    SELECT 'churn_handover', standard.name || '_' || point.sequence, 'churn.standard.point', MIN(point.id), TRUE
      FROM churn_standard_point point
      JOIN ir_model_data standard ON standard.model = 'churn.standard' AND standard.res_id = point.standard_id
                                 AND standard.module = 'churn_handover'
     WHERE point.name ->> 'en_US' = ANY(%s)
     GROUP BY standard.name, point.sequence
        ON CONFLICT DO NOTHING
"""
SHIPPED = (
    "Answers mails and calls within one working day",
    "Says so when the answer is not known, and who will know",
    "Answers the question before talking of the own products",
    "Writes down what was promised, with a date",
    "On time, and dressed for the customer’s house",
    "Knows the open orders, complaints and promises",
    "Hands over a card that names a colleague who can help too",
    "Sends a note of what was agreed within one working day",
    "Follows up an offer within five working days",
    "Asks within a week after a delivery whether all is well",
    "Tells the customer first when something is late",
)


def migrate(cr, version):
    cr.execute(NAMES, [list(SHIPPED)])
