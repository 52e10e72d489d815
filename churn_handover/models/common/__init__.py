from . import (
    base,
    task,
    ir_actions_server,
    ir_model,
    product_category,
    res_company,
    res_config_settings,
    today,
    guarded,
    statistics,
    steps,
)
