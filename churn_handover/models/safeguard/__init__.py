from . import (
    handover_safeguard,
    lead_safeguard,
    refusal,
    safeguard,
    safeguard_base,
    transfer_safeguard,
)
