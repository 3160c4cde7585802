"""docker-compose.yml and the variables that it takes."""

import re

from local.environments import ROOT

from stack.compose import ComposeStack


def test_compose_finds_nothing_wrong_with_it(stack: ComposeStack) -> None:
    assert stack.compose("config", "--quiet") == ""


def test_the_example_names_every_variable_with_its_default() -> None:
    used = dict(
        re.findall(
            r"\$\{(\w+):-((?:\$\{[^}]*\}|[^}])*)\}", (ROOT / "docker-compose.yml").read_text()
        )
    )
    for name, default in used.items():
        if earlier_name := re.fullmatch(r"\$\{\w+:-([^}]*)\}", default):
            used[name] = earlier_name[1]
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = dict(
        line.removeprefix("#").split("=", 1) for line in lines if re.match(r"#[A-Z0-9_]+=", line)
    )
    assert named == used


def test_no_variable_is_used_without_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    assert re.findall(r"\$\{\w+\}|\$[A-Za-z_]", text) == []
