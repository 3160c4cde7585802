"""The previous release of one part runs with all others as they are: what the end-to-end tests ask
is asked of each such system by `make test-skew`. Here: that there is a release, and that it is what runs.
"""

import httpx2
import pytest
from local import edge

from skew.releases import PARTS, previous
from stack.processes import ProcessStack
from stack.released import Released


@pytest.mark.parametrize("name", PARTS)
def test_a_part_was_released_before(name: str) -> None:
    """Without a release nobody can say whether what lies here goes with what runs out there."""
    assert previous(name), f"{name} was never released: make release SERVICE={name} BUMP=minor"


def test_the_release_is_what_runs_and_the_rest_is_as_it_lies_here(
    own_stack: ProcessStack, released: Released
) -> None:
    commits = {
        name: httpx2.get(f"{own_stack.url(name)}/version", timeout=5, trust_env=False).json()[
            "commit"
        ]
        for name in PARTS
        if name != edge.NAME
    }
    as_it_was = {released.name: released.commit} if released.name != edge.NAME else {}
    assert commits == {**dict.fromkeys(commits, "unknown"), **as_it_was}


def test_the_edge_serves_the_files_of_its_release(
    own_stack: ProcessStack, released: Released
) -> None:
    static = released.static() if released.name == edge.NAME else edge.STATIC
    page = httpx2.get(own_stack.base_url, timeout=5, trust_env=False).text
    assert page == (static / "index.html").read_text()


def test_the_edge_is_configured_as_in_its_release(
    own_stack: ProcessStack, released: Released
) -> None:
    if edge.nginx() is None:
        pytest.skip("no nginx on this machine")
    home = released.home / edge.NAME if released.name == edge.NAME else edge.HOME
    assert (own_stack._run / "snippets").resolve() == home / "snippets"
