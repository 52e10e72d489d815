from . import (
    rotation_schedule,
    rotation_change,
    rotation_exception,
    rotation_inputs,
    rotation_line,
    rotation_replan,
    rotation_round,
    handover_rotation,
    company_rotation,
    settings_rotation,
    res_partner_rotation,
)
