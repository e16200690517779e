"""Where programs run that nothing is to come of but their answer."""
