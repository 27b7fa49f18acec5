"""Random traffic: schemathesis draws requests, Hypothesis walks through them."""
