from . import (
    access,
    access_crm_activity_report,
    access_crm_lead,
    access_sale_order,
    access_sale_order_line,
    access_sale_report,
)
