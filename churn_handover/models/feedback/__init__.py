from . import (
    feedback,
    feedback_access,
    feedback_account,
    feedback_partner,
    feedback_pointer,
    feedback_responsible,
    feedback_settings,
    feedback_thread,
)
