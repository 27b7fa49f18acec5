"""What an answer contradicts, and what it teaches: everything the suite knows and believes.

`walk` asks `checks.examine` of every answer. What is known of the target is in `knowledge`; the
laws of state are in `laws`, `pages`, `parts` and `jobs`; nothing here sends anything.
"""
