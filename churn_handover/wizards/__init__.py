from . import (
    archive,
    departure,
    feedback_about,
    feedback_dialogs,
    gate_waive,
    handover_assign,
    handover_preview,
    hr_departure_wizard,
    partner_merge,
    partner_merge_safeguard,
    rotation_skip,
)
