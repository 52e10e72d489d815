from . import quality, training
