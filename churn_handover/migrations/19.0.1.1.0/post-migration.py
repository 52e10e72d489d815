"""Bring what Odoo leaves alone in an update to this version: record rules, and shipped data that nobody has edited.

Rules and settings-like data are ``noupdate``, so that an update keeps what the company changed. Rules that stay old
would leave team leaders without rights that the new screens count on, and shipped texts would lack what the new ones
say.
"""

from lxml import etree

from odoo import SUPERUSER_ID, api
from odoo.tools import file_open
from odoo.tools.convert import xml_import

MODULE = "churn_handover"
RULES = ("case", "dependence", "followup", "keep", "promise", "quality", "rotation", "team", "transition")
DATA = (
    "checklist_data",
    "handover_tier_data",
    "keep_data",
    "letter_template_data",
    "message_kind_data",
    "today_rotation_data",
    "today_team_data",
)


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    for name in RULES:
        load(env, f"security/{name}_rules.xml", keep_edited=False)
    for name in DATA:
        load(env, f"data/{name}.xml", keep_edited=True)


def load(env, path, keep_edited):
    """Load a data file as at installation.

    :param keep_edited: leave out records that were written after they had been created
    """
    with file_open(f"{MODULE}/{path}", "rb") as file:
        root = etree.parse(file).getroot()
    if keep_edited:
        for node in root.findall(".//record[@id]"):
            record = env.ref(f"{MODULE}.{node.get('id')}", raise_if_not_found=False)
            if record and record.write_date > record.create_date:
                node.getparent().remove(node)
    xml_import(env, MODULE, {}, "init", noupdate=True, xml_filename=path).parse(root)
