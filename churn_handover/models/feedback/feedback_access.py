from odoo import api, models
from odoo.exceptions import AccessError, MissingError, UserError


class ChurnFeedback(models.Model):
    """What one may not read does not exist: no difference in answers, names or errors gives it away."""

    _inherit = "churn.feedback"

    @api.private
    def exists(self):
        """Feedback that the user may not read is not there; Odoo asks this before it refuses."""
        records = super().exists()
        return records if self.env.su else records._filtered_access("read")

    def _check_access(self, operation):
        """Refuse unreadable and missing feedback alike; Odoo's own error names the record and the rule."""
        if operation == "create" or not any(self._ids):
            return super()._check_access(operation)
        if denied := super(ChurnFeedback, self.browse())._check_access(operation):
            return self, denied[1]
        try:
            forbidden, error = super()._check_access(operation) or (self.browse(), None)
        except MissingError:
            existing = (
                self.sudo().exists()
            )  # sudo: only to set missing ids apart, which are refused like forbidden ones
            forbidden, error = super(ChurnFeedback, self.browse(existing.ids))._check_access(operation) or (
                self.browse(),
                None,
            )
            forbidden |= self - existing
        if not forbidden:
            return None
        forbidden.invalidate_recordset()  # the check has read them as superuser, into a cache that all share
        unreadable = forbidden if operation == "read" else forbidden - forbidden._filtered_access("read")
        return forbidden, self._unknown_error if unreadable else error

    def _unknown_error(self):
        return AccessError(self.env._("This feedback does not exist, or you may not see it."))

    @api.depends("kind", "account_id.name", "account_name", "email_from")
    @api.depends_context("uid", "lang", "allowed_company_ids")
    def _compute_display_name(self):
        """Name feedback only to those who may read it, also where other code asks as superuser for them."""
        readable = self.sudo(False)._filtered_access("read")
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for feedback in self:
            if feedback.sudo(False) not in readable:
                feedback.display_name = self.env._("Feedback")
                continue
            customer = feedback.account_id.name or feedback.account_name or feedback.email_from
            feedback.display_name = self.env._(
                "%(kind)s: %(customer)s",
                kind=kinds.get(feedback.kind),
                customer=customer or self.env._("unknown customer"),
            )

    def export_data(self, fields_to_export):
        """Export ids as they are: an external id would be noted where administrators find it."""
        return super().export_data([".id" if name == "id" else name for name in fields_to_export])

    @api.model
    def _as_viewer(self):
        """Return the model as the user sees it: without sudo, in all companies of the user."""
        companies = self.env.user.company_ids.ids
        return self.sudo(False).with_context(active_test=False, allowed_company_ids=companies)

    def _readable_by(self, users):
        """Return those of the users who may read all these records."""
        return users.filtered(
            lambda user: self.with_user(user).with_context(allowed_company_ids=user.company_ids.ids).has_access("read")
        )

    # Whom it is about

    def _set_about(self, user):
        """Decide whom the feedback is about, or that it is about no person.

        Who knows the record would see it vanish; who was wrongly meant would see it appear with its history.
        In both cases a new record takes over, and the old one stays visible to whom it was.

        :param user: the person, or an empty recordset
        :return: the feedback that holds from now on
        """
        self.ensure_one()
        self.check_access("write")
        if user and user == self.env.user:
            raise UserError(self.env._("Feedback about yourself is entered by somebody else."))
        if self.is_sorted and user == self.about_user_id:
            return self
        if self.about_user_id or self._is_known_to(user):
            return self._reissue(user)
        # sudo: the right to write was checked above; whom it is about may only be changed here
        self.sudo().write(
            {
                "about_user_id": user.id,
                "is_sorted": True,
                "withheld_user_ids": [(6, 0, (self.withheld_user_ids - user).ids if user else [])],
                "user_id": False if user and self.user_id == user else self.user_id.id,
            }
        )
        self._assign_responsible()
        return self

    def _is_known_to(self, user):
        """Tell whether the user may read the feedback now or had part in it."""
        if not user:
            return False
        if self._readable_by(user) or self.create_uid == user:
            return True
        # sudo: looks for traces of another user
        messages = self.env["mail.message"].sudo().search([("model", "=", self._name), ("res_id", "=", self.id)])
        if user.partner_id in messages.author_id | messages.notified_partner_ids:
            return True
        activities = self.env["mail.activity"].sudo().with_context(active_test=False)  # sudo: as above
        return bool(
            activities.search_count(
                [("res_model", "=", self._name), ("res_id", "=", self.id), ("user_id", "=", user.id)]
            )
        )

    def _reissue(self, user):
        """Enter the same facts again, about ``user``; what was hidden is withdrawn and stays hidden."""
        names = (
            "kind",
            "severity",
            "source",
            "subject",
            "text",
            "received_date",
            "answered_date",
        )
        values = {name: self[name] for name in names}
        feedback = self.create(
            {
                **values,
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "about_user_id": user.id,
                "state": "progress" if self.answered_date else "new",
            }
        )
        # sudo: whose mail it was is the program's to write; the right to the feedback was checked
        feedback.sudo().email_from = self.email_from
        if self.about_user_id:
            self.write({"state": "withdrawn", "done_text": self.env._("Entered again: it is about somebody else.")})
        return feedback
