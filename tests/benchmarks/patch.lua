wrk.method = "PATCH"
wrk.body = '{"comment": "benchmark"}'
wrk.headers["Content-Type"] = "application/json"
