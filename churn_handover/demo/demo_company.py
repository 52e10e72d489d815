from odoo import api, models

from . import (
    absence_demo,
    account_demo,
    brief_demo,
    contact_demo,
    departure_demo,
    dependence_demo,
    feedback_demo,
    followup_demo,
    keep_demo,
    keep_small_demo,
    order_demo,
    people_demo,
    pipeline_demo,
    product_demo,
    quality_demo,
    rotation_demo,
    small_demo,
    team_demo,
    transition_demo,
)
from .demo import MODULE

COMPANY_NAME = "Northlight Instruments 北辰仪器"
COMPANY_ADDRESS = {"street": "18 Huaihai Road 淮海路18号", "city": "Shanghai 上海", "phone": "+86 21 5550 1800"}
# In this order: a part finds what those before it made. How a part looks is said in demo.py.
PARTS = (
    people_demo,
    product_demo,
    account_demo,
    order_demo,
    pipeline_demo,
    team_demo,
    contact_demo,
    feedback_demo,
    departure_demo,
    dependence_demo,
    brief_demo,
    rotation_demo,
    keep_demo,
    absence_demo,
    transition_demo,
    followup_demo,
    quality_demo,
    small_demo,
    keep_small_demo,
)
# Nobody is told of records that tell a story of the past.
QUIET = {
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_quick_update": True,
    "dont_notify": True,
    "no_mail_to_attendees": True,
    "no_reset_password": True,
}


class ChurnDemo(models.AbstractModel):
    """Loads the addon's demo company: with Odoo's demo data, or when it is asked to.

    A maker of process instruments with customers in China and abroad, 30 months of it up to today. One of the
    salespeople, Li Wei, is about to leave, and nobody has planned it yet; for another one, Emma Lindqvist, everything
    is planned.
    """

    _name = "churn.demo"
    _description = "Demo Company"

    @api.model
    def _load(self):
        """Make the company once; return {what: number of records}."""
        if self.env.ref(f"{MODULE}.demo_person_chen", raise_if_not_found=False):
            return {}
        env = self.env(context={**self.env.context, **QUIET, "lang": "en_US"})
        if env.company.name == "My Company":
            env.company.write({"name": COMPANY_NAME, **COMPANY_ADDRESS})
        self._speak_chinese()
        made = {}
        for part in PARTS:
            made.update(part.make(env))
        return made

    @api.model
    def _speak_chinese(self):
        """Half of the customers read Chinese: letters and messages to them are in their language."""
        self.env["res.lang"]._activate_lang("zh_CN")
        modules = self.env["ir.module.module"].sudo()  # sudo: the addon's own words, in a language of its customers
        modules.search([("name", "=", MODULE)])._update_translations(["zh_CN"])
