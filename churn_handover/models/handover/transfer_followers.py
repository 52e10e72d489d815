from collections import defaultdict

from odoo import models


class ChurnTransfer(models.AbstractModel):
    """Followers: the predecessor goes off everything found, the successor comes on what moved."""

    _inherit = "churn.transfer"

    def _documents(self, items):
        """Return {(model, id): (line id, rule id, successor id or None)} of the records whose followers may change."""
        documents = {}
        for rule, rule_items in items.items():
            if rule.policy == "move" and rule.res_model == "mail.activity":
                documents.update(self._documents_behind(rule, rule_items, subscribe=True))
        for rule, rule_items in items.items():
            if rule.policy == "move" and "message_follower_ids" in self.env[rule.res_model]:
                for item in rule_items:
                    documents[rule.res_model, item.id] = (item.line_id, rule.id, item.successor_id)
        for rule, rule_items in items.items():
            if rule.policy == "unsubscribe" and rule.res_model == "mail.followers":
                documents = {**self._documents_behind(rule, rule_items, subscribe=False), **documents}
        return documents

    def _documents_behind(self, rule, items, subscribe):
        """Return the documents that activities or follower rows point to; shaped as in :meth:`_documents`."""
        by_id = {item.id: item for item in items}
        model = self.env[rule.res_model]
        model.flush_model(["res_model", "res_id"])
        self.env.cr.execute(f"SELECT id, res_model, res_id FROM {model._table} WHERE id = ANY(%s)", [[*by_id]])
        return {
            (model_name, record_id): (
                by_id[row_id].line_id,
                rule.id,
                by_id[row_id].successor_id if subscribe else None,
            )
            for row_id, model_name, record_id in self.env.cr.fetchall()
            if record_id and "message_follower_ids" in self.env.get(model_name, ())
        }

    def _move_followers(self, items, documents):
        gone = [
            item.id
            for rule, rows in items.items()
            if rule.policy == "unsubscribe" and rule.res_model == "mail.followers"
            for item in rows
        ]
        self.env["mail.followers"].flush_model()
        if gone:
            self.env.cr.execute("DELETE FROM mail_followers WHERE id = ANY(%s)", [gone])
        wanted = defaultdict(list)
        for (model_name, record_id), (_line, _rule, successor_id) in documents.items():
            if successor_id:
                wanted[model_name].append((record_id, successor_id))
        for model_name, rows in wanted.items():
            self._subscribe(model_name, rows)

    def _subscribe(self, model_name, rows):
        """Make users follow records with the model's default subtypes; who follows already keeps own subtypes.

        :param rows: list of (record id, user id)
        """
        subtypes = self.env["mail.message.subtype"]._default_subtypes(model_name)[0]
        self.env.cr.execute(
            """
            WITH added AS (
                INSERT INTO mail_followers (res_model, res_id, partner_id)
                SELECT %(model)s, wanted.id, u.partner_id
                  FROM unnest(%(ids)s::int[], %(users)s::int[]) AS wanted(id, user_id)
                  JOIN res_users u ON u.id = wanted.user_id
                    ON CONFLICT DO NOTHING
             RETURNING id)
            INSERT INTO mail_followers_mail_message_subtype_rel (mail_followers_id, mail_message_subtype_id)
            SELECT added.id, subtype.id FROM added CROSS JOIN unnest(%(subtypes)s::int[]) AS subtype(id)
            """,
            {
                "model": model_name,
                "ids": [row[0] for row in rows],
                "users": [row[1] for row in rows],
                "subtypes": subtypes,
            },
        )
