from . import safeguard
