"""Reports, findings and faults written for people and for other programs."""
