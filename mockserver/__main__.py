"""`python -m mockserver` is `conformock serve`."""

from mockserver.cli import serve

if __name__ == "__main__":
    serve(prog_name="conformock serve")
