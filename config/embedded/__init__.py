"""The servers Landfall brings along so that a demo and the tests need nothing installed; never used in production."""
