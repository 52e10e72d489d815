"""Bring shipped records that an update leaves alone: for migration scripts.

Record rules and settings-like data are ``noupdate``, so that an update keeps what the company changed.
"""

from lxml import etree

from odoo import SUPERUSER_ID
from odoo.tools import file_open
from odoo.tools.convert import xml_import
from odoo.tools.translate import TranslationImporter, get_po_paths

MODULE = "churn_handover"


def reload_rules(env, names):
    """Load the record rules of ``security/<name>_rules.xml`` as at installation: rules are the addon's."""
    for name in names:
        _load(env, f"security/{name}_rules.xml", keep_edited=False)


def reload_data(env, names):
    """Load ``data/<name>.xml`` as at installation, without the records that somebody edited."""
    for name in names:
        _load(env, f"data/{name}.xml", keep_edited=True)


def _load(env, path, keep_edited):
    with file_open(f"{MODULE}/{path}", "rb") as file:
        root = etree.parse(file).getroot()
    if keep_edited:
        for node in root.findall(".//record[@id]"):
            record = env.ref(f"{MODULE}.{node.get('id')}", raise_if_not_found=False)
            if record and _edited(record):
                node.getparent().remove(node)
    xml_import(env, MODULE, {}, "init", noupdate=True, xml_filename=path).parse(root)
    _translate(env, [f"{MODULE}.{node.get('id')}" for node in root.findall(".//record[@id]")])


def _translate(env, xmlids):
    """Load the translations of records that were loaded anew: an update leaves those of ``noupdate`` records alone."""
    importer = TranslationImporter(env.cr, verbose=False)
    for code, _name in env["res.lang"].get_installed():
        for path in get_po_paths(MODULE, code):
            importer.load_file(path, code, xmlids=xmlids)
    importer.save(overwrite=True, force_overwrite=True)
    env.invalidate_all()


def _edited(record):
    """Whether somebody wrote the record after the addon had: an earlier migration writes as the superuser."""
    return record.write_date > record.create_date and record.write_uid.id != SUPERUSER_ID
