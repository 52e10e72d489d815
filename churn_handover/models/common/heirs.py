from odoo.fields import Domain
from odoo.tools import SQL


def doubles(model, field, heirs, once, among=Domain.TRUE):
    """Rows of records that go whose place at their heir is taken: by a row of the heir, or by an older one that moves.

    :param heirs: ``{id that goes: id that stays}`` of what ``field`` points to
    :param once: names of the fields that, with the heir, no two rows may share
    :param among: the rows this holds for
    """
    rows = model.sudo().with_context(active_test=False)  # sudo: what the user may not see must not get lost either
    taken, found = set(), rows.browse()
    own = rows.search(Domain(field, "in", list(set(heirs.values()))) & Domain(among))
    for row in [*own, *rows.search(Domain(field, "in", list(heirs)) & Domain(among), order="id")]:
        going = heirs.get(row[field].id)
        key = (going or row[field].id, *(row[name] for name in once))
        if going and key in taken:
            found |= row
        taken.add(key)
    return found


def hand_on(model, field, heirs, but=()):
    """Let the rows of records that go point to their heirs; by SQL, for nobody decides anything about them.

    :param but: rows that stay where they are
    """
    model.flush_model()
    moved = model.env.execute_query(
        SQL(
            """UPDATE %(table)s AS moved SET %(field)s = heir.stays
                 FROM unnest(%(goes)s::int[], %(stays)s::int[]) AS heir (goes, stays)
                WHERE moved.%(field)s = heir.goes AND NOT moved.id = ANY(%(but)s) RETURNING moved.id""",
            but=[row.id for row in but],
            table=SQL.identifier(model._table),
            field=SQL.identifier(field),
            goes=list(heirs),
            stays=list(heirs.values()),
        )
    )
    model.invalidate_model()
    model.sudo().browse(row_id for (row_id,) in moved).modified([field])  # sudo: as above
