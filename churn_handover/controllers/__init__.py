from . import quality
