"""What weighbridge costs, beside what others cost."""
