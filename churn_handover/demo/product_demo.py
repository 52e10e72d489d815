"""Products and their categories."""

from .demo import Demo

# How much of the value is the person, and how alike competing products are.
MARKS = {
    "Instruments": (0.4, 0.2),
    "Sensors": (0.15, 0.6),
    "Consumables": (0.05, 0.9),
    "Services": (0.8, 0.3),
}


def make(env):
    demo = Demo(env)
    rows = demo.rows("products")
    parents = _categories(env, {row["category"]: {} for row in rows}, lambda name: name)
    above = {row["line"]: row["category"] for row in rows}
    lines = _categories(env, {line: {"parent_id": parents[name].id} for line, name in above.items()}, above.get)
    products = env["product.product"].create(
        [
            {
                "name": row["name"],
                "type": "service" if row["category"] == "Services" else "consu",
                "invoice_policy": "order",
                "categ_id": lines[row["line"]].id,
                "list_price": float(row["price"]),
                "standard_price": float(row["cost"]),
            }
            for row in rows
        ]
    )
    demo.keep("product", dict(zip([row["key"] for row in rows], products, strict=True)))
    return {"products": len(products)}


def _categories(env, values, marked_as):
    """{name: product.category}, with the marks of the category that ``marked_as`` names."""
    created = env["product.category"].create(
        [
            {
                "name": name,
                "churn_service": MARKS[marked_as(name)][0],
                "churn_alike": MARKS[marked_as(name)][1],
                **more,
            }
            for name, more in values.items()
        ]
    )
    return dict(zip(values, created, strict=True))
