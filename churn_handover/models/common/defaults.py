def without_defaults(records, names):
    """Return the records without defaults in the context for these fields.

    What nobody may put among the values of a new record, nobody may slip in as its default either: the context comes
    with the call. The program's own, with ``sudo()``, stay.
    """
    unwanted = {f"default_{name}" for name in names}
    if records.env.su or unwanted.isdisjoint(records.env.context):
        return records
    kept = {key: value for key, value in records.env.context.items() if key not in unwanted}
    return records.with_env(records.env(context=kept))
