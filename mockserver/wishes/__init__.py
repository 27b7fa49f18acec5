"""What clients ask of the mock beside what they ask of the API: answers, errors, and delays.

`preferences` reads the `Prefer` header, `magic` the values that ask for errors, `chosen` makes the
answers that are asked for, and `wishing` grants it all, together with a session's faults.
"""
