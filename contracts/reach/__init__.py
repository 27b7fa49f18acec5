"""How the target is brought into a state: values, drafts of requests, records and their links.

Probes and sequences say what they need; the modules here make it with the API's own operations, or
say what is missing.
"""
