"""What is wrong in the course, on purpose, and what finds it.

This table is what the lessons are written from, and what tests hold the product against: each
fault that is planted, alone, is found by exactly the codes that stand here, and each lesson shows
what is said of those that people make.
"""

from __future__ import annotations

from weighbridge.usecases.demo.course.faults.builds import BUILD
from weighbridge.usecases.demo.course.faults.files import LOOK
from weighbridge.usecases.demo.course.faults.packages import PACKAGES
from weighbridge.usecases.demo.course.faults.papers import PAPERS
from weighbridge.usecases.demo.course.faults.people import AUDIT, GATE, PLACES, SIGNING

FAULTS = (*LOOK, *PAPERS, *PACKAGES, *BUILD, *SIGNING, *GATE, *PLACES, *AUDIT)
"""All of them, in the order of the lessons."""
