"""`python -m mockserver.mutants` lists the mutants of a document, and serves one of them."""

from mockserver.mutants.cli import main

if __name__ == "__main__":
    main(prog_name="python -m mockserver.mutants")
