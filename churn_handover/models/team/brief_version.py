import difflib

from markupsafe import Markup

from odoo import api, fields, models

from .brief import SECTIONS


class ChurnBriefVersion(models.Model):
    """A brief as it was published; nobody changes it afterwards."""

    _name = "churn.brief.version"
    _description = "Version of an Account Brief"
    _order = "brief_id, number desc"

    brief_id = fields.Many2one("churn.brief", required=True, index=True, ondelete="cascade", readonly=True)
    account_id = fields.Many2one(related="brief_id.account_id")
    number = fields.Integer(string="Version", required=True, readonly=True, aggregator=None)
    published_by_id = fields.Many2one("res.users", required=True, ondelete="restrict", readonly=True)
    position = fields.Text(string="Our Position", readonly=True)
    tone = fields.Text(readonly=True)
    dos = fields.Text(string="Do", readonly=True)
    donts = fields.Text(string="Don't", readonly=True)
    confirmation_ids = fields.One2many("churn.brief.confirmation", "version_id", string="Confirmed by", readonly=True)
    confirmation_count = fields.Integer(string="Confirmed", compute="_compute_confirmation_count")
    compare_id = fields.Many2one(
        "churn.brief.version",
        string="Compare With",
        compute="_compute_compare_id",
        readonly=False,
        store=False,
        domain="[('brief_id', '=', brief_id), ('id', '!=', id)]",
    )
    difference = fields.Html(compute="_compute_difference", sanitize=False)

    # Checked when the transaction ends a statement, so that a merge can renumber them all at once.
    _number_unique = models.Constraint(
        "UNIQUE (brief_id, number) DEFERRABLE INITIALLY IMMEDIATE", "A brief has one version of each number."
    )

    @api.depends("number", "brief_id")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._(
                "%(account)s, version %(number)s", account=version.account_id.name or "", number=version.number
            )

    @api.depends("confirmation_ids")
    def _compute_confirmation_count(self):
        for version in self:
            version.confirmation_count = len(version.confirmation_ids)

    @api.depends("brief_id", "number")
    def _compute_compare_id(self):
        for version in self:
            earlier = version.brief_id.version_ids.filtered(lambda one, mine=version: one.number < mine.number)
            version.compare_id = earlier.sorted("number")[-1:]

    @api.depends("compare_id", *SECTIONS)
    @api.depends_context("lang")
    def _compute_difference(self):
        labels = self.fields_get(SECTIONS, ["string"])
        for version in self:
            parts = []
            for name in SECTIONS:
                lines = compare(version.compare_id[name] or "", version[name] or "") if version.compare_id else ()
                if lines:
                    parts.append(Markup("<h5>%s</h5><div>%s</div>") % (labels[name]["string"], Markup("").join(lines)))
            nothing = Markup("<p class='text-muted'>%s</p>")
            if not version.compare_id:
                version.difference = nothing % self.env._("This is the first version.")
            else:
                version.difference = Markup("").join(parts) or nothing % self.env._("Both say the same.")


def compare(before, after):
    """Lines of two texts as markup, each marked as taken away, added or the same; empty when they do not differ."""
    marks = {
        "- ": Markup("<del class='d-block text-danger'>%s</del>"),
        "+ ": Markup("<ins class='d-block text-success'>%s</ins>"),
        "  ": Markup("<div class='text-muted'>%s</div>"),
    }
    if before == after:
        return []
    rows = difflib.ndiff(before.splitlines(), after.splitlines())
    return [marks[row[:2]] % row[2:] for row in rows if row[:2] in marks]
