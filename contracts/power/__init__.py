"""How strong the suite is: mutants of the mock, each with one bug, and how many of them it kills.

The mutants come from the mock's side, by name, and know nothing of how requests are made here.
"""
