from markupsafe import Markup


def mail_link(record):
    """Return a link to a record that also works in a mail: those that Odoo makes for its chatter lead nowhere there."""
    url = f"{record.get_base_url()}/mail/view?model={record._name}&res_id={record.id}"
    return Markup('<a href="%s">%s</a>') % (url, record.display_name)
