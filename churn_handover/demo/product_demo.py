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
    names = dict.fromkeys(row["category"] for row in rows)
    created = env["product.category"].create(
        [{"name": name, "churn_service": MARKS[name][0], "churn_alike": MARKS[name][1]} for name in names]
    )
    categories = dict(zip(names, created, strict=True))
    products = env["product.product"].create(
        [
            {
                "name": row["name"],
                "type": "service" if row["category"] == "Services" else "consu",
                "invoice_policy": "order",
                "categ_id": categories[row["category"]].id,
                "list_price": float(row["price"]),
                "standard_price": float(row["cost"]),
            }
            for row in rows
        ]
    )
    demo.keep("product", dict(zip([row["key"] for row in rows], products, strict=True)))
    return {"products": len(products)}
