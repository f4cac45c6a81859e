"""The table of broken rules fits the reference that it breaks; `make soak` runs it."""

import ast

import pytest
from tools.mutations.mutation import Mutation
from tools.mutations.table import MUTATIONS


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.rule)
def test_a_mutation_fits_its_file(mutation: Mutation) -> None:
    ast.parse(mutation.applied())


def test_no_rule_is_named_twice() -> None:
    assert len({mutation.rule for mutation in MUTATIONS}) == len(MUTATIONS) >= 100
