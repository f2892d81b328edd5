"""What the specification does not ask but customs or common sense would: layers that can be switched.

A layer is a row of ../tables/layers.csv (code, severity, source), rows of layer_elements.csv that say which
elements it looks at, and a function that judges a value. Severity belongs to the layer: most warn only.
"""

from filings.rules.layers import digits, eori, reference, text, weights  # noqa: F401 - reading them registers their functions
from filings.rules.layers.layer import ALL, Layer, Layers, layers

__all__ = ["ALL", "Layer", "Layers", "layers"]
