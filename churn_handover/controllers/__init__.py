from . import followup
from . import letter_page
from . import quality
from . import safeguard
from . import training
from . import whatif
